# Every target works from a clone with Python >= 3.11, git and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TORCH := $(shell grep '^torch==' constraints.txt)

.DEFAULT_GOAL := help
.PHONY: help install demo serve openapi test lint types layers unit stress reliability bench bench-full audit sbom test-browser format clean

help:  ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

# Torch comes first and by exact version, so that a CPU build is taken where pip knows of one.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check "$(TORCH)"
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

install: $(INSTALLED)  ## Create .venv and install pinned dependencies

demo: $(INSTALLED)  ## Index the sample archive and answer two questions from it
	$(BIN)/answers index data
	$(BIN)/answers search --top-k 1 "how can I test a model in production without users seeing its output?"
	$(BIN)/answers search --top-k 1 "can one engineer ship a model alone?"
	@echo "To search the whole archive, index a clone of the site's repository:"
	@echo "  git clone --depth 1 https://github.com/DataTalksClub/datatalksclub.github.io site"
	@echo "  $(BIN)/answers index site"

serve: $(INSTALLED)  ## Serve the HTTP API and the pages over ./bundle
	$(BIN)/answers serve

openapi: $(INSTALLED)  ## Write docs/openapi.json and the example in it
	$(BIN)/answers index data --bundle $(VENV)/sample
	$(BIN)/python -m api.openapi $(VENV)/sample

test: lint types layers unit  ## Run what CI runs

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED)
	$(BIN)/mypy

layers: $(INSTALLED)
	$(BIN)/lint-imports

unit: $(INSTALLED)  ## Run the tests alone
	$(BIN)/pytest

stress: $(INSTALLED)  ## Run the long tests: kills and faults at every system call, mutations
	-$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,fuzz]"
	$(BIN)/pytest -m stress

REPORTS := $(VENV)/reports

reliability: $(INSTALLED)  ## Run both kinds of tests and write docs/reliability.md
	-$(BIN)/pytest --junitxml=$(REPORTS)/unit.xml
	-$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,fuzz]"
	-$(BIN)/pytest -m stress --junitxml=$(REPORTS)/stress.xml
	$(BIN)/python -m benchmarks.reliability $(REPORTS)/unit.xml $(REPORTS)/stress.xml

BENCH_COLLECTION ?= ../shared/eval/dev
BENCH_BUNDLE ?= bundle
BENCH_PEERS ?= txtai lancedb

bench: $(INSTALLED)  ## Measure speed beside peers and write docs/performance.md (minutes)
	$(BIN)/python -m benchmarks.speed $(BENCH_COLLECTION) --bundle $(BENCH_BUNDLE) \
	$(addprefix --peer ,$(BENCH_PEERS))

bench-full: bench  ## Also measure archives of up to a million passages (half an hour, 20 GB of memory)
	$(BIN)/python -m benchmarks.scale

TOOLS := $(VENV)/tools

$(TOOLS)/.installed: pyproject.toml
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check "pip-audit>=2.7" "cyclonedx-bom>=7"
	@touch $@

audit: $(INSTALLED) $(TOOLS)/.installed  ## Look pinned packages up in the advisory database
	$(TOOLS)/bin/pip-audit --strict --requirement constraints.txt --no-deps --disable-pip

sbom: $(INSTALLED) $(TOOLS)/.installed  ## Write sbom.json: what is installed, with licences
	$(TOOLS)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-file sbom.json $(BIN)/python

BROWSERS := chromium chromium-browser google-chrome chrome

test-browser: $(INSTALLED)  ## Test the pages in Chromium; fetches one where none is installed
	@for name in $(BROWSERS); do command -v $$name > /dev/null && found=1; done; \
	test -n "$$found$$ANSWERS_CHROMIUM" || $(BIN)/playwright install chromium || \
	{ echo "No Chromium: install the package chromium, or set ANSWERS_CHROMIUM to one."; exit 1; }
	ANSWERS_REQUIRE=browser $(BIN)/pytest tests/test_pages_browser*.py

format: $(INSTALLED)  ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## Remove the environment, the index and caches
	rm -rf $(VENV) bundle .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

"""What the README says is so: its examples print what it shows, and nothing is left out of it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import app
from api.routes.check import CheckRequest
from search.config import Settings
from tests.support import ROOT

README = (ROOT / "README.md").read_text("utf-8")
SPEED = README.partition("## Speed")[2]
PERFORMANCE = (ROOT / "docs" / "performance.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def printed(*arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=True, cwd=cwd
    )
    return done.stdout


@pytest.fixture
def folder(sample_bundle: Path, tmp_path: Path) -> Path:
    """Return a working folder whose `bundle` is the index of the sample archive."""
    (tmp_path / "bundle").symlink_to(sample_bundle)
    return tmp_path


def test_the_first_example_prints_what_is_shown(folder: Path) -> None:
    command, _, shown = next(text for kind, text in BLOCKS if kind == "console").partition("\n")
    query = re.search(r'"(.+)"', command)
    assert query is not None
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from api.cli import run; run()"
    assert printed("-c", code, "search", "--top-k", "1", query[1], cwd=folder) == shown


def test_the_python_example_prints_what_is_shown(folder: Path) -> None:
    place = next(place for place, (kind, _) in enumerate(BLOCKS) if kind == "python")
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{BLOCKS[place][1]}"
    kind, shown = BLOCKS[place + 1]
    assert kind == "text"
    assert printed("-c", code, cwd=folder) == shown


@pytest.mark.parametrize(
    "name",
    [each.name or each.callback.__name__ for each in app.registered_commands if each.callback],
)
def test_every_command_is_listed(name: str) -> None:
    assert f"`answers {name}" in README


def test_every_route_is_listed(http_paths: list[str]) -> None:
    assert [path for path in http_paths if path not in README] == []


def test_every_field_of_a_check_is_listed() -> None:
    fields = ", ".join(f'"{name}"' for name in CheckRequest.model_fields)
    assert f"`POST /v1/check` `{{{fields}}}`" in README


@pytest.fixture
def http_paths() -> list[str]:
    return list(json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))["paths"])


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_listed(name: str) -> None:
    assert f"`ANSWERS_{name.upper()}`" in README


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", README)) <= targets


def rows_of(text: str, name: str) -> list[list[str]]:
    """Return the cells of all rows of tables that begin with a name."""
    rows = re.findall(rf"^\| {re.escape(name)} \| (.*) \|$", text, re.MULTILINE)
    return [row.split(" | ") for row in rows]


def ratio(cell: str) -> float:
    """Return the number in brackets of a cell."""
    return float(cell.split("(")[1].rstrip(")"))


@pytest.mark.parametrize("system", ["Answers", "txtai", "LanceDB + sentence-transformers"])
def test_figures_of_speed_are_those_that_were_measured(system: str) -> None:
    *told, told_ndcg = rows_of(SPEED, system)[0]
    one_query, start = rows_of(PERFORMANCE, system)[:2]
    measured = [one_query[0], one_query[2], start[0], start[1]]
    assert list(map(float, told)) == list(map(ratio, measured))
    assert float(told_ndcg) == float(one_query[-1])


def test_figures_of_scale_are_those_that_were_measured() -> None:
    costs, searches = rows_of(PERFORMANCE, "1,000,000")
    told = re.search(
        r"a hybrid search takes (\d+) ms.*?finds (\.\d+).*?takes (\d+) MB", README, re.S
    )
    assert told is not None
    assert int(told[1]) == round(float(searches[0].split(" / ")[0]))
    assert (float(told[2]), told[3]) == (float(searches[-1]), costs[-1])

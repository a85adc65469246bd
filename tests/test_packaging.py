"""The packages are this repository's, and the wheel holds just them."""

import importlib
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest

import api
import indexer
import search

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("package", [api, indexer, search], ids=lambda package: package.__name__)
def test_packages_come_from_this_repository(package) -> None:
    assert Path(package.__file__).parent == ROOT / package.__name__


def test_the_wheel_holds_three_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["indexer", "search", "api"]
    assert "Private :: Do Not Upload" in project["project"]["classifiers"]


def test_public_names_of_search() -> None:
    assert search.__all__ == ["Engine", "open_engine", "profile"]
    assert search.open_engine.__module__ == "search.opening"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        search.nothing  # noqa: B018


def test_every_dependency_is_pinned_and_none_is_for_cuda() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = project["dependencies"] + project["optional-dependencies"]["dev"]
    wanted = {_folded(re.split(r"[<>=\[; ]", line)[0]) for line in named}
    pins = (ROOT / "constraints.txt").read_text("utf-8").split()
    pinned = {_folded(line.split("==")[0]) for line in pins}
    assert wanted <= pinned
    assert not any("nvidia" in name or "file:" in name for name in pinned)


def _folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.skipif(sys.platform != "linux", reason="CUDA packages are for Linux")
def test_installed_torch_is_the_pinned_one() -> None:
    pinned = next(
        line
        for line in (ROOT / "constraints.txt").read_text().split()
        if line.startswith("torch==")
    )
    assert importlib.metadata.version("torch").split("+")[0] == pinned.split("==")[1]


COMMANDS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "benchmarks").rglob("*.py")
    if path.name != "__init__.py"
)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_benchmark_can_be_imported(name: str) -> None:
    importlib.import_module(name)

"""Nothing that is loaded can run code, no statement is put together from text."""

import ast
import contextlib
import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from search.bundle import Bundle
from search.errors import AnswersError
from search.generation import entries_of
from search.manifest import MANIFEST, digest_of
from search.opening import open_engine
from tests.support import ROOT, THREADS, build_hashed, write_book

PACKAGES = ("search", "indexer", "api")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
RUNS_CODE = {
    "pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve",
    "jsonpickle", "telnetlib", "code", "importlib.machinery",
}  # fmt: skip
FORBIDDEN_CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "torch.load",
    "yaml.unsafe_load", "yaml.full_load", "torch.hub.load", "pickle.load", "pickle.loads",
    "np.lib.format.read_array", "np.fromfile",
}  # fmt: skip
LOADS_ARRAYS = {"np.load", "numpy.load"}


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield path, node


def options(call: ast.Call) -> dict[str | None, str]:
    return {each.arg: ast.unparse(each.value) for each in call.keywords}


def test_nothing_that_runs_code_is_imported() -> None:
    imported = {
        (path.name, name)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert len(imported) > 200
    assert {each for each in imported if each[1] in RUNS_CODE} == set()


def test_nothing_that_runs_code_is_called() -> None:
    found = [(path.name, ast.unparse(call.func)) for path, call in calls()]
    assert len(found) > 2_000
    assert [each for each in found if each[1] in FORBIDDEN_CALLS] == []


def test_arrays_and_models_are_loaded_without_code() -> None:
    arrays = [options(call) for _, call in calls() if ast.unparse(call.func) in LOADS_ARRAYS]
    assert arrays
    assert {each.get("allow_pickle") for each in arrays} == {"False"}
    trusting = [options(call).get("trust_remote_code", "False") for _, call in calls()]
    assert set(trusting) == {"False"}
    models = [o for _, call in calls() if "model_kwargs" in (o := options(call))]
    assert models
    assert all("'use_safetensors': True" in each["model_kwargs"] for each in models)
    assert all(each["trust_remote_code"] == "False" for each in models)
    shells = [path for path, call in calls() if options(call).get("shell", "False") != "False"]
    assert shells == []


def test_statements_are_constants() -> None:
    built = [
        (path.name, ast.unparse(call))
        for path, call in calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"execute", "executemany", "executescript"}
        and call.args
        and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    ]
    allowed = "PRAGMA"
    assert [each for each in built if allowed not in each[1]] == []


def test_searching_never_unpickles(sample_bundle: Path) -> None:
    code = f"""
import pickle
def refuse(*arguments, **options):
    raise SystemExit("something was unpickled")
pickle.load = pickle.loads = pickle.Unpickler = refuse
from api.cli import main
assert main(["search", "shadow", "--bundle", {str(sample_bundle)!r}, "--json"]) == 0
assert main(["verify", "--bundle", {str(sample_bundle)!r}]) == 0
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr


class Planted:
    """Writes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return (Path.touch, (self.target,))  # type: ignore[return-value]


def reseal(bundle: Path) -> None:
    """Make the live manifest fit its files, as an attacker who can write would."""
    home = Bundle(bundle)
    live = home.current()
    facts = json.loads((live.path / MANIFEST).read_text())
    facts["files"] = {
        name: {"size_bytes": entry.size_bytes, "sha256": entry.sha256}
        for name, entry in entries_of(live.path).items()
        if name != MANIFEST
    }
    data = json.dumps(facts).encode()
    (live.path / MANIFEST).write_bytes(data)
    name = f"{live.name.split('-')[0]}-{digest_of(data)}"
    live.path.rename(home.generations_folder / name)
    home.switch_to(name)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    write_book(folder, "book", THREADS)
    build_hashed(folder / "book.md", folder / "bundle")
    return folder / "bundle"


def live_files(bundle: Path) -> list[str]:
    home = Bundle(bundle).current().path
    return sorted(
        path.relative_to(home).as_posix()
        for path in home.rglob("*")
        if path.is_file() and path.name != MANIFEST
    )


def test_planted_pickles_never_run(small: Path, tmp_path: Path) -> None:
    names = live_files(small)
    assert len([name for name in names if name.endswith(".npy")]) >= 3
    mark = tmp_path / "mark"
    for number, name in enumerate(names):
        for kind in ("pickle", "array"):
            bundle = tmp_path / f"bundle{number}{kind}"
            shutil.copytree(small, bundle)
            path = Bundle(bundle).current().path / name
            if kind == "pickle":
                path.write_bytes(pickle.dumps(Planted(mark)))
            else:
                with path.open("wb") as stream:
                    planted = np.array([Planted(mark)], dtype=object)
                    np.save(stream, planted, allow_pickle=True)
            reseal(bundle)
            with contextlib.suppress(AnswersError, ValueError, OSError, RuntimeError):
                open_engine(bundle).search("deploy a model")
            assert not mark.exists(), name
    with (tmp_path / "plain.npy").open("wb") as stream:
        np.save(stream, np.array([Planted(mark)], dtype=object), allow_pickle=True)
    np.load(tmp_path / "plain.npy", allow_pickle=True)
    assert mark.exists()

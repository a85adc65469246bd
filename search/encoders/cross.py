"""Cross-encoders: models that read a query and a passage together and say how well they fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search.encoders.base import well_formed
from search.encoders.locate import locate_model
from search.encoders.sentence import load_model
from search.errors import ModelUnavailableError

_BATCH_SIZE = 16


class PairScorer(Protocol):
    """Says how well passages answer a query."""

    name: str

    def scores(self, query: str, passages: Sequence[str]) -> NDArray[np.float64]:
        """Return a value in [0, 1] for each passage, shape `(n,)`; 1 fits best."""
        ...


class CrossEncoderScorer:
    """Runs a sentence-transformers `CrossEncoder` with one output, on torch.

    References:
        Nogueira, Cho, "Passage Re-ranking with BERT", 2019. https://arxiv.org/abs/1901.04085
    """

    def __init__(self, name: str, *, device: str | None = None) -> None:
        """Load a model by folder or hub name; no code of its is run and no pickle is read.

        Raises:
            ModelUnavailableError: If there is no such model, or it has not exactly one output.
        """
        self.name = name
        folder = _folder(name)
        from sentence_transformers import CrossEncoder
        from torch.nn import Sigmoid

        self._model = load_model(CrossEncoder, folder, device, called=f"The reranker {name}")
        if self._model.num_labels != 1:
            raise ModelUnavailableError(
                f"The reranker {name} has {self._model.num_labels} outputs; "
                "give a cross-encoder with one, such as those trained on MS MARCO."
            )
        self._activation = Sigmoid()

    def scores(self, query: str, passages: Sequence[str]) -> NDArray[np.float64]:
        """Return a value in [0, 1] for each passage, shape `(n,)`; 1 fits best."""
        if not passages:
            return np.zeros(0)
        found = self._model.predict(
            [(well_formed(query), well_formed(passage)) for passage in passages],
            batch_size=_BATCH_SIZE,
            activation_fn=self._activation,
            show_progress_bar=False,
        )
        return np.asarray(found, dtype=np.float64)


def _folder(name: str) -> Path:
    """Return the folder of a model; a name without an organisation is one of `cross-encoder`."""
    is_path = name.startswith((".", "~", "/")) or Path(name).is_dir()
    return locate_model(name if is_path or "/" in name else f"cross-encoder/{name}")

"""The axes on which the embeddings of a model's tokens lie.

Principal components: of all axes at right angles, half as many as a token's embedding has numbers,
those that keep most of the embeddings' squares. Found from words of the model's own vocabulary, so
that they belong to the model and to no archive.

References:
    Jolliffe, "Principal Component Analysis", 2nd edition, 2002.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_N_WORDS = 4_096
_SHORTEST = 3
_BATCH_SIZE = 256
# What tokenizers put before a piece that begins a word.
_BEGINS_A_WORD = "▁Ġ"


def token_axes(model: "SentenceTransformer") -> NDArray[np.float32]:
    """Return the axes of a model's token embeddings, at right angles and of length 1.

    Returns:
        Shape `(width, kept)`, those that keep most first; `kept` is half of `width`.
    """
    squares = sum(rows.T @ rows for rows in _unit_tokens(model, _words(model)))
    _, axes = np.linalg.eigh(squares)
    axes = axes[:, ::-1][:, : max(1, len(axes) // 2)]
    # Libraries choose signs differently.
    largest = np.abs(axes).argmax(axis=0)[None, :]
    signs = np.sign(np.take_along_axis(axes, largest, axis=0))
    return np.ascontiguousarray(axes * signs, dtype=np.float32)


def _words(model: "SentenceTransformer") -> list[str]:
    """Return some thousand words that a model has as one token, from all over its vocabulary."""
    numbers = model.tokenizer.get_vocab()
    pieces = [piece.lstrip(_BEGINS_A_WORD) for piece in sorted(numbers, key=numbers.__getitem__)]
    words = [piece for piece in pieces if piece.isalpha() and len(piece) >= _SHORTEST]
    # A vocabulary without words has something.
    words = words or pieces
    return words[:: max(1, len(words) // _N_WORDS)]


def _unit_tokens(model: "SentenceTransformer", texts: list[str]) -> Iterator[NDArray[np.float64]]:
    """Yield the embeddings of the tokens of texts as unit rows, without the special tokens'."""
    import torch

    special = torch.tensor(model.tokenizer.all_special_ids)
    for start in range(0, len(texts), _BATCH_SIZE):
        features = model.preprocess(texts[start : start + _BATCH_SIZE])
        own = ~torch.isin(features["input_ids"], special)
        with torch.no_grad():
            rows = model(features)["token_embeddings"][own]
        yield torch.nn.functional.normalize(rows.double(), dim=-1).numpy()

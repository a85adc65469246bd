"""What an encoder is: a model that turns texts into unit vectors, and how it is identified."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from search.errors import BundleMismatchError

Embeddings = NDArray[np.float32]

_SCHEME = 1


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Everything that decides which embedding a text gets.

    `files` maps the model's files to their SHA-256. `prompts` has the keys `query` and
    `passage`. `max_tokens` is where texts are cut, None for never.
    """

    name: str
    files: Mapping[str, str]
    dim: int
    pooling: str
    prompts: Mapping[str, str]
    max_tokens: int | None

    @property
    def fingerprint(self) -> str:
        """Identify the embeddings, in hex: equal for equal models under any name."""
        facts = {key: value for key, value in self._facts().items() if key != "name"}
        text = json.dumps(facts | {"scheme": _SCHEME, "normalised": True}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the specification as it stands in a manifest."""
        return self._facts() | {"fingerprint": self.fingerprint}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """Read a specification from a manifest.

        Raises:
            BundleMismatchError: If a field is missing or the fingerprint is not that of the rest.
        """
        try:
            spec = cls(**{key: facts[key] for key in cls.__slots__})
            stored = facts["fingerprint"]
        except (KeyError, TypeError) as exc:
            raise BundleMismatchError(f"The description of the encoder lacks {exc}.") from exc
        if spec.fingerprint != stored:
            raise BundleMismatchError(
                f"The description of the encoder {spec.name!r} has the fingerprint {stored}, "
                f"its contents have {spec.fingerprint}. Rebuild the bundle: answers index --rebuild"
            )
        return spec

    def _facts(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "files": dict(self.files),
            "dim": self.dim,
            "pooling": self.pooling,
            "prompts": dict(self.prompts),
            "max_tokens": self.max_tokens,
        }


@dataclass(frozen=True, slots=True, eq=False)
class TokenEmbeddings:
    """The tokens of one text, without the model's special tokens and prompt.

    Attributes:
        offsets: `(n, 2)`, characters of the text from start up to end (exclusive).
        embeddings: `(n, width)`, unit rows.
    """

    offsets: NDArray[np.int32]
    embeddings: Embeddings


class Encoder(Protocol):
    """Turns texts into unit rows; a blank text becomes a row of zeros."""

    spec: ModelSpec

    @property
    def fingerprint(self) -> str:
        """Identify the embeddings that this encoder makes, in hex."""
        return self.spec.fingerprint

    @property
    def dim(self) -> int:
        """Width of an embedding."""
        return self.spec.dim

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Embed what users type; `(n, dim)`."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """Embed what is searched; `(n, dim)`."""
        ...


@runtime_checkable
class TokenEncoder(Protocol):
    """Turns texts into one unit row each, and one for each of their tokens."""

    def encode_queries_with_tokens(
        self, texts: Sequence[str]
    ) -> tuple[Embeddings, list[TokenEmbeddings]]:
        """Embed what users type and its tokens, in one pass."""
        ...

    def encode_passages_with_tokens(
        self, texts: Sequence[str]
    ) -> tuple[Embeddings, list[TokenEmbeddings]]:
        """Embed what is searched and its tokens, in one pass."""
        ...


def well_formed(text: str) -> str:
    """Replace lone surrogates, which no tokenizer accepts, by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def unit_rows(rows: NDArray[Any]) -> Embeddings:
    """Scale rows to length 1; rows of zeros stay."""
    rows = rows.astype(np.float32, copy=False)
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1), dtype=np.float32)


def gather(
    shape: tuple[int, int],
    batches: Iterable[NDArray[np.intp]],
    encode: Callable[[NDArray[np.intp]], Embeddings],
) -> Embeddings:
    """Encode texts batch by batch, in any order, into rows in their own order.

    Args:
        shape: Number of texts and width of an embedding.
        batches: Positions of texts; a text in no batch keeps a row of zeros.
        encode: Embeds the texts at these positions.
    """
    rows = np.zeros(shape, dtype=np.float32)
    for batch in batches:
        rows[batch] = encode(batch)
    return rows

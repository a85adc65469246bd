"""Embeddings without a model: words hashed into signed buckets."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from search.encoders.base import (
    Embeddings,
    Encoder,
    ModelSpec,
    TokenEmbeddings,
    TokenEncoder,
    unit_rows,
)

_WORD = re.compile(r"\w+")


class HashEncoder(Encoder, TokenEncoder):
    """Sums one signed unit vector a word: texts are alike when they share words.

    Deterministic and quick, for tests and for trying an archive out without a model.

    References:
        Weinberger et al., ICML 2009. https://doi.org/10.1145/1553374.1553516
    """

    def __init__(self, dim: int = 64) -> None:
        """Choose the number of buckets; with fewer, more words collide.

        Raises:
            ValueError: If `dim` is not positive.
        """
        if dim < 1:
            raise ValueError(f"dim is {dim}, expected a positive number")
        self.spec = ModelSpec(
            name=f"hash:{dim}",
            files={},
            dim=dim,
            pooling="sum of signed word hashes",
            prompts={"query": "", "passage": ""},
            max_tokens=None,
        )

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Embed what users type; `(n, dim)`."""
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """Embed what is searched; `(n, dim)`."""
        rows = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in _WORD.findall(text):
                bucket, sign = self._bucket(word)
                rows[row, bucket] += sign
        return unit_rows(rows)

    def encode_queries_with_tokens(
        self, texts: Sequence[str]
    ) -> tuple[Embeddings, list[TokenEmbeddings]]:
        """Embed what users type and its words."""
        return self.encode_passages_with_tokens(texts)

    def encode_passages_with_tokens(
        self, texts: Sequence[str]
    ) -> tuple[Embeddings, list[TokenEmbeddings]]:
        """Embed what is searched and its words."""
        return self.encode_passages(texts), [self._tokens(text) for text in texts]

    def _tokens(self, text: str) -> TokenEmbeddings:
        words = list(_WORD.finditer(text))
        embeddings = np.zeros((len(words), self.dim), dtype=np.float32)
        for row, word in enumerate(words):
            bucket, sign = self._bucket(word.group())
            embeddings[row, bucket] = sign
        return TokenEmbeddings(
            offsets=np.array([word.span() for word in words], dtype=np.int32).reshape(-1, 2),
            embeddings=embeddings,
        )

    def _bucket(self, word: str) -> tuple[int, int]:
        digest = hashlib.blake2b(word.lower().encode(), digest_size=8).digest()
        number = int.from_bytes(digest, "big")
        return (number >> 1) % self.dim, 1 if number & 1 else -1

"""What a build computes of passages: their embeddings and, in the same pass, their tokens.

Both are kept on the disk, and read from there a little at a time: however large an archive is, a
build holds its texts in memory, but not what was computed of them. Only lists (`search.lists`) are
made in memory.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
from numpy.typing import NDArray

from indexer.cache import EmbeddingCache, TokenCache
from indexer.encoding import LazyEncoder
from search.encoders.base import Embeddings
from search.files import storage_errors
from search.late import TOKEN_KINDS, Records
from search.models import Passage

_NUMBER = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class Embedded:
    """What was computed of passages, in their order.

    `embeddings` `(n, dim)` are mapped from a file without a name. `tokens` yields the records of
    each passage once, None for passages without tokens; it is None where the encoder has none.
    `n_computed` counts texts that were not cached.
    """

    embeddings: Embeddings
    tokens: Iterator[Records | None] | None
    n_computed: int


class Embedder:
    """Embeds with one encoder and remembers what it has seen."""

    def __init__(self, folder: Path, encoder: LazyEncoder) -> None:
        """Keep the caches in a folder; nothing is loaded or written yet."""
        self._folder = folder
        self._encoder = encoder
        self._cache = EmbeddingCache(folder, encoder.cache_name, dim=encoder.dim)

    def embed(
        self, passages: Sequence[Passage], *, progress: Callable[[int, int], None]
    ) -> Embedded:
        """Embed passages, computing only what is not cached.

        Raises:
            StorageError: If the disk is full, read-only or fails.
        """
        texts = [passage.text for passage in passages]
        width = self._encoder.token_width
        if width is None:
            encode = self._encoder.encode_passages
            n_computed = self._cache.fill(texts, encode, progress=progress)
            return Embedded(self._stored(self._cache.rows(texts, encode)), None, n_computed)
        cache = self._token_cache(width)
        with_tokens = [passage.kind in TOKEN_KINDS for passage in passages]
        wanted = list(compress(texts, with_tokens))
        among = frozenset(wanted)

        def encode_both(block: Sequence[str]) -> Embeddings:
            return self._encode(block, cache, among)

        n_first = self._cache.fill(texts, encode_both, progress=progress)
        n_second = cache.fill(wanted, self._encoder.encode_tokens, progress=progress)
        embeddings = self._stored(self._cache.rows(texts, encode_both))
        records = cache.rows(wanted, self._encoder.encode_tokens)
        tokens = (next(records) if has else None for has in with_tokens)
        return Embedded(embeddings, tokens, n_first + n_second)

    def _token_cache(self, width: int) -> TokenCache:
        """Return the cache of tokens of this width along the axes of the published encoder."""
        encoder = self._encoder
        return TokenCache(self._folder, encoder.cache_name, width=width, axes=encoder.record_digest)

    def _stored(self, rows: Iterable[NDArray[np.float32]]) -> Embeddings:
        """Write rows to a file without a name, which is gone with the last who reads it."""
        dim = self._encoder.dim
        with storage_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=self._folder) as file:
                file.writelines(row.astype(_NUMBER).data for row in rows)
                file.flush()
                # Some file systems tell only now that a disk is full or fails.
                os.fsync(file.fileno())
                n_rows = file.tell() // (dim * _NUMBER.itemsize)
                if not n_rows:
                    return np.empty((0, dim), _NUMBER)
                return np.memmap(file, _NUMBER, "r", shape=(n_rows, dim))

    def _encode(
        self, texts: Sequence[str], cache: TokenCache, wanted: frozenset[str]
    ) -> Embeddings:
        """Embed texts and cache the tokens of those that are wanted."""
        embeddings, records = self._encoder.encode_passages_with_tokens(texts)
        pairs = zip(texts, records, strict=True)
        cache.write({text: found for text, found in pairs if text in wanted})
        return embeddings

    def size_bytes(self) -> int:
        """Return how large the cache of embeddings is."""
        return self._cache.size_bytes()

    def prune(self, passages: Sequence[Passage]) -> None:
        """Forget everything but these passages, also what other encoders made of them.

        Raises:
            OSError: If a file cannot be deleted.
            sqlite3.OperationalError: If the disk is full, read-only or fails.
        """
        self._cache.prune([passage.text for passage in passages])
        width = self._encoder.token_width
        if width is not None:
            self._token_cache(width).prune(
                [passage.text for passage in passages if passage.kind in TOKEN_KINDS]
            )

"""What a build computes of passages: their embeddings and, in the same pass, their tokens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.cache import EmbeddingCache, TokenCache
from indexer.encoding import LazyEncoder
from search.encoders.base import Embeddings
from search.late import TOKEN_KINDS, Records
from search.models import Passage


@dataclass(frozen=True, slots=True)
class Embedded:
    """What was computed of passages, in their order.

    `tokens` has None for passages without tokens, and is None where the encoder has none;
    `n_computed` counts texts that were not cached.
    """

    embeddings: Embeddings
    tokens: Sequence[Records | None] | None
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
            embeddings, n_computed = self._cache.encode(
                texts, self._encoder.encode_passages, progress=progress
            )
            return Embedded(embeddings, None, n_computed)
        cache = TokenCache(self._folder, self._encoder.cache_name, width=width)
        wanted = [passage.text for passage in passages if passage.kind in TOKEN_KINDS]
        embeddings, n_first = self._cache.encode(
            texts, lambda block: self._encode(block, cache, frozenset(wanted)), progress=progress
        )
        records, n_second = cache.collect(wanted, self._encoder.encode_tokens, progress=progress)
        of_text = dict(zip(wanted, records, strict=True))
        tokens = [
            of_text[passage.text] if passage.kind in TOKEN_KINDS else None for passage in passages
        ]
        return Embedded(embeddings, tokens, n_first + n_second)

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
            cache = TokenCache(self._folder, self._encoder.cache_name, width=width)
            cache.prune([passage.text for passage in passages if passage.kind in TOKEN_KINDS])

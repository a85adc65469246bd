"""Embeddings of texts that were embedded before, by content."""

import hashlib
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.files import storage_errors

_SCHEMA = """
CREATE TABLE IF NOT EXISTS embeddings (
    key BLOB PRIMARY KEY, checksum INTEGER NOT NULL, embedding BLOB NOT NULL
) STRICT, WITHOUT ROWID;
"""
_TEXTS_A_WRITE = 512

Embeddings = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Embeddings]


class EmbeddingCache:
    """A table from SHA-256 of (encoder, text) to embedding, for one encoder.

    A row whose checksum does not hold, and a file that is no longer a database, count as not
    cached: they are computed again, never trusted.
    """

    def __init__(self, folder: Path, fingerprint: str, *, dim: int) -> None:
        """Name the cache of one encoder; the file is made at the first write."""
        self.path = folder / f"{fingerprint}.sqlite"
        self._dim = dim
        self._salt = fingerprint.encode()

    def key(self, text: str) -> bytes:
        """Return the key of a text."""
        data = text.encode("utf-8", "surrogatepass")
        return hashlib.sha256(self._salt + b"\x00" + data).digest()

    def encode(
        self,
        texts: Sequence[str],
        encode: Encode,
        *,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> tuple[Embeddings, int]:
        """Embed texts, computing only what is not cached; each distinct text once.

        Returns:
            Embeddings `(n, dim)` in the order of the texts, and how many were computed.
        """
        distinct = list(dict.fromkeys(texts))
        found = self.read(distinct)
        missing = sorted((text for text in distinct if text not in found), key=len)
        for start in range(0, len(missing), _TEXTS_A_WRITE):
            block = missing[start : start + _TEXTS_A_WRITE]
            computed = dict(zip(block, encode(block), strict=True))
            self.write(computed)
            found.update(computed)
            progress(min(start + _TEXTS_A_WRITE, len(missing)), len(missing))
        rows = [found[text] for text in texts]
        empty = np.empty((0, self._dim), dtype=np.float32)
        return (np.stack(rows) if rows else empty), len(missing)

    def read(self, texts: Sequence[str]) -> dict[str, Embeddings]:
        """Return what is cached and intact."""
        if not self.path.exists():
            return {}
        by_key = {self.key(text): text for text in texts}
        found: dict[str, Embeddings] = {}
        try:
            with closing(sqlite3.connect(self.path)) as connection:
                for key in by_key:
                    row = connection.execute(
                        "SELECT checksum, embedding FROM embeddings WHERE key = ?", (key,)
                    ).fetchone()
                    if row and self._is_intact(key, *row):
                        found[by_key[key]] = np.frombuffer(row[1], dtype="<f4")
        except sqlite3.DatabaseError:
            self._discard()
        return found

    def write(self, embeddings: dict[str, Embeddings]) -> None:
        """Add embeddings in one transaction."""
        with storage_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._insert(embeddings)
            except sqlite3.DatabaseError as exc:
                raise OSError(getattr(exc, "sqlite_errorcode", 0), str(exc)) from exc

    def _insert(self, embeddings: dict[str, Embeddings]) -> None:
        """Insert rows."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(_SCHEMA)
            connection.executemany(
                "INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)",
                (
                    (key, zlib.crc32(key + data), data)
                    for text, embedding in embeddings.items()
                    for key, data in [(self.key(text), embedding.astype("<f4").tobytes())]
                ),
            )

    def prune(self, texts: Sequence[str]) -> int:
        """Forget every text but these; return how many rows were dropped."""
        if not self.path.exists():
            return 0
        kept = [(self.key(text),) for text in dict.fromkeys(texts)]
        with closing(sqlite3.connect(self.path)) as connection:
            with connection:
                connection.execute("CREATE TEMP TABLE kept (key BLOB PRIMARY KEY)")
                connection.executemany("INSERT INTO kept VALUES (?)", kept)
                dropped = connection.execute(
                    "DELETE FROM embeddings WHERE key NOT IN (SELECT key FROM kept)"
                ).rowcount
            connection.execute("VACUUM")
        return int(dropped)

    def _is_intact(self, key: bytes, checksum: int, data: bytes) -> bool:
        """Tell whether a row is what was written."""
        return len(data) == 4 * self._dim and zlib.crc32(key + data) == checksum

    def _discard(self) -> None:
        """Delete a file that is not a database any more."""
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink()

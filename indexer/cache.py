"""Embeddings of texts that were embedded before, by content."""

import hashlib
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.files import primary_code, storage_errors
from search.late import TOKEN_SCHEME, record_type

_SCHEMA = """
CREATE TABLE IF NOT EXISTS embeddings (
    key BLOB PRIMARY KEY, checksum INTEGER NOT NULL, embedding BLOB NOT NULL
) STRICT;
"""
_USELESS = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_NOTADB,
    }
)
_TEXTS_A_BLOCK = 512
_OF_A_FILE = ("", "-journal", "-wal", "-shm")
_TOKENS = f"-tokens-{TOKEN_SCHEME}"

Embeddings = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Embeddings | Sequence[NDArray[Any]]]


class EmbeddingCache:
    """A table from SHA-256 of (encoder, text) to embedding, for one encoder.

    A row whose checksum does not hold, and a file that is no longer such a table, count as not
    cached: they are computed again, never trusted.
    """

    def __init__(self, folder: Path, fingerprint: str, *, dim: int) -> None:
        """Name the cache of one encoder; the file is made at the first write."""
        self.path = folder / f"{fingerprint}.sqlite"
        self._type: np.dtype[Any] = np.dtype("<f4")
        self._dim = dim
        self._salt = fingerprint.encode()

    def __repr__(self) -> str:
        """Show the file."""
        return f"EmbeddingCache({str(self.path)!r})"

    def key(self, text: str) -> bytes:
        """Return the key of a text."""
        data = text.encode("utf-8", "surrogatepass")
        return hashlib.sha256(self._salt + b"\x00" + data).digest()

    def fill(
        self,
        texts: Sequence[str],
        encode: Encode,
        *,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> int:
        """Compute what is not cached, each distinct text once, and tell how many those were.

        Texts of about the same length are computed together.

        Raises:
            StorageError: If the disk is full, read-only or fails.
        """
        missing = sorted(self._missing(list(dict.fromkeys(texts))), key=len)
        n_done = 0
        for block in _blocks(missing):
            self.write(dict(zip(block, encode(block), strict=True)))
            n_done += len(block)
            progress(n_done, len(missing))
        return n_done

    def rows(self, texts: Sequence[str], encode: Encode) -> Iterator[NDArray[Any]]:
        """Yield what belongs to each text, in order; only some texts are in memory at a time.

        What cannot be read any more since it was cached is computed again.

        Raises:
            StorageError: If the disk is full, read-only or fails.
        """
        for block in _blocks(texts):
            found = self.read(block)
            lost = [text for text in dict.fromkeys(block) if text not in found]
            if lost:
                computed = dict(zip(lost, encode(lost), strict=True))
                self.write(computed)
                found.update(computed)
            yield from (found[text] for text in block)

    def _missing(self, texts: Sequence[str]) -> Sequence[str]:
        """Return the texts that are not cached or not intact."""
        missing: list[str] = []
        for block in _blocks(texts):
            found = self.read(block)
            missing.extend(text for text in block if text not in found)
        # A file that turned out to be damaged is gone, with what was read of it before.
        return missing if self.path.exists() else texts

    def read(self, texts: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Return what is cached and intact."""
        found: dict[str, NDArray[Any]] = {}
        if not self.path.exists():
            return found
        try:
            with storage_errors(self.path), closing(sqlite3.connect(self.path)) as connection:
                for text in texts:
                    key = self.key(text)
                    row = connection.execute(
                        "SELECT checksum, embedding FROM embeddings WHERE key = ?", (key,)
                    ).fetchone()
                    if row and self._is_intact(key, *row):
                        found[text] = np.frombuffer(row[1], dtype=self._type)
        except sqlite3.DatabaseError as exc:
            self._discard(exc)
        return found

    def write(self, embeddings: Mapping[str, NDArray[Any]]) -> None:
        """Add embeddings in one transaction.

        Raises:
            StorageError: If the disk is full, read-only or fails.
        """
        rows = [
            (key, zlib.crc32(key + data), data)
            for text, embedding in embeddings.items()
            for key, data in [(self.key(text), embedding.astype(self._type).tobytes())]
        ]
        with storage_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._insert(rows)
            except sqlite3.DatabaseError as exc:
                self._discard(exc)
                self._insert(rows)

    def _insert(self, rows: Sequence[tuple[bytes, int, bytes]]) -> None:
        """Insert rows."""
        with self._transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)", rows)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Open the table, making it where it is missing, and commit what the block does."""
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute(_SCHEMA)
            with connection:
                yield connection

    def size_bytes(self) -> int:
        """Return how large the file is; 0 where there is none."""
        return self.path.stat().st_size if self.path.exists() else 0

    def prune(self, texts: Sequence[str]) -> None:
        """Forget everything but these texts, also what other encoders made of them.

        Raises:
            OSError: If a file cannot be deleted.
            sqlite3.OperationalError: If the disk is full, read-only or fails.
        """
        self._delete_others()
        if not self.path.exists():
            return
        try:
            self._keep_only([(self.key(text),) for text in dict.fromkeys(texts)])
        except sqlite3.DatabaseError as exc:
            self._discard(exc)

    def _delete_others(self) -> None:
        """Delete what other encoders made, and tokens of other versions."""
        own = (self.path.name, f"{self.path.name}{_TOKENS}")
        kept = {f"{name}{suffix}" for name in own for suffix in _OF_A_FILE}
        for path in self.path.parent.glob("*"):
            if path.name not in kept:
                path.unlink()

    def _keep_only(self, keys: Sequence[tuple[bytes]]) -> None:
        """Delete all rows but these, and their bytes from the file."""
        with self._transaction() as connection:
            connection.execute("CREATE TEMP TABLE kept (key BLOB PRIMARY KEY)")
            connection.executemany("INSERT INTO kept VALUES (?)", keys)
            connection.execute("DELETE FROM embeddings WHERE key NOT IN (SELECT key FROM kept)")
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("VACUUM")

    def _is_intact(self, key: bytes, checksum: object, data: object) -> bool:
        """Tell whether a row is what was written."""
        return (
            isinstance(data, bytes) and self._fits(len(data)) and zlib.crc32(key + data) == checksum
        )

    def _fits(self, n_bytes: int) -> bool:
        """Tell whether a row has the size of what is kept here."""
        return n_bytes == self._type.itemsize * self._dim

    def _discard(self, error: sqlite3.DatabaseError) -> None:
        """Delete a file that is not such a table any more; raise any other error again."""
        if primary_code(error) not in _USELESS:
            raise error
        for suffix in _OF_A_FILE:
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)


class TokenCache(EmbeddingCache):
    """A table from text to the records of its tokens, beside the embeddings of one encoder."""

    def __init__(self, folder: Path, fingerprint: str, *, width: int, axes: str) -> None:
        """Name the cache of one encoder.

        Args:
            folder: Where caches are.
            fingerprint: Identifies the encoder.
            width: How many numbers the embedding of a token has.
            axes: Identifies what these are along.
        """
        super().__init__(folder, fingerprint, dim=width)
        self._salt += axes.encode()
        self.path = self.path.with_name(f"{self.path.name}{_TOKENS}")
        self._type = record_type(width)

    def _fits(self, n_bytes: int) -> bool:
        """Tell whether a row holds whole records."""
        return n_bytes % self._type.itemsize == 0

    def _delete_others(self) -> None:
        """Leave what other encoders made to the cache of embeddings."""


def _blocks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the texts, some at a time."""
    for start in range(0, len(texts), _TEXTS_A_BLOCK):
        yield texts[start : start + _TEXTS_A_BLOCK]

"""Nearest passages by cosine, kept in FAISS."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from search.arrays import writing
from search.errors import BundleMismatchError
from search.models import PassageKind, ThreadFilter
from search.rankings import Ranking
from search.recent import remembering
from search.store import PassageTable

Embedding = NDArray[np.float32]
MaskOf = Callable[[ThreadFilter], NDArray[np.bool_]]
KINDS = tuple(PassageKind)
_REMEMBERED_QUERIES = 4
NO_SCORE = np.float32(-np.inf)
# How FAISS begins the file of an exact index: its kind, the width and number of its rows; right
# before the rows it says how many numbers they have.
KIND_OF_INDEX = b"IxFI"
HEADER = struct.Struct("<4siq")
_SIZE = struct.Struct("<q")
_ROWS_A_WRITE = 4_096


class EmbeddingTable(Protocol):
    """Embeddings `(n, dim)`, in memory or not."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return how many there are, and their width."""

    def __len__(self) -> int:
        """Return how many there are."""

    def __getitem__(self, key: Any, /) -> Any:  # noqa: ANN401
        """Return one, or those of a slice."""

    def take(self, ids: NDArray[np.int64], /, *, axis: int) -> Embedding:
        """Return copies of some."""


@dataclass(frozen=True, slots=True)
class _Threads:
    """The threads that have passages of one kind, which have the ids from `start` up to `end`.

    Thread `rows[i]` has those from `start + first[i]` up to the next thread's first.
    """

    rows: NDArray[np.int64]
    first: NDArray[np.int64]
    start: int
    end: int


class DenseIndex(Protocol):
    """Threads by the cosine of their best passage of one kind."""

    def top(
        self, query: Embedding, *, kind: PassageKind, depth: int, where: ThreadFilter | None
    ) -> Ranking:
        """Return the best `depth` threads that pass the filter."""

    def scores(
        self, query: Embedding, *, kind: PassageKind, rows: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the cosine of each thread's best passage; minus infinity where it has none."""

    def best_passages(
        self, query: Embedding, *, kind: PassageKind, row: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the passage ids of one thread and their cosines, in the order of the ids."""

    def embedding(self, kind: PassageKind, row: int) -> Embedding | None:
        """Return the embedding `(dim,)` of a thread's first passage of a kind, None without one."""


def write_dense(path: Path, embeddings: Embedding) -> None:
    """Write embeddings `(n, dim)`, in the order of the passage ids, as an exact FAISS index.

    Raises:
        OSError: If the disk is full, read-only or fails.
    """
    n_rows, dim = embeddings.shape
    # FAISS writes an index from memory, and does not notice that the disk is full.
    with writing(path) as file:
        file.write(_head(n_rows, dim))
        for start in range(0, n_rows, _ROWS_A_WRITE):
            file.write(np.ascontiguousarray(embeddings[start : start + _ROWS_A_WRITE], "<f4").data)


def _head(n_rows: int, dim: int) -> bytes:
    """Return what FAISS writes before the numbers of an exact index of that shape."""
    head = bytearray(faiss.serialize_index(faiss.IndexFlatIP(dim)))
    HEADER.pack_into(head, 0, KIND_OF_INDEX, dim, n_rows)
    _SIZE.pack_into(head, len(head) - _SIZE.size, n_rows * dim)
    return bytes(head)


class FaissDenseIndex:
    """The FAISS index of one generation.

    Passages are stored by kind and then by thread, so that a kind is one range of ids and a
    thread's passages of a kind are neighbours.
    """

    def __init__(self, path: Path, table: PassageTable, *, n_threads: int, mask_of: MaskOf) -> None:
        """Open an index whose checksum was verified: FAISS itself accepts flipped bits.

        Raises:
            BundleMismatchError: If the file and the table of passages do not fit each other.
        """
        self._embeddings = self._read(path)
        if len(self._embeddings) != len(table.rows):
            raise BundleMismatchError(
                f"{path}: {len(self._embeddings)} embeddings for {len(table.rows)} passages"
            )
        self.dim = int(self._embeddings.shape[1])
        self._rows = table.rows.astype(np.int64)
        self._mask_of = mask_of
        order = table.kinds.astype(np.int64) * max(n_threads, 1) + self._rows
        if np.any(np.diff(order) < 0):
            raise BundleMismatchError(f"{path}: passages are not in the order of kind and thread")
        bounds = np.arange(len(KINDS) * n_threads + 1)
        self._starts = np.searchsorted(order, bounds).reshape(-1)
        self._n_threads = n_threads
        self._threads = [self._threads_of(kind) for kind in KINDS]
        # A search asks for the scores of one query twice.
        self._all_scores = remembering(self._score_all, most=_REMEMBERED_QUERIES * len(KINDS))

    def _read(self, path: Path) -> EmbeddingTable:
        """Return the embeddings of an exact FAISS index."""
        try:
            self._index = faiss.read_index(str(path))
        except RuntimeError as exc:
            raise BundleMismatchError(f"{path}: not readable by FAISS; rebuild the index") from exc
        if not isinstance(self._index, faiss.IndexFlat):
            raise BundleMismatchError(f"{path}: not an exact index; rebuild the index")
        return _embeddings_of(self._index)

    def _threads_of(self, kind: PassageKind) -> _Threads:
        """Find the passages of a kind and whose they are."""
        first = KINDS.index(kind) * self._n_threads
        starts = self._starts[first : first + self._n_threads + 1]
        rows = np.flatnonzero(np.diff(starts))
        return _Threads(rows, starts[rows] - starts[0], int(starts[0]), int(starts[-1]))

    def top(
        self, query: Embedding, *, kind: PassageKind, depth: int, where: ThreadFilter | None
    ) -> Ranking:
        """Return the best `depth` threads that pass the filter."""
        rows = self._threads[KINDS.index(kind)].rows
        if where:
            rows = rows[self._mask_of(where)[rows]]
        return Ranking.best(rows, self.scores(query, kind=kind, rows=rows), depth=depth)

    def _products(self, query: Embedding, embeddings: Embedding) -> NDArray[np.float32]:
        """Return the cosines of embeddings in a row, as FAISS's exact search computes them."""
        cosines = np.empty(len(embeddings), dtype=np.float32)
        query = np.ascontiguousarray(query, dtype=np.float32)
        faiss.fvec_inner_products_ny(  # type: ignore[attr-defined]
            faiss.swig_ptr(cosines),
            faiss.swig_ptr(query),
            faiss.swig_ptr(embeddings),
            self.dim,
            len(embeddings),
        )
        return cosines

    def scores(
        self, query: Embedding, *, kind: PassageKind, rows: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the cosine of each thread's best passage; minus infinity where it has none."""
        return self._all_scores(np.asarray(query, dtype=np.float32).tobytes(), kind)[rows]

    def _score_all(self, query: bytes, kind: PassageKind) -> NDArray[np.float32]:
        """Return the score of every thread, shape `(n_threads,)`."""
        best = np.full(self._n_threads, NO_SCORE, dtype=np.float32)
        threads = self._threads[KINDS.index(kind)]
        if len(threads.rows):
            embeddings = self._embeddings[threads.start : threads.end]
            cosines = self._products(np.frombuffer(query, dtype=np.float32), embeddings)
            best[threads.rows] = np.maximum.reduceat(cosines, threads.first)
        best.flags.writeable = False
        return best

    def best_passages(
        self, query: Embedding, *, kind: PassageKind, row: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the passage ids of one thread and their cosines, in the order of the ids."""
        first = KINDS.index(kind) * self._n_threads + row
        ids = np.arange(self._starts[first], self._starts[first + 1])
        return ids, self._cosines(query, ids)

    def embedding(self, kind: PassageKind, row: int) -> Embedding | None:
        """Return the embedding `(dim,)` of a thread's first passage of a kind, None without one."""
        first = KINDS.index(kind) * self._n_threads + row
        start, end = int(self._starts[first]), int(self._starts[first + 1])
        if start == end:
            return None
        return np.array(self._embeddings[start])

    def _cosines(self, query: Embedding, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosine of each passage, computed from the stored embedding."""
        if not len(ids):
            return np.empty(0, np.float32)
        return self._products(query, self._embeddings.take(ids, axis=0))


def _embeddings_of(index: faiss.IndexFlat) -> Embedding:
    """Return a view `(n, dim)` of what an exact index holds; valid as long as the index lives.

    FAISS copies rows out with all threads of OpenMP, which costs more than the rows.
    """
    view: Embedding = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
    return view.reshape(-1, index.d)

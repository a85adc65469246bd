"""Nearest passages by cosine, kept in FAISS."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from search.errors import BundleMismatchError
from search.models import PassageKind, ThreadFilter
from search.rankings import Ranking
from search.store import PassageTable

Embedding = NDArray[np.float32]
MaskOf = Callable[[ThreadFilter], NDArray[np.bool_]]
_KINDS = tuple(PassageKind)
NO_SCORE = np.float32(-np.inf)


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
    """Write embeddings `(n, dim)`, in the order of the passage ids, as an exact FAISS index."""
    index = faiss.IndexFlatIP(embeddings.shape[1])
    index.add(np.ascontiguousarray(embeddings, dtype=np.float32))
    # FAISS does not notice that the disk is full when it closes a file.
    path.write_bytes(faiss.serialize_index(index).data)


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
        try:
            self._index = faiss.read_index(str(path))
        except RuntimeError as exc:
            raise BundleMismatchError(f"{path}: not readable by FAISS; rebuild the index") from exc
        if not isinstance(self._index, faiss.IndexFlat):
            raise BundleMismatchError(f"{path}: not an exact index; rebuild the index")
        if self._index.ntotal != len(table.rows):
            raise BundleMismatchError(
                f"{path}: {self._index.ntotal} embeddings for {len(table.rows)} passages"
            )
        self.dim = int(self._index.d)
        self._embeddings = _embeddings_of(self._index)
        self._rows = table.rows.astype(np.int64)
        self._mask_of = mask_of
        order = table.kinds.astype(np.int64) * max(n_threads, 1) + self._rows
        if np.any(np.diff(order) < 0):
            raise BundleMismatchError(f"{path}: passages are not in the order of kind and thread")
        bounds = np.arange(len(_KINDS) * n_threads + 1)
        self._starts = np.searchsorted(order, bounds).reshape(-1)
        self._n_threads = n_threads

    def _range(self, kind: PassageKind) -> tuple[int, int]:
        """Return the first passage id of a kind and the one behind its last."""
        first = _KINDS.index(kind) * self._n_threads
        return int(self._starts[first]), int(self._starts[first + self._n_threads])

    def _selector(self, kind: PassageKind, where: ThreadFilter | None) -> faiss.IDSelector:
        """Return which passage ids take part."""
        start, end = self._range(kind)
        if not where:
            return faiss.IDSelectorRange(start, end)
        ids = np.flatnonzero(self._mask_of(where)[self._rows[start:end]]) + start
        return faiss.IDSelectorBatch(ids.astype(np.int64))

    def top(
        self, query: Embedding, *, kind: PassageKind, depth: int, where: ThreadFilter | None
    ) -> Ranking:
        """Return the best `depth` threads that pass the filter."""
        start, end = self._range(kind)
        selector = self._selector(kind, where)
        parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        n_passages = min(depth, end - start)
        while n_passages:
            scores, ids = self._index.search(query[None, :], n_passages, params=parameters)
            found = ids[0] >= 0
            ranking = _best_of_each(self._rows[ids[0][found]], scores[0][found])
            complete = n_passages == end - start or not found.all()
            if complete or len(ranking) >= depth:
                return Ranking(ranking.rows[:depth], ranking.scores[:depth])
            n_passages = min(4 * n_passages, end - start)
        return Ranking.empty()

    def scores(
        self, query: Embedding, *, kind: PassageKind, rows: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the cosine of each thread's best passage; minus infinity where it has none."""
        best = np.full(len(rows), NO_SCORE, dtype=np.float32)
        first = _KINDS.index(kind) * self._n_threads + rows
        starts, ends = self._starts[first], self._starts[first + 1]
        counts = ends - starts
        total = int(counts.sum())
        if not total:
            return best
        has = counts > 0
        offsets = np.cumsum(counts) - counts
        ids = np.arange(total) + np.repeat(starts - offsets, counts)
        best[has] = np.maximum.reduceat(self._cosines(query, ids), offsets[has])
        return best

    def best_passages(
        self, query: Embedding, *, kind: PassageKind, row: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the passage ids of one thread and their cosines, in the order of the ids."""
        first = _KINDS.index(kind) * self._n_threads + row
        ids = np.arange(self._starts[first], self._starts[first + 1])
        return ids, self._cosines(query, ids)

    def embedding(self, kind: PassageKind, row: int) -> Embedding | None:
        """Return the embedding `(dim,)` of a thread's first passage of a kind, None without one."""
        first = _KINDS.index(kind) * self._n_threads + row
        start, end = int(self._starts[first]), int(self._starts[first + 1])
        if start == end:
            return None
        return np.array(self._embeddings[start])

    def _cosines(self, query: Embedding, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosine of each passage, computed from the stored embedding."""
        if not len(ids):
            return np.empty(0, np.float32)
        embeddings: Embedding = self._embeddings.take(ids, axis=0)
        return np.asarray(np.einsum("ij,j->i", embeddings, query), dtype=np.float32)


def _embeddings_of(index: faiss.IndexFlat) -> Embedding:
    """Return a view `(n, dim)` of what an exact index holds; valid as long as the index lives.

    FAISS copies rows out with all threads of OpenMP, which costs more than the rows.
    """
    view: Embedding = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
    return view.reshape(-1, index.d)


def _best_of_each(rows: NDArray[np.int64], scores: NDArray[np.float32]) -> Ranking:
    """Keep each thread's best score; the input is best first, the output too, ties by row."""
    unique, first = np.unique(rows, return_index=True)
    kept = scores[first]
    order = np.lexsort((unique, -kept))
    return Ranking(unique[order], kept[order])

"""Nearest passages of a large archive: lists of 8-bit codes, and exact scores of what they find.

Exact search reads every embedding. Where a kind of passage has more than `EXACT_MOST`, its
embeddings are sorted into lists by their nearest of some centres, and only the lists whose
centres are nearest to a query are read, as codes of 8 bits a number. What they find is scored
again with the embeddings themselves, which stay on the disk: scores are those of exact search,
and all that can happen is that a passage is missed. How many lists are read is chosen so that few
are, measured against exact search.

::

    lists/<kind>.faiss   the lists of one kind; the number of lists to read is kept with them

References:
    Jégou, Douze, Schmid, "Product Quantization for Nearest Neighbor Search", PAMI 2011.
    https://doi.org/10.1109/TPAMI.2010.57
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from search.arrays import StoredRows, largest_of_each, ranges, writing
from search.dense import HEADER, KIND_OF_INDEX, KINDS, NO_SCORE, Embedding, FaissDenseIndex
from search.errors import BundleMismatchError
from search.files import storage_errors
from search.models import PassageKind, ThreadFilter
from search.rankings import Ranking
from search.recent import Recent

EXACT_MOST = 20_000
SEED = 7
RECALL_DEPTH = 10
_LEAST_RECALL = 0.985
_LEAST_PROBES = 16
_LISTS_A_ROOT = 4
_POINTS_A_LIST = 64
_ROUNDS = 10
_N_QUERIES = 200
_QUERY_NOISE = 0.6
_PASSAGES_A_THREAD = 4
_KNOWN_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Listed:
    """How the passages of a kind were sorted, and how many of the nearest ten are found."""

    n_passages: int
    n_lists: int
    n_probes: int
    recall_at_10: float


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of all kinds that have them; empty in a small archive."""

    indexes: Mapping[PassageKind, faiss.IndexIVF] = field(default_factory=dict)
    listed: Mapping[PassageKind, Listed] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """Describe the lists for a manifest."""
        return {kind.value: asdict(each) for kind, each in self.listed.items()}

    def write(self, folder: Path) -> None:
        """Write the lists, if there are any."""
        if not self.indexes:
            return
        folder.mkdir()
        for kind, index in self.indexes.items():
            # FAISS does not notice that the disk is full when it closes a file.
            with writing(folder / f"{kind.value}.faiss") as file:
                file.write(faiss.serialize_index(index).data)


def make_lists(embeddings: Embedding, kinds: Sequence[PassageKind]) -> Lists:
    """Sort the embeddings `(n, dim)` of passages, which stand kind by kind, into lists."""
    numbers = np.array([KINDS.index(kind) for kind in kinds], dtype=np.int8)
    indexes, listed = {}, {}
    for kind in KINDS:
        own = embeddings[
            slice(*np.searchsorted(numbers, [KINDS.index(kind), KINDS.index(kind) + 1]))
        ]
        if len(own) > EXACT_MOST:
            indexes[kind] = _sorted_into_lists(own)
            listed[kind] = _tuned(indexes[kind], own)
    return Lists(indexes, listed)


def _sorted_into_lists(embeddings: Embedding) -> faiss.IndexIVF:
    """Find centres, and put each embedding into the list of its nearest."""
    n, dim = embeddings.shape
    n_lists = int(_LISTS_A_ROOT * n**0.5)
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dim),
        dim,
        n_lists,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.cp.seed, index.cp.niter, index.cp.spherical = SEED, _ROUNDS, True
    index.cp.min_points_per_centroid, index.cp.max_points_per_centroid = 1, _POINTS_A_LIST
    n_points = min(n, _POINTS_A_LIST * n_lists)
    points = np.sort(np.random.default_rng(SEED).choice(n, n_points, replace=False))
    index.train(embeddings[points])
    index.add(embeddings)
    return index


def _tuned(index: faiss.IndexIVF, embeddings: Embedding) -> Listed:
    """Choose how many lists are read; keep that with the index and tell what it finds."""
    queries = _queries_like(embeddings)
    exact = _exact_top(queries, embeddings)
    index.nprobe = min(_LEAST_PROBES, index.nlist)
    while True:
        _, found = index.search(queries, RECALL_DEPTH * _PASSAGES_A_THREAD)
        pairs = zip(exact, found, strict=True)
        recall = float(np.mean([np.isin(best, some).mean() for best, some in pairs]))
        if recall >= _LEAST_RECALL or index.nprobe == index.nlist:
            return Listed(len(embeddings), int(index.nlist), int(index.nprobe), round(recall, 4))
        index.nprobe = min(2 * index.nprobe, index.nlist)


def _queries_like(embeddings: Embedding) -> Embedding:
    """Return unit vectors near some of the embeddings, but none of them."""
    generator = np.random.default_rng(SEED)
    n_queries = min(_N_QUERIES, len(embeddings))
    near = embeddings[np.sort(generator.choice(len(embeddings), n_queries, replace=False))]
    noise = generator.standard_normal(near.shape, dtype=np.float32)
    noise *= _QUERY_NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
    queries = near + noise
    return np.asarray(queries / np.linalg.norm(queries, axis=1, keepdims=True), dtype=np.float32)


def _exact_top(queries: Embedding, embeddings: Embedding) -> NDArray[np.int64]:
    """Return the positions of the nearest embeddings of each query."""
    exact = faiss.IndexFlatIP(embeddings.shape[1])
    best = faiss.ResultHeap(len(queries), RECALL_DEPTH, keep_max=True)
    for start in range(0, len(embeddings), EXACT_MOST):
        exact.reset()
        exact.add(embeddings[start : start + EXACT_MOST])
        scores, found = exact.search(queries, RECALL_DEPTH)
        best.add_result(scores, found + start)
    best.finalize()
    return np.asarray(best.I)


class ListedDenseIndex(FaissDenseIndex):
    """The lists of one generation, over embeddings that stay on the disk."""

    def open_lists(self, folder: Path) -> None:
        """Read lists whose checksums were verified.

        Raises:
            BundleMismatchError: If they are not of these passages.
        """
        self._lists = {kind: self._read_list(folder, kind) for kind in KINDS}
        # A search asks for the scores of those that it has found, and of others.
        self._known: Recent[tuple[bytes, PassageKind], Ranking] = Recent(
            _KNOWN_BYTES, lambda known: known.rows.nbytes + known.scores.nbytes
        )

    def _read_list(self, folder: Path, kind: PassageKind) -> faiss.IndexIVF | None:
        """Read the lists of one kind, None where it has none."""
        path = folder / f"{kind.value}.faiss"
        if not path.is_file():
            return None
        try:
            index = faiss.read_index(str(path))
        except RuntimeError as exc:
            raise BundleMismatchError(f"{path}: not readable by FAISS; rebuild the index") from exc
        passages = self._threads[KINDS.index(kind)]
        n_passages = passages.end - passages.start
        if not isinstance(index, faiss.IndexIVF) or index.ntotal != n_passages:
            raise BundleMismatchError(f"{path}: lists of other passages; rebuild the index")
        return index

    def _read(self, path: Path) -> "_StoredEmbeddings":
        """Open the embeddings of an exact FAISS index."""
        return _StoredEmbeddings(path)

    def top(
        self, query: Embedding, *, kind: PassageKind, depth: int, where: ThreadFilter | None
    ) -> Ranking:
        """Return the best `depth` threads that pass the filter."""
        index = self._lists[kind]
        if index is None:
            return super().top(query, kind=kind, depth=depth, where=where)
        passages = self._threads[KINDS.index(kind)]
        rows = self._rows[passages.start : passages.end]
        parameters = faiss.SearchParametersIVF(nprobe=index.nprobe)  # type: ignore[call-arg]
        if where:
            allowed = self._mask_of(where)[rows]
            if np.count_nonzero(allowed) <= EXACT_MOST:
                return self._best_threads(query, np.unique(rows[allowed]), kind, depth)
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
            parameters.sel = selector
        n_passages = min(_PASSAGES_A_THREAD * depth, len(rows))
        while True:
            _, found = index.search(query[None, :], n_passages, params=parameters)
            threads = _first_threads(rows[found[found >= 0]], depth + depth // 4 + RECALL_DEPTH)
            ranking = self._best_threads(query, threads, kind, depth)
            everything = parameters.nprobe == index.nlist and n_passages == len(rows)
            if len(ranking) == depth or everything:
                return ranking
            parameters.nprobe = min(2 * parameters.nprobe, index.nlist)
            n_passages = min(2 * n_passages, len(rows))

    def scores(
        self, query: Embedding, *, kind: PassageKind, rows: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the cosine of each thread's best passage; minus infinity where it has none."""
        if self._lists[kind] is None:
            return super().scores(query, kind=kind, rows=rows)
        key = (query.tobytes(), kind)
        known = self._known.get(key) or Ranking.empty()
        is_new = ~np.isin(rows, known.rows)
        scores = np.empty(len(rows), dtype=np.float32)
        scores[is_new] = self._read_scores(query, kind, rows[is_new])
        scores[~is_new] = known.scores[np.searchsorted(known.rows, rows[~is_new])]
        by_row = np.argsort(rows)
        self._known.put(key, Ranking(rows[by_row], scores[by_row]))
        return scores

    def _read_scores(
        self, query: Embedding, kind: PassageKind, rows: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return scores from the embeddings on the disk."""
        best = np.full(len(rows), NO_SCORE, dtype=np.float32)
        places = KINDS.index(kind) * self._n_threads + rows
        ids, counts = ranges(self._starts[places], self._starts[places + 1])
        if len(ids):
            best[counts > 0] = largest_of_each(self._cosines(query, ids), counts)
        return best

    def _best_threads(
        self, query: Embedding, rows: NDArray[np.int64], kind: PassageKind, depth: int
    ) -> Ranking:
        """Return the best of some threads, in order, by the exact cosines of all their passages."""
        if not len(rows):
            return Ranking.empty()
        return Ranking.best(rows, self.scores(query, kind=kind, rows=rows), depth=depth)


def _first_threads(rows: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return the `n` threads whose passages come first, by row."""
    distinct, first = np.unique(rows, return_index=True)
    return np.sort(distinct[np.argsort(first)[:n]])


class _StoredEmbeddings:
    """Embeddings `(n, dim)` in the file of an exact FAISS index, read where they are wanted."""

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            BundleMismatchError: If it is no exact index.
            StorageError: If it cannot be read.
        """
        with storage_errors(path), path.open("rb") as file:
            head, size = file.read(HEADER.size), path.stat().st_size
        kind, dim, n = HEADER.unpack(head) if len(head) == HEADER.size else (b"", 0, 0)
        self.shape: tuple[int, ...] = (n, dim)
        start = size - n * 4 * dim
        if kind != KIND_OF_INDEX or start < HEADER.size:
            raise BundleMismatchError(f"{path}: not an exact index; rebuild the index")
        self._rows = StoredRows(path, start=start, row_bytes=4 * dim)

    def __len__(self) -> int:
        """Return how many there are."""
        return int(self.shape[0])

    def __getitem__(self, key: int | slice) -> Embedding:
        """Return a copy of one or of a range."""
        start, end, _ = (slice(key, key + 1) if isinstance(key, int) else key).indices(len(self))
        rows = self.take(np.arange(start, end), axis=0)
        return rows.reshape(-1) if isinstance(key, int) else rows

    def take(self, ids: NDArray[np.int64], /, *, axis: int) -> Embedding:
        """Return copies of some."""
        return self._rows.take(ids).view(np.float32)

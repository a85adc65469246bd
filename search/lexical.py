"""BM25 over the words of a thread, written by bm25s as a folder of plain arrays.

Scores are summed here: reading alone needs no more of bm25s, which brings SciPy into the process.
Where the words of a query stand in many threads, those that cannot be among the best are left out
before all is summed (MaxScore); what is returned is the same.

References:
    Robertson, Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
    https://doi.org/10.1561/1500000019
    Turtle, Flood, "Query Evaluation: Strategies and Optimizations", 1995.
    https://doi.org/10.1016/0306-4573(95)00020-H
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from search.arrays import write_array
from search.errors import BundleMismatchError
from search.models import ThreadFilter
from search.rankings import Ranking
from search.recent import remembering
from search.text.tokens import tokenise

if TYPE_CHECKING:
    import bm25s

K1 = 1.2
B = 0.75
_REMEMBERED_QUERIES = 4
# Where the terms of a query have at most so many threads in sum, all are scored.
MANY_POSTINGS = 200_000
# So few threads are scored one by one, and a term that has so few is not worth leaving out.
_FEW_THREADS = 5_000
# More than adding in another order changes.
_ROUNDING = np.float32(1e-3)
_ARRAYS = ("data", "indices", "indptr")
_ARRAY = ".csc.index.npy"


class LexicalIndex(Protocol):
    """Threads by the words that they share with a query."""

    def top(self, query: str, *, depth: int, where: ThreadFilter | None) -> Ranking:
        """Return the best `depth` threads that pass the filter and share a word."""

    def scores(self, query: str, *, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the score of each thread; 0 where no word is shared."""

    def having_all(self, query: str) -> NDArray[np.int64]:
        """Return the threads that contain every term, in order; none where there is no term."""

    def coverage(self, query: str, *, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what share of the score that it could have each thread has, in [0, 1]."""

    def idf(self, term: str) -> float:
        """Return a term's inverse document frequency, as the index weighs it."""


def write_lexical(folder: Path, texts: Sequence[str]) -> None:
    """Write the index of one text a thread, in the order of the rows."""
    import bm25s

    corpus = [tokenise(text) for text in texts]
    folder.mkdir()
    if not any(corpus):
        return
    index = bm25s.BM25(k1=K1, b=B, method="lucene")
    # bm25s alone numbers terms in the order of a set, which differs from run to run.
    terms = sorted({term for text in corpus for term in text})
    numbers = {term: number for number, term in enumerate(terms)}
    ids = [[numbers[term] for term in text] for text in corpus]
    index.index((ids, numbers), show_progress=False)
    _save(index, folder)
    # bm25s writes with orjson where it is installed, and its spacing would change the checksum.
    for path in folder.glob("*.json"):
        path.write_text(canonical(json.loads(path.read_text("utf-8"))), "utf-8")


def _save(index: "bm25s.BM25", folder: Path) -> None:
    """Write an index as bm25s does, but its arrays with every error of the disk told."""
    arrays = {name: index.scores[name] for name in _ARRAYS}
    index.scores |= {name: array[:0] for name, array in arrays.items()}
    index.save(str(folder))
    for name, array in arrays.items():
        write_array(folder / f"{name}{_ARRAY}", array)


def canonical(value: object) -> str:
    """Return JSON in the only form that is written here."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class _Postings:
    """What bm25s wrote: term `i` scores `data[n]` in thread `indices[n]`, n from `indptr[i]`."""

    n_texts: int
    numbers: Mapping[str, int]
    data: NDArray[np.float32]
    indices: NDArray[np.int32]
    indptr: NDArray[np.int64]

    @classmethod
    def read(cls, folder: Path) -> "_Postings":
        """Read a folder; arrays are memory-mapped."""
        n_texts = json.loads((folder / "params.index.json").read_text("utf-8"))["num_docs"]
        numbers = json.loads((folder / "vocab.index.json").read_text("utf-8"))
        arrays = {
            name: np.asarray(np.load(folder / f"{name}{_ARRAY}", mmap_mode="r", allow_pickle=False))
            for name in _ARRAYS
        }
        return cls(n_texts=n_texts, numbers=numbers, **arrays)

    def of(self, term: str) -> slice:
        """Return where a term's threads stand."""
        number = self.numbers[term]
        return slice(int(self.indptr[number]), int(self.indptr[number + 1]))

    def add(self, term: slice, scores: NDArray[np.float32]) -> None:
        """Add what a term says of threads to the scores of all."""
        # A term has each thread once, so that no addition is lost.
        scores[self.indices[term]] += self.data[term]

    def scores(self, term: slice, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return what a term adds to each of some threads, 0 where they do not have it."""
        having, wanted = self.indices[term], rows.astype(np.int32)
        places = np.minimum(np.searchsorted(having, wanted), len(having) - 1)
        return np.where(having[places] == wanted, self.data[term][places], np.float32(0))


class BM25Index:
    """The lexical index of one generation."""

    def __init__(
        self,
        folder: Path,
        *,
        n_threads: int,
        mask_of: Callable[[ThreadFilter], NDArray[np.bool_]],
    ) -> None:
        """Open an index whose checksums were verified; arrays are memory-mapped.

        Raises:
            BundleMismatchError: If the folder does not hold an index of that many threads.
        """
        self._n_threads = n_threads
        self._mask_of = mask_of
        # A search asks for the scores of one query four times.
        self._all_scores = remembering(self._score_all, most=_REMEMBERED_QUERIES)
        self._terms = remembering(self._find_terms, most=_REMEMBERED_QUERIES)
        self._index: _Postings | None = None
        if not folder.is_dir() or not any(folder.iterdir()):
            return
        try:
            self._index = _Postings.read(folder)
        except (OSError, ValueError, KeyError) as exc:
            raise BundleMismatchError(f"{folder}: not readable ({exc}); rebuild the index") from exc
        if self._index.n_texts != n_threads:
            raise BundleMismatchError(
                f"{folder}: {self._index.n_texts} texts for {n_threads} threads"
            )

    def _find_terms(self, query: str) -> tuple[slice, ...]:
        """Return where the distinct terms of a query stand that some thread contains."""
        index = self._index
        if index is None:
            return ()
        terms = dict.fromkeys(tokenise(query))
        return tuple(index.of(term) for term in terms if term in index.numbers)

    def _score_all(self, query: str) -> NDArray[np.float32]:
        """Return the score of every thread, shape `(n_threads,)`; each word counts once."""
        scores = np.zeros(self._n_threads, dtype=np.float32)
        if self._index is not None:
            for term in self._terms(query):
                self._index.add(term, scores)
        scores.flags.writeable = False
        return scores

    def top(self, query: str, *, depth: int, where: ThreadFilter | None) -> Ranking:
        """Return the best `depth` threads that pass the filter and share a word."""
        rows = self._contenders(query, depth, self._mask_of(where) if where else None)
        return Ranking.best(rows, self.scores(query, rows=rows), depth=depth)

    def _contenders(
        self, query: str, depth: int, allowed: NDArray[np.bool_] | None
    ) -> NDArray[np.int64]:
        """Return allowed threads that share a word, the best `depth` of all such among them."""
        if self._index is None or _n_postings(self._terms(query)) <= MANY_POSTINGS:
            return _above(np.float32(0), self._all_scores(query), allowed)
        # Rare terms weigh most; none adds more than its inverse document frequency.
        terms = sorted(self._terms(query), key=_length)
        most = [self._idf(_length(term)) for term in terms]
        scores = np.zeros(self._n_threads, dtype=np.float32)
        for n_added, term in enumerate(terms, start=1):
            self._index.add(term, scores)
            following = terms[n_added:]
            if following and _length(following[0]) <= _FEW_THREADS:
                continue
            # No thread gains more by the other terms; one that has none so far reaches no more.
            missing = np.float32(sum(most[n_added:]))
            ahead = scores[_above(missing + _ROUNDING, scores, allowed)]
            if len(ahead) >= depth:
                least = np.partition(ahead, -depth)[-depth] - _ROUNDING
                rows = _above(least - missing, scores, allowed)
                if not following or len(rows) <= _FEW_THREADS:
                    return rows
        return _above(np.float32(0), scores, allowed)

    def scores(self, query: str, *, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the score of each thread; 0 where no word is shared."""
        terms = self._terms(query)
        if self._index is None or _n_postings(terms) <= MANY_POSTINGS:
            return self._all_scores(query)[rows]
        # In the order in which all are scored, so that the last bit is the same.
        scores = np.zeros(len(rows), dtype=np.float32)
        for term in terms:
            scores += self._index.scores(term, rows)
        return scores

    def having_all(self, query: str) -> NDArray[np.int64]:
        """Return the threads that contain every term, in order; none where there is no term."""
        terms = set(tokenise(query))
        if self._index is None or not terms or not terms <= self._index.numbers.keys():
            return np.empty(0, np.int64)
        n_terms = np.zeros(self._n_threads, dtype=np.int64)
        for place in map(self._index.of, terms):
            n_terms[self._index.indices[place]] += 1
        return np.flatnonzero(n_terms == len(terms))

    def coverage(self, query: str, *, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what share of the score that it could have each thread has, in [0, 1].

        A thread could have a query's terms so often that each counts its full inverse document
        frequency; a term that no thread has weighs most.
        """
        attainable = sum(map(self.idf, dict.fromkeys(tokenise(query))))
        if attainable <= 0.0:
            return np.zeros(len(rows))
        return np.clip(self.scores(query, rows=rows).astype(np.float64) / attainable, 0.0, 1.0)

    def idf(self, term: str) -> float:
        """Return a term's inverse document frequency, as the index weighs it."""
        known = self._index is not None and term in self._index.numbers
        return self._idf(_length(self._index.of(term)) if self._index and known else 0)

    def _idf(self, n_with: int) -> float:
        """Return the inverse document frequency of a term that so many threads have."""
        return math.log(1.0 + (self._n_threads - n_with + 0.5) / (n_with + 0.5))


def _length(term: slice) -> int:
    """Return how many threads have a term."""
    return int(term.stop - term.start)


def _n_postings(terms: Iterable[slice]) -> int:
    """Return how many threads each of some terms has, in sum."""
    return sum(map(_length, terms))


def _above(
    bound: np.float32, scores: NDArray[np.float32], allowed: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    """Return the allowed threads whose score is above a bound, and above 0."""
    above = scores > max(bound, np.float32(0))
    return np.flatnonzero(above if allowed is None else above & allowed)

"""BM25 over the words of a thread, written by bm25s as a folder of plain arrays.

Scores are summed here: reading alone needs no more of bm25s, which brings SciPy into the process.

References:
    Robertson, Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
    https://doi.org/10.1561/1500000019
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
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
        self.all_scores = remembering(self._all_scores, most=_REMEMBERED_QUERIES)
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

    def _all_scores(self, query: str) -> NDArray[np.float32]:
        """Return the score of every thread, shape `(n_threads,)`; each word counts once."""
        scores = np.zeros(self._n_threads, dtype=np.float32)
        if self._index is not None:
            for place in map(self._index.of, self.known_terms(query)):
                # A term has each thread once, so that no addition is lost.
                scores[self._index.indices[place]] += self._index.data[place]
        scores.flags.writeable = False
        return scores

    def known_terms(self, query: str) -> list[str]:
        """Return the distinct terms of a query that some thread contains."""
        if self._index is None:
            return []
        known = self._index.numbers
        return [term for term in dict.fromkeys(tokenise(query)) if term in known]

    def top(self, query: str, *, depth: int, where: ThreadFilter | None) -> Ranking:
        """Return the best `depth` threads that pass the filter and share a word."""
        scores = self.all_scores(query)
        allowed = scores > 0
        if where:
            allowed &= self._mask_of(where)
        rows = np.flatnonzero(allowed)
        return Ranking.best(rows, scores[rows], depth=depth)

    def scores(self, query: str, *, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the score of each thread; 0 where no word is shared."""
        return self.all_scores(query)[rows]

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
        n_with = 0
        if self._index is not None and term in self._index.numbers:
            place = self._index.of(term)
            n_with = place.stop - place.start
        return math.log(1.0 + (self._n_threads - n_with + 0.5) / (n_with + 0.5))

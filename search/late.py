"""Late interaction: every word of a query looks for its nearest word in a thread.

A token of the query scores its largest cosine with a token of a passage, a passage the mean over
the query's tokens. Half of a thread's score is that of its best passage, half the mean over the
tokens of the best that any of its passages has. More passages never lower it.

The tokens of a passage come from the same pass of the encoder as its embedding. Punctuation and
the commonest words, a third of all, are left out; the others keep 4 bits a number.

::

    tokens/rows.npy     a record a token: where it starts in the passage's text, and its numbers
    tokens/starts.npy   passage `i` has the records from `starts[i]` up to `starts[i + 1]`

All products are of small whole numbers, exact in 32 bits, so that a thread has the same score
in any company and on any machine.

References:
    Khattab, Zaharia, "ColBERT", SIGIR 2020. https://doi.org/10.1145/3397271.3401075
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from search.arrays import (
    MappedPages,
    largest_of_each,
    mean_of_columns,
    ranges,
    write_array,
    write_rows,
)
from search.encoders.base import Embeddings, TokenEmbeddings
from search.encoders.products import ZERO, whole_products
from search.errors import BundleMismatchError
from search.models import PassageKind
from search.rankings import Rows
from search.store import PassageTable

Records = NDArray[Any]
Counts = NDArray[np.int64]
Cosines = NDArray[np.float64]

TOKEN_SCHEME = 1
TOKEN_KINDS = frozenset(PassageKind) - {PassageKind.THREAD, PassageKind.PART}
ROWS = "rows.npy"
STARTS = "starts.npy"
_LARGEST = 7
_QUERY_LARGEST = 127
_BLOCK = 4_096
_MAPPED_BYTES = 250_000_000
_ROWS_IN_MEMORY = 2_000
_LEFT_OUT_WORDS = """
a an and are as be for in is it of on that the this to with
"""
_LEFT_OUT = frozenset(_LEFT_OUT_WORDS.split())


@dataclass(frozen=True, slots=True)
class ByToken:
    """How near the tokens of passages are to those of a query.

    `counts` says how many tokens each passage has, and `starts` where each of them, one passage
    behind the other, stands in its passage's text; `cosines` has its cosine with each token of
    the query, shape `(m, n)`.
    """

    counts: Counts
    starts: NDArray[np.int64]
    cosines: Cosines


class LateIndex(Protocol):
    """Compares the tokens of a query with those of passages."""

    def scores(self, tokens: Embeddings, *, rows: Rows) -> Cosines:
        """Return how well each thread's passages match the tokens `(n, width)`, in [0, 1]."""

    def cosines(self, tokens: Embeddings, *, passage_ids: Rows) -> ByToken:
        """Return how near the tokens of passages are to the tokens `(m, width)`."""


def record_type(width: int) -> np.dtype[Any]:
    """Return the type of one token's record: two numbers a byte."""
    return np.dtype([("start", "<u4"), ("codes", "u1", ((width + 1) // 2,))])


def pack_tokens(tokens: TokenEmbeddings, text: str) -> Records:
    """Reduce the tokens of a text to the records that are kept, shape `(n,)`."""
    kept = np.array([_is_kept(text[start:end]) for start, end in tokens.offsets], dtype=bool)
    width = tokens.embeddings.shape[1]
    records = np.zeros(int(kept.sum()), dtype=record_type(width))
    if len(records):
        records["start"] = tokens.offsets[kept, 0]
        low, high = _halves(_whole_numbers(tokens.embeddings[kept], _LARGEST))
        records["codes"] = (low + ZERO).astype(np.uint8) | (
            (high + ZERO).astype(np.uint8) << np.uint8(4)
        )
    return records


def write_tokens(folder: Path, passages: Iterable[Records | None]) -> None:
    """Write the records of all passages, in the order of the passage ids; None for none."""
    folder.mkdir()
    counts = [0]

    def kept() -> Iterator[Records]:
        for records in passages:
            counts.append(0 if records is None else len(records))
            if records is not None:
                yield records

    write_rows(folder / ROWS, kept(), empty=record_type(1))
    write_array(folder / STARTS, np.cumsum(counts, dtype=np.int64))


class TokenIndex:
    """The tokens of one generation, memory-mapped."""

    def __init__(self, folder: Path, table: PassageTable, *, n_threads: int) -> None:
        """Open an index whose checksums were verified.

        Raises:
            BundleMismatchError: If it does not fit the table of passages.
        """
        try:
            records = np.load(folder / ROWS, mmap_mode="r", allow_pickle=False)
            starts = np.load(folder / STARTS, allow_pickle=False)
        except (OSError, ValueError) as exc:
            raise BundleMismatchError(f"{folder}: not readable ({exc}); rebuild the index") from exc
        if len(starts) != len(table.rows) + 1 or starts[-1] != len(records):
            raise BundleMismatchError(f"{folder}: tokens of other passages; rebuild the index")
        self._tokens = _Tokens(records)
        self._starts = starts
        self._passages = np.argsort(table.rows, kind="stable")
        self._first = np.searchsorted(table.rows[self._passages], np.arange(n_threads + 1))

    def scores(self, tokens: Embeddings, *, rows: Rows) -> Cosines:
        """Return how well each thread's passages match the tokens `(n, width)`, in [0, 1]."""
        places, n_passages = ranges(self._first[rows], self._first[rows + 1])
        passages = self._passages[places]
        numbers, n_tokens = ranges(self._starts[passages], self._starts[passages + 1])
        if not len(tokens) or not len(numbers):
            return np.zeros(len(rows))
        query = _Query(tokens, first_code=self._tokens.first_code)
        best = largest_of_each(self._tokens.projections(query, numbers), n_tokens)
        of_passages = np.maximum(best / query.lengths[:, None], 0.0)
        owners = np.repeat(np.arange(len(rows)), n_passages)[n_tokens > 0]
        n_compared = np.bincount(owners, minlength=len(rows))
        best_passage = largest_of_each(mean_of_columns(of_passages), n_compared)
        any_passage = mean_of_columns(largest_of_each(of_passages, n_compared))
        both = np.zeros(len(rows))
        both[n_compared > 0] = (best_passage + any_passage) / 2
        return np.minimum(both, 1.0)

    def cosines(self, tokens: Embeddings, *, passage_ids: Rows) -> ByToken:
        """Return how near the tokens of passages are to the tokens `(m, width)`."""
        numbers, counts = ranges(self._starts[passage_ids], self._starts[passage_ids + 1])
        query = _Query(tokens, first_code=self._tokens.first_code)
        cosines = self._tokens.projections(query, numbers) / query.lengths[:, None]
        return ByToken(counts, self._tokens.places(numbers), cosines)


class _Tokens:
    """Records of tokens as bytes, and the squared lengths of those that were compared before."""

    def __init__(self, records: Records) -> None:
        """Take records; nothing is read of them yet."""
        size = records.dtype.itemsize
        self._bytes = np.ndarray((len(records), size), dtype=np.uint8, buffer=records)
        self.first_code = size - records.dtype["codes"].itemsize
        # Memory is taken when an entry is first written; 0 stands for not known.
        self._squares = np.zeros(len(records), dtype=np.float32)
        mapped = getattr(records, "_mmap", None) if records.nbytes > _MAPPED_BYTES else None
        self._pages = mapped and MappedPages(mapped, rows_in_memory=_ROWS_IN_MEMORY)

    def places(self, numbers: Rows) -> NDArray[np.int64]:
        """Return where tokens start in the text of their passage."""
        starts = self._bytes[numbers, : self.first_code].view("<u4")
        return starts.reshape(-1).astype(np.int64)

    def projections(self, query: "_Query", numbers: Rows) -> Cosines:
        """Return how long the query's tokens are along each of some records, `(m, n)`."""
        projections = np.empty((len(query.lengths), len(numbers)))
        for start in range(0, len(numbers), _BLOCK):
            block = numbers[start : start + _BLOCK]
            records = self._bytes.take(block, axis=0)
            if self._pages is not None:
                self._pages.note(len(block))
            np.divide(
                query.products(records).T,
                self._lengths_of(block, records),
                out=projections[:, start : start + _BLOCK],
            )
        return projections

    def _lengths_of(self, numbers: Rows, records: NDArray[np.uint8]) -> Cosines:
        """Return the lengths of some records, at least 1; squares are summed once."""
        squares = self._squares[numbers]
        unknown = squares == 0
        if unknown.any():
            squares[unknown] = _squares(records[unknown, self.first_code :])
            self._squares[numbers] = squares
        return np.sqrt(squares, dtype=np.float64)


class _Query:
    """The tokens of a query as whole numbers, `(m, width)`, and their lengths `(m,)`.

    A byte of a record holds two numbers, and the halves are multiplied one after the other. The
    bytes before the codes are multiplied with 0, which takes less time than leaving them out.
    """

    def __init__(self, tokens: Embeddings, *, first_code: int) -> None:
        numbers = _whole_numbers(tokens, _QUERY_LARGEST)
        lengths = np.linalg.norm(numbers.astype(np.float64), axis=1)
        self.lengths = np.where(lengths > 0, lengths, 1)
        low, high = _halves(numbers)
        self._columns = np.zeros((2, first_code + low.shape[1], len(numbers)), dtype=np.int8)
        self._columns[0, first_code:] = low.T
        self._columns[1, first_code:] = high.T

    def products(self, records: NDArray[np.uint8]) -> NDArray[np.int32]:
        """Return the products of records with each token of the query, `(n, m)`."""
        low, high = self._columns
        products = whole_products(records & np.uint8(15), low)
        products += whole_products(records >> np.uint8(4), high)
        return products


def _is_kept(piece: str) -> bool:
    """Tell whether a word, or a piece of one, is worth its bytes."""
    return piece.casefold() not in _LEFT_OUT and any(map(str.isalnum, piece))


def _squares(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the squared lengths of records, at least 1."""
    low = (codes & np.uint8(15)).astype(np.float32) - np.float32(ZERO)
    high = (codes >> np.uint8(4)).astype(np.float32) - np.float32(ZERO)
    squares = np.einsum("ij,ij->i", low, low) + np.einsum("ij,ij->i", high, high)
    return np.asarray(np.maximum(squares, 1), dtype=np.float32)


def _whole_numbers(rows: Embeddings, largest: int) -> Embeddings:
    """Scale each row so that its largest number is `largest`, and round."""
    top = np.abs(rows).max(axis=1, keepdims=True)
    return np.asarray(np.rint(rows / np.where(top > 0, top, 1) * largest), dtype=np.float32)


def _halves(rows: Embeddings) -> tuple[Embeddings, Embeddings]:
    """Return the first and the second half of each row, filled up with 0 to equal width."""
    half = (rows.shape[1] + 1) // 2
    high = np.zeros((len(rows), half), dtype=np.float32)
    high[:, : rows.shape[1] - half] = rows[:, half:]
    return np.ascontiguousarray(rows[:, :half]), high

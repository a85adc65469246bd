"""Late interaction: every word of a query looks for its nearest word in a thread.

A token of the query scores its largest cosine with a token of a passage, a passage the mean over
the query's tokens. Half of a thread's score is that of its best passage, half the mean over the
tokens of the best that any of its passages has. More passages never lower it.

The tokens of a passage come from the same pass of the encoder as its embedding. Punctuation and
the commonest words, a third of all, are left out; the others keep a byte a number, which counts
steps of 1/63: an embedding has the length 63, nearly, however it is rounded.

::

    tokens/rows.npy     a record a token: where it starts in the passage's text, and its numbers
    tokens/starts.npy   passage `i` has the records from `starts[i]` up to `starts[i + 1]`

All products are of small whole numbers, exact in 32 bits, so that a thread has the same score
in any company and on any machine.

References:
    Khattab, Zaharia, "ColBERT", SIGIR 2020. https://doi.org/10.1145/3397271.3401075
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from search.arrays import (
    StoredRows,
    largest_of_each,
    mean_of_columns,
    ranges,
    write_array,
    write_rows,
)
from search.encoders.base import Embeddings, TokenEmbeddings
from search.encoders.products import LARGEST, ZERO, whole_products
from search.errors import BundleMismatchError
from search.models import PassageKind
from search.rankings import Rows
from search.store import PassageTable

Records = NDArray[Any]
Counts = NDArray[np.int64]
Cosines = NDArray[np.float64]

TOKEN_SCHEME = 2
TOKEN_KINDS = frozenset(PassageKind) - {PassageKind.THREAD, PassageKind.PART}
ROWS = "rows.npy"
STARTS = "starts.npy"
_QUERY_LARGEST = 127
_BLOCK = 4_096
_MAPPED_BYTES = 250_000_000
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
    """Return the type of one token's record."""
    return np.dtype([("start", "<u4"), ("numbers", "u1", (width,))])


def pack_tokens(tokens: TokenEmbeddings, text: str) -> Records:
    """Reduce the tokens of a text to the records that are kept, shape `(n,)`."""
    kept = np.array([_is_kept(text[start:end]) for start, end in tokens.offsets], dtype=bool)
    width = tokens.embeddings.shape[1]
    records = np.zeros(int(kept.sum()), dtype=record_type(width))
    if len(records):
        records["start"] = tokens.offsets[kept, 0]
        records["numbers"] = np.rint(tokens.embeddings[kept] * LARGEST) + ZERO
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
        if "numbers" not in (records.dtype.names or ()):
            raise BundleMismatchError(f"{folder}: tokens of another version; rebuild the index")
        if len(starts) != len(table.rows) + 1 or starts[-1] != len(records):
            raise BundleMismatchError(f"{folder}: tokens of other passages; rebuild the index")
        self._tokens = _Tokens(records, folder / ROWS)
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
        query = _Query(tokens, offset=self._tokens.offset)
        best = largest_of_each(self._tokens.products(query, numbers), n_tokens)
        of_passages = np.clip(best / query.lengths[:, None], 0.0, 1.0)
        owners = np.repeat(np.arange(len(rows)), n_passages)[n_tokens > 0]
        n_compared = np.bincount(owners, minlength=len(rows))
        best_passage = largest_of_each(mean_of_columns(of_passages), n_compared)
        any_passage = mean_of_columns(largest_of_each(of_passages, n_compared))
        both = np.zeros(len(rows))
        both[n_compared > 0] = (best_passage + any_passage) / 2
        return both

    def cosines(self, tokens: Embeddings, *, passage_ids: Rows) -> ByToken:
        """Return how near the tokens of passages are to the tokens `(m, width)`."""
        numbers, counts = ranges(self._starts[passage_ids], self._starts[passage_ids + 1])
        query = _Query(tokens, offset=self._tokens.offset)
        starts = np.empty(len(numbers), dtype=np.int64)
        products = self._tokens.products(query, numbers, starts=starts)
        # Rounded embeddings are not quite of length 1.
        return ByToken(counts, starts, np.minimum(products / query.lengths[:, None], 1.0))


class _Tokens:
    """Records of tokens as rows of bytes; `offset` bytes stand before the numbers."""

    def __init__(self, records: "np.memmap[Any, Any]", path: Path) -> None:
        """Take records that are mapped from a file; nothing is read of them yet."""
        size = records.dtype.itemsize
        self.offset = size - records.dtype["numbers"].itemsize
        self._take: Callable[[Rows], NDArray[np.uint8]]
        if records.nbytes > _MAPPED_BYTES:
            self._take = StoredRows(path, start=records.offset, row_bytes=size).take
        else:
            rows = np.ndarray((len(records), size), dtype=np.uint8, buffer=records)
            self._take = partial(rows.take, axis=0)

    def products(
        self, query: "_Query", numbers: Rows, *, starts: NDArray[np.int64] | None = None
    ) -> NDArray[np.int32]:
        """Return the products of the query's tokens with each of some records, `(m, n)`.

        `starts` `(n,)`, where given, is filled with where tokens start in the text of their
        passage: records are read once.
        """
        products = np.empty((len(query.lengths), len(numbers)), dtype=np.int32)
        for first in range(0, len(numbers), _BLOCK):
            block = slice(first, first + _BLOCK)
            records = self._take(numbers[block])
            products[:, block] = whole_products(records, query.columns).T
            if starts is not None:
                starts[block] = records[:, : self.offset].copy().view("<u4").reshape(-1)
        return products


class _Query:
    """The tokens of a query as whole numbers.

    `columns` `(offset + width, m)` have 0 for the bytes before the numbers of a record: to multiply
    these takes less time than to leave them out. `lengths` `(m,)` are what the products are at a
    cosine of 1.
    """

    def __init__(self, tokens: Embeddings, *, offset: int) -> None:
        top = np.abs(tokens).max(axis=1, keepdims=True)
        numbers = np.rint(tokens / np.where(top > 0, top, 1) * _QUERY_LARGEST)
        lengths = LARGEST * np.linalg.norm(numbers.astype(np.float64), axis=1)
        self.lengths = np.where(lengths > 0, lengths, 1)
        self.columns = np.zeros((offset + numbers.shape[1], len(numbers)), dtype=np.int8)
        self.columns[offset:] = numbers.T


def _is_kept(piece: str) -> bool:
    """Tell whether a word, or a piece of one, is worth its bytes."""
    return piece.casefold() not in _LEFT_OUT and any(map(str.isalnum, piece))

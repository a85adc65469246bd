"""What is kept of threads, authors and collections, whatever keeps it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search.models import Author, Collection, Passage, Thread, ThreadFilter


@dataclass(frozen=True, slots=True)
class PassageTable:
    """Which thread each passage belongs to; entry `i` describes embedding `i`.

    `rows` is the thread's row, `kinds` the index of the passage's kind in `list(PassageKind)`,
    `messages` the index of its message or -1, all of shape `(n_passages,)`.
    """

    rows: NDArray[np.int32]
    kinds: NDArray[np.int8]
    messages: NDArray[np.int32]
    by_author: NDArray[np.bool_]


class ThreadStore(Protocol):
    """Where threads are kept; every method but `mask` returns values, never cursors."""

    def threads(self, ids: Sequence[str]) -> list[Thread]:
        """Return threads by id, in the order asked for; unknown ids are left out."""

    def thread_ids(self) -> Sequence[str]:
        """Return all ids; a thread's row is its place here."""

    def collections(self) -> Sequence[Collection]:
        """Return all collections by slug."""

    def authors(self) -> Sequence[Author]:
        """Return all authors by slug."""

    def iter_threads(self) -> Iterator[Thread]:
        """Yield all threads by row."""

    def passages(self, passage_ids: Sequence[int]) -> list[Passage]:
        """Return passages by id, in the order asked for."""

    def passage_table(self) -> PassageTable:
        """Return which thread each passage belongs to."""

    def resolve(self, thread_id: str) -> str | None:
        """Return the id that a thread has now, given one it has or had; None if unknown."""

    def answered(self) -> NDArray[np.bool_]:
        """Return which rows hold an answer, shape `(n_threads,)`."""

    def asking(self) -> NDArray[np.bool_]:
        """Return which rows ask something, shape `(n_threads,)`."""

    def books_of_rows(self) -> Sequence[str]:
        """Return the collection that each row is filed under first."""

    def thread_counts(self) -> Mapping[str, tuple[int, int]]:
        """Return for each collection how many threads it has and how many are answered."""

    def answer_counts(self) -> Mapping[str, int]:
        """Return for each author how many threads they answer."""

    def speakers(self, collection: str | None = None) -> frozenset[str]:
        """Return the display names of all who speak in a collection's threads, None for any."""

    def author_speakers(self) -> Sequence[tuple[str, str]]:
        """Return the display names under which each author speaks, as pairs of slug and name."""

    def mask(self, where: ThreadFilter) -> NDArray[np.bool_]:
        """Return which rows pass a filter, shape `(n_threads,)`."""

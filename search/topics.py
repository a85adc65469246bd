"""What an archive is about: topics with names, the threads of each, and a map of all threads."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.errors import NotFoundError
from search.listing import Listing
from search.models import Message, Thread, ThreadFilter
from search.names import did_you_mean
from search.once import Once
from search.results import ThreadSummary
from search.store import ThreadStore
from search.text.display import excerpt
from search.topic_table import TopicTable

OTHER = "Other"
N_EXAMPLES = 3
_MAP_CHARS = 160


@dataclass(frozen=True, slots=True)
class Topic:
    """A group of threads that are about the same.

    `share` is that of the topic's threads among those that were counted; `examples` are its most
    typical threads, answered ones first.
    """

    topic_id: str
    label: str
    terms: tuple[str, ...]
    n_threads: int
    n_answered: int
    share: float
    examples: tuple[ThreadSummary, ...]


@dataclass(frozen=True, slots=True)
class TopicGroup:
    """Some threads of one topic, in the order of the source; `topic_id` is None for the rest."""

    topic_id: str | None
    label: str
    n_answered: int
    threads: tuple[ThreadSummary, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What an author wrote in one thread, verbatim and in order."""

    thread: ThreadSummary
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class SaidGroup:
    """What an author wrote about one topic; `topic_id` is None for the rest."""

    topic_id: str | None
    label: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A thread on the map: `x` and `y` in [-1, 1]; `question` is its beginning.

    `collection` is the slug of what it is filed under; `topic_id` None where it has no topic.
    """

    thread_id: str
    x: float
    y: float
    topic_id: str | None
    question: str
    collection: str
    answered: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class MapLabel:
    """The name of a topic, in the middle of its threads."""

    topic_id: str
    label: str
    x: float
    y: float
    n_threads: int


@dataclass(frozen=True, slots=True)
class TopicMap:
    """All threads of an archive on a plane, what is near in meaning near each other."""

    generation: str
    labels: tuple[MapLabel, ...]
    points: tuple[MapPoint, ...]


class TopicIndex:
    """The topics of one generation, with the threads of each."""

    def __init__(self, store: ThreadStore, listing: Listing, table: TopicTable) -> None:
        """Combine threads with what was found of their topics."""
        self._store = store
        self._listing = listing
        self._ids = store.thread_ids()
        self._answered = store.answered()
        self._table = table
        self._map = Once[tuple[tuple[MapLabel, ...], tuple[MapPoint, ...]]]()
        self._numbers = {
            former: number for number, topic in enumerate(table.topics) for former in topic.former
        } | {topic.topic_id: number for number, topic in enumerate(table.topics)}

    def topics(self, where: ThreadFilter | None = None) -> tuple[Topic, ...]:
        """Return the topics of the threads that pass a filter, the largest first."""
        mask = self._mask(where)
        found = [self._topic(number, mask) for number in range(len(self._table.topics))]
        some = [topic for topic in found if topic.n_threads]
        return tuple(sorted(some, key=lambda topic: (-topic.n_threads, topic.topic_id)))

    def topic_id(self, topic_id: str) -> str:
        """Return the id that a topic has now, from that or one that it had before.

        Raises:
            NotFoundError: If there is none; names the nearest id.
        """
        return self._table.topics[self._number(topic_id)].topic_id

    def topic(self, topic_id: str, where: ThreadFilter | None = None) -> Topic:
        """Return a topic by its id or a former one; its counts are of the threads that pass.

        Raises:
            NotFoundError: If there is none; names the nearest id.
        """
        return self._topic(self._number(topic_id), self._mask(where))

    def threads(self, topic_id: str, where: ThreadFilter | None = None) -> list[Thread]:
        """Return the threads of a topic that pass a filter, the most typical first.

        Raises:
            NotFoundError: If there is no such topic; names the nearest id.
        """
        rows = self._rows(self._number(topic_id), self._mask(where))
        return self._store.threads([self._ids[row] for row in rows])

    def groups(self, where: ThreadFilter) -> tuple[TopicGroup, ...]:
        """Return the threads that pass a filter by topic, the largest first, the rest last."""
        return tuple(
            TopicGroup(
                topic_id,
                label,
                n_answered=int(self._answered[list(rows)].sum()),
                threads=tuple(map(self._listing.thread, threads)),
            )
            for topic_id, label, rows, threads in self._grouped(where)
        )

    def said_by(self, author: str) -> tuple[SaidGroup, ...]:
        """Return everything that an author wrote where they answer, by topic as `groups` does."""
        return tuple(
            SaidGroup(topic_id, label, tuple(self._said(thread, author) for thread in threads))
            for topic_id, label, _, threads in self._grouped(ThreadFilter(author=author))
        )

    def map(self) -> tuple[tuple[MapLabel, ...], tuple[MapPoint, ...]]:
        """Return the names of the topics on the map, the largest first, and all threads by id."""
        return self._map.get(self._draw)

    def _draw(self) -> tuple[tuple[MapLabel, ...], tuple[MapPoint, ...]]:
        """Describe the map."""
        return tuple(self._labels()), tuple(self._points())

    def _labels(self) -> Iterator[MapLabel]:
        """Yield the names of the topics, each in the middle of its threads."""
        for topic in self.topics():
            own = self._table.places[self._table.of_rows == self._numbers[topic.topic_id]]
            x, y = np.median(own, axis=0)
            yield MapLabel(topic.topic_id, topic.label, float(x), float(y), topic.n_threads)

    def _points(self) -> Iterator[MapPoint]:
        """Yield all threads by id, where there is a map."""
        if not len(self._table.places):
            return
        books = self._store.books_of_rows()
        urls = {item.slug: item.url for item in self._store.collections()}
        for row, thread in enumerate(self._store.iter_threads()):
            yield MapPoint(
                thread_id=thread.thread_id,
                x=float(self._table.places[row, 0]),
                y=float(self._table.places[row, 1]),
                topic_id=self._id_of(int(self._table.of_rows[row])),
                question=excerpt(thread.question.text, (), _MAP_CHARS)[0],
                collection=books[row],
                answered=bool(self._answered[row]),
                url=thread.question.url or urls[books[row]],
            )

    def _topic(self, number: int, mask: NDArray[np.bool_]) -> Topic:
        """Describe a topic."""
        rows = self._rows(number, mask)
        typical = sorted(rows, key=lambda row: not self._answered[row])[:N_EXAMPLES]
        threads = self._store.threads([self._ids[row] for row in typical])
        named = self._table.topics[number]
        return Topic(
            topic_id=named.topic_id,
            label=named.label,
            terms=named.terms,
            n_threads=len(rows),
            n_answered=int(self._answered[rows].sum()),
            share=len(rows) / max(int(mask.sum()), 1),
            examples=tuple(map(self._listing.thread, threads)),
        )

    def _grouped(
        self, where: ThreadFilter
    ) -> list[tuple[str | None, str, list[int], list[Thread]]]:
        """Return id, label, rows and threads of each topic under a filter, the rest last."""
        mask = self._mask(where)
        by_topic: dict[int, list[Thread]] = {}
        rows = {self._ids[row]: row for row in np.flatnonzero(mask).tolist()}
        for thread in self._listing.ordered(where):
            number = int(self._table.of_rows[rows[thread.thread_id]])
            by_topic.setdefault(number, []).append(thread)
        order = sorted(by_topic, key=lambda each: (each < 0, -len(by_topic[each]), each))
        return [
            (
                self._id_of(number),
                self._table.topics[number].label if number >= 0 else OTHER,
                [rows[thread.thread_id] for thread in by_topic[number]],
                by_topic[number],
            )
            for number in order
        ]

    def _said(self, thread: Thread, author: str) -> Said:
        """Return what an author wrote in a thread."""
        own = tuple(message for message in thread.messages if message.author == author)
        return Said(self._listing.thread(thread), own)

    def _rows(self, number: int, mask: NDArray[np.bool_]) -> list[int]:
        """Return the threads of a topic that pass a mask, the most typical first."""
        rows = np.flatnonzero((self._table.of_rows == number) & mask)
        order: list[int] = rows[np.lexsort((rows, -self._table.cosines[rows]))].tolist()
        return order

    def _mask(self, where: ThreadFilter | None) -> NDArray[np.bool_]:
        """Return which rows pass a filter."""
        return self._store.mask(where or ThreadFilter())

    def _number(self, topic_id: str) -> int:
        """Return the number of a topic."""
        if topic_id not in self._numbers:
            hint = did_you_mean(topic_id, self._numbers)
            raise NotFoundError(f"no topic {topic_id!r} in this archive{hint}")
        return self._numbers[topic_id]

    def _id_of(self, number: int) -> str | None:
        """Return the id of a topic, None for none."""
        return self._table.topics[number].topic_id if number >= 0 else None

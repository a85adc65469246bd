"""What an archive is about: topics with names, the threads of each, and a map of all threads."""

import math
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.clusters import Matrix, centred, cluster
from search.dense import DenseIndex
from search.errors import NotFoundError
from search.labels import Name, name_groups
from search.layout import place
from search.listing import Listing
from search.models import Message, PassageKind, Thread, ThreadFilter, ThreadSummary
from search.names import did_you_mean
from search.once import Once
from search.store import ThreadStore
from search.text.boilerplate import name_words
from search.text.display import excerpt
from search.text.slugs import slugify

OTHER = "Other"
FEWEST_THREADS = 24
LEAST_COSINE = 0.33
LEAST_TIGHTNESS = 0.43
N_EXAMPLES = 3
_NO_TOPIC = -1
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
    """The topics of one generation: a pure function of it, computed when it is made.

    A thread is the mean of the embeddings of its question and of the whole, without what all
    threads have in common. Threads that ask something make the topics, about as many as the root
    of half their number (Mardia, Kent, Bibby, "Multivariate Analysis", 1979); any thread belongs to
    the nearest, unless even that is far. An archive of few threads has none.
    """

    def __init__(
        self, store: ThreadStore, dense: DenseIndex, listing: Listing, *, names: AbstractSet[str]
    ) -> None:
        """Find and name the topics of a store; `means` are the embeddings, `(n_threads, dim)`."""
        self._store = store
        self._listing = listing
        self._ids = store.thread_ids()
        self._answered = store.answered()
        self.means = _means_of(dense, len(self._ids))
        self._directions = centred(self.means)
        self._topics, self._cosines = assign(self._directions, store.asking())
        self._names = name_groups(
            _texts(store),
            self._topics.tolist(),
            int(self._topics.max(initial=_NO_TOPIC)) + 1,
            names=names,
        )
        self._topic_ids = _ids_of(self._names)
        self._map = Once[tuple[tuple[MapLabel, ...], tuple[MapPoint, ...]]]()
        self._numbers = {topic_id: number for number, topic_id in enumerate(self._topic_ids)}

    def topics(self, where: ThreadFilter | None = None) -> tuple[Topic, ...]:
        """Return the topics of the threads that pass a filter, the largest first."""
        mask = self._mask(where)
        found = [self._topic(number, mask) for number in range(len(self._names))]
        some = [topic for topic in found if topic.n_threads]
        return tuple(sorted(some, key=lambda topic: (-topic.n_threads, topic.topic_id)))

    def topic(self, topic_id: str, where: ThreadFilter | None = None) -> Topic:
        """Return a topic, its counts those of the threads that pass a filter.

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
        """Place all threads on a plane."""
        places = place(self._directions)
        return tuple(self._labels(places)), tuple(self._points(places))

    def _labels(self, places: Matrix) -> Iterator[MapLabel]:
        """Yield the names of the topics, each in the middle of its threads."""
        for topic in self.topics():
            own = places[self._topics == self._numbers[topic.topic_id]]
            x, y = np.median(own, axis=0)
            yield MapLabel(topic.topic_id, topic.label, float(x), float(y), topic.n_threads)

    def _points(self, places: Matrix) -> Iterator[MapPoint]:
        """Yield all threads by id."""
        books = self._store.books_of_rows()
        urls = {item.slug: item.url for item in self._store.collections()}
        for row, thread in enumerate(self._store.iter_threads()):
            yield MapPoint(
                thread_id=thread.thread_id,
                x=float(places[row, 0]),
                y=float(places[row, 1]),
                topic_id=self._id_of(int(self._topics[row])),
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
        return Topic(
            topic_id=self._topic_ids[number],
            label=self._names[number].label,
            terms=self._names[number].terms,
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
            by_topic.setdefault(int(self._topics[rows[thread.thread_id]]), []).append(thread)
        order = sorted(by_topic, key=lambda each: (each < 0, -len(by_topic[each]), each))
        return [
            (
                self._id_of(number),
                self._names[number].label if number >= 0 else OTHER,
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
        rows = np.flatnonzero((self._topics == number) & mask)
        order: list[int] = rows[np.lexsort((rows, -self._cosines[rows]))].tolist()
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
        return self._topic_ids[number] if number >= 0 else None


def people_words(store: ThreadStore) -> frozenset[str]:
    """Return the folded words of the names of all who wrote a book or speak in a thread."""
    return name_words([*(author.name for author in store.authors()), *store.speakers()])


def _means_of(dense: DenseIndex, n_threads: int) -> Matrix:
    """Return for each thread the sum of its question and its whole, `(n_threads, dim)`."""
    found = [
        [dense.embedding(kind, row) for kind in (PassageKind.QUESTION, PassageKind.THREAD)]
        for row in range(n_threads)
    ]
    if not found:
        return np.zeros((0, 1))
    sums = [np.sum([each for each in pair if each is not None], axis=0) for pair in found]
    return np.array(sums, dtype=np.float64)


def assign(
    directions: Matrix, asking: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find topics.

    Args:
        directions: A unit row for each thread, `(n_threads, dim)`.
        asking: Which threads ask something, shape `(n_threads,)`; these make the topics.

    Returns:
        The topic of each thread, negative for none, and its cosine with the topic's centre.
    """
    n_asking = int(asking.sum())
    n_topics = round(math.sqrt(n_asking))
    if n_asking < FEWEST_THREADS:
        return np.full(len(asking), _NO_TOPIC), np.zeros(len(asking))
    asked = directions[asking]
    topics, centres = cluster(asked, n_topics)
    nearness = np.einsum("ij,ij->i", asked, centres[topics])
    tightness = np.bincount(topics, nearness, n_topics) / np.bincount(topics, minlength=n_topics)
    cosines = directions @ centres[tightness >= LEAST_TIGHTNESS].T
    if not cosines.size:
        return np.full(len(asking), _NO_TOPIC), np.zeros(len(asking))
    best = cosines.max(axis=1)
    return np.where(best >= LEAST_COSINE, cosines.argmax(axis=1), _NO_TOPIC), best


def _ids_of(names: Sequence[Name]) -> list[str]:
    """Return an id for each name: its first word or pair, the whole where that is taken."""
    found: list[str] = []
    for name in names:
        short = slugify(name.label.split(", ")[0])
        found.append(slugify(name.label) if short in found else short)
    return found


def _texts(store: ThreadStore) -> list[str]:
    """Return the cleaned words of each thread: the whole, or the question where it is alone."""
    table = store.passage_table()
    kinds = list(PassageKind)
    texts = [""] * len(store.thread_ids())
    for kind in (PassageKind.QUESTION, PassageKind.THREAD):
        ids = np.flatnonzero(table.kinds == kinds.index(kind))
        first = {int(table.rows[each]): int(each) for each in ids[::-1]}
        for row, passage in zip(first, store.passages(list(first.values())), strict=True):
            texts[row] = passage.text
    return texts

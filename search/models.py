"""What an archive is made of: collections, people, threads, passages."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    """Who a speaker is in a thread; `official` ones speak for the source, whoever they are."""

    ASKER = "asker"
    AUTHOR = "author"
    OFFICIAL = "official"
    HOST = "host"
    COMMUNITY = "community"


class CollectionKind(StrEnum):
    """What threads are filed under."""

    BOOK = "book"
    FAQ = "faq"
    CHANNEL = "channel"


class PassageKind(StrEnum):
    """Which slice of a thread an embedding stands for."""

    QUESTION = "question"
    ANSWER = "answer"
    THREAD = "thread"
    PART = "part"


class AnsweredBy(StrEnum):
    """The best kind of answer that a thread holds, the best first.

    `official` is the answer of a list of frequent questions or of a question/answer record.
    """

    AUTHOR = "author"
    OFFICIAL = "official"
    COMMUNITY = "community"
    NOBODY = "nobody"


class LinkKind(StrEnum):
    """How a post belongs to another thread than the one that it opens."""

    ANSWER = "answer"
    CONTINUATION = "continuation"
    SEE = "see"
    COVERS = "covers"


@dataclass(frozen=True, slots=True)
class Author:
    """One author, whatever names the archive uses for them."""

    slug: str
    name: str
    collections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A link that a collection recommends."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Collection:
    """What threads are filed under: a book, a list of frequent questions, a channel.

    `authors` are slugs, in the order of the source; `start` and `end` are the days of the
    week in which the author answered, where the source says so.
    """

    slug: str
    title: str
    kind: CollectionKind
    authors: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    url: str | None = None
    description: str = ""
    body: str = ""
    cover: str | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class CollectionRef:
    """What a hit says of the collection that it is filed under."""

    slug: str
    title: str
    kind: CollectionKind
    start: date | None
    end: date | None
    url: str | None

    @classmethod
    def of(cls, item: Collection) -> "CollectionRef":
        """Shorten a collection."""
        return cls(item.slug, item.title, item.kind, item.start, item.end, item.url)


@dataclass(frozen=True, slots=True)
class Message:
    """One post, verbatim.

    `source_ref` names the post of the archive below which it stands and `position` its place
    there, from 0 for that post itself. `answers` says whether it is (part of) an answer rather
    than thanks, a question or an announcement; `asks` whether it asks something, which replies
    by authors and official ones are taken not to do. A `shared` message is an answer that belongs
    to another thread and answers this one too. `url` leads to the very message on the site's
    page.
    """

    message_id: str
    speaker: str
    role: Role
    text: str
    source_ref: str
    position: int
    author: str | None = None
    answers: bool = False
    asks: bool = False
    shared: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True)
class ThreadLink:
    """That a post of one thread answers, continues, covers or mentions another.

    `source_ref` is the post that says so and `target_ref` the one that it means; both threads
    carry the link. `thread_id` is the other thread, or the former id of a post that was `joined`.
    """

    kind: LinkKind
    source_ref: str
    target_ref: str
    thread_id: str
    confidence: float
    reason: str
    joined: bool = False


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question asked after an answer, and the answers to it, as places in a thread."""

    question: int
    answers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """One archived question with its replies; the unit that is returned.

    `messages[0]` is the question. `source_refs` and `collections` have the thread's own first:
    a post that was filed twice or joined from several has more than one.
    """

    thread_id: str
    source_refs: tuple[str, ...]
    collections: tuple[str, ...]
    messages: tuple[Message, ...]
    answered_by: AnsweredBy
    year: int | None = None
    aliases: tuple[str, ...] = ()
    links: tuple[ThreadLink, ...] = ()

    @property
    def question(self) -> Message:
        """The post that opens the thread."""
        return self.messages[0]

    @property
    def replies(self) -> tuple[Message, ...]:
        """Everything after the question."""
        return self.messages[1:]

    @property
    def asks(self) -> bool:
        """Whether the thread asks anything, rather than greeting, thanking or announcing."""
        return any(message.asks for message in self.messages)

    @property
    def follow_ups(self) -> tuple[FollowUp, ...]:
        """Questions asked after somebody had answered, each with its own answers."""
        found: list[FollowUp] = []
        answered = False
        for place, message in enumerate(self.messages):
            if message.asks and answered:
                found.append(FollowUp(place, ()))
            elif message.answers and not message.shared:
                answered = True
                if found:
                    found[-1] = FollowUp(found[-1].question, (*found[-1].answers, place))
        return tuple(made for made in found if made.answers)


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` up to `end` (exclusive) of a verbatim text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a thread as it is embedded.

    `text` is cleaned. `message` is the index of the message it was cut from and `span` where it
    stands there; both are None for a slice over several messages.
    """

    thread_id: str
    kind: PassageKind
    text: str
    message: int | None = None
    span: Span | None = None
    by_author: bool = False


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """A stretch of a reply that answers one part; `message` is the reply's place in the thread."""

    message: int
    span: Span


@dataclass(frozen=True, slots=True)
class Part:
    """One of several questions asked in a thread, and what answers it.

    `message` is the place of the post that asks it and `span` where it stands there. `text` is
    cleaned, with the context that it needs; `label` is its number as written.
    """

    message: int
    span: Span
    text: str
    label: str | None
    answers: tuple[PartAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class ThreadFilter:
    """Which threads a search may return; None means any.

    `answered` True keeps answered threads, False those that still wait.
    """

    collection: str | None = None
    author: str | None = None
    year: int | None = None
    answered: bool | None = None

    def __bool__(self) -> bool:
        """Tell whether the filter can leave anything out."""
        return self != ThreadFilter()

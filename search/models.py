"""Values that pass between layers: collections, threads, passages, hits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal


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


class Verdict(StrEnum):
    """What the archive already has of a new question.

    A thread answers it; a thread asks the same and waits; threads are worth reading first; none.
    """

    ANSWERED = "answered"
    ASKED = "asked"
    RELATED = "related"
    NEW = "new"


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


@dataclass(frozen=True, slots=True)
class Question:
    """The question of a hit."""

    text: str
    highlights: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUpQuestion:
    """The question asked later in a hit's thread that its answer replies to.

    The question of the hit is its parent. `url` leads to the very message on the site's page.
    """

    text: str
    highlights: tuple[Span, ...]
    asker: str
    message_id: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply that answers, in the speaker's own words."""

    speaker: str
    role: Role
    author: str | None
    text: str
    message_id: str
    url: str | None = None
    highlights: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One thread that a search returned.

    `score` is in [0, 1] and the sum of the values of `why`. `probability` is the calibrated
    probability that the replies answer the query; None where the encoder has no calibration.
    `question` opens the thread; where the answer replies to a question asked later, that one is
    `follow_up`, and `url` leads to it.
    """

    thread_id: str
    source_refs: tuple[str, ...]
    rank: int
    score: float
    probability: float | None
    question: Question
    asker: str
    collection: CollectionRef
    answered_by: AnsweredBy
    answer: Answer | None
    url: str | None
    why: Mapping[str, float]
    also_in: tuple[str, ...] = ()
    follow_up: FollowUpQuestion | None = None


@dataclass(frozen=True, slots=True)
class RelatedThread:
    """A thread near another; `score` is in [0, 1] and the sum of the values of `why`.

    `shared` are the most telling words that both have, as this one writes them.
    """

    thread_id: str
    source_refs: tuple[str, ...]
    score: float
    why: Mapping[str, float]
    question: str
    asker: str
    answered_by: AnsweredBy
    collection: CollectionRef
    url: str | None
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ThreadSummary:
    """A thread as it stands in a list."""

    thread_id: str
    source_refs: tuple[str, ...]
    question: str
    asker: str
    answered_by: AnsweredBy
    n_replies: int
    collection: CollectionRef


@dataclass(frozen=True, slots=True)
class AuthorRef:
    """What a book says of one of its authors."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class CollectionSummary:
    """A book or another collection as it stands in a list."""

    slug: str
    title: str
    kind: CollectionKind
    authors: tuple[AuthorRef, ...]
    start: date | None
    end: date | None
    url: str | None
    n_threads: int
    n_answered: int


@dataclass(frozen=True, slots=True)
class AuthorSummary:
    """An author as it stands in a list; `n_answered` counts threads that they answer."""

    slug: str
    name: str
    collections: tuple[str, ...]
    n_answered: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Where nothing answers, `hits` is empty, and `closest` and `books` have the threads and the
    collections that are nearest in topic.
    """

    query: str
    generation: str
    answerable: bool | None
    hits: tuple[Hit, ...]
    closest: tuple[Hit, ...] = ()
    books: tuple[CollectionRef, ...] = ()
    warnings: tuple[str, ...] = ()
    took_ms: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class CheckedPart:
    """One question of a post that was checked.

    `span` is where it stands in the post; `probability` that some thread already answers it,
    None where the encoder has no calibration.
    """

    text: str
    span: Span
    verdict: Verdict
    probability: float | None
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What the archive already has of a post.

    `draft` asks only what is new, in the asker's words; None where nothing can be left out or
    nothing would be left.
    """

    text: str
    generation: str
    verdict: Verdict
    draft: str | None
    parts: tuple[CheckedPart, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two threads of the archive that seem to be about the same need.

    `probability` is that both ask the same or, for an open question, that `other` answers it.
    `reason` says how an answer that was posted apart was found, and is None where threads were
    compared; `source_refs` then name the very post that asks.
    """

    kind: Literal["duplicate", "answered_elsewhere"]
    thread_id: str
    source_refs: tuple[str, ...]
    question: str
    probability: float
    other: Hit
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    """What one author said about a subject: their best passage in their own words.

    `answer` is the whole message with the sentence that is nearest marked; `passage` is the part
    of its text that is about the subject. `score` and `probability` are those of the thread for
    the query, as a search gives them. `question` opens the thread; where the message replies to a
    question asked later, that one is `follow_up`.
    """

    rank: int
    author: AuthorRef
    score: float
    probability: float | None
    thread_id: str
    source_refs: tuple[str, ...]
    question: str
    asker: str
    collection: CollectionRef
    answer: Answer
    passage: Span
    url: str | None
    follow_up: FollowUpQuestion | None = None


@dataclass(frozen=True, slots=True)
class VoicesResult:
    """What different authors said, the likeliest first; nobody stands in it twice."""

    query: str
    generation: str
    voices: tuple[Voice, ...]
    warnings: tuple[str, ...] = ()

"""What searching, checking and browsing return."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from search.models import AnsweredBy, CollectionKind, CollectionRef, Message, Role, Span


class Verdict(StrEnum):
    """What the archive already has of a new question.

    A thread answers it; a thread asks the same and waits; threads are worth reading first; none.
    """

    ANSWERED = "answered"
    ASKED = "asked"
    RELATED = "related"
    NEW = "new"


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

    @classmethod
    def of(cls, message: Message, *highlights: Span) -> "Answer":
        """Quote a message, with some of its text marked."""
        return cls(
            speaker=message.speaker,
            role=message.role,
            author=message.author,
            text=message.text,
            message_id=message.message_id,
            url=message.url,
            highlights=highlights,
        )


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
    collections that are nearest in topic. `named` has the collections that the query names, by
    their titles or authors, whose threads come before others that are about as near. `notes` say
    what was made of what was typed: words that were repaired or are left out, phrases that nobody
    says.
    """

    query: str
    generation: str
    answerable: bool | None
    hits: tuple[Hit, ...]
    closest: tuple[Hit, ...] = ()
    books: tuple[CollectionRef, ...] = ()
    named: tuple[CollectionRef, ...] = ()
    notes: tuple[str, ...] = ()
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
    nothing would be left. `is_foreign` is whether the archive is not in the language of the post,
    so that the verdict says nothing.
    """

    text: str
    generation: str
    verdict: Verdict
    draft: str | None
    parts: tuple[CheckedPart, ...]
    is_foreign: bool = False
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
    """What different authors said, the likeliest first; nobody stands in it twice.

    `notes` are those of `SearchResult`.
    """

    query: str
    generation: str
    voices: tuple[Voice, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

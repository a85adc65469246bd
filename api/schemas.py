"""What the HTTP routes return beside the engine's own values."""

from dataclasses import dataclass
from typing import Literal

from search.engine import Engine
from search.listing import Page
from search.models import (
    AnsweredBy,
    CollectionRef,
    FollowUp,
    Link,
    Message,
    Part,
    Thread,
    ThreadFilter,
    ThreadLink,
)
from search.results import (
    AuthorSummary,
    CollectionSummary,
    RelatedThread,
    ThreadSummary,
)
from search.topics import SaidGroup, Topic, TopicGroup


@dataclass(frozen=True, slots=True)
class Health:
    """That the process is alive."""

    status: Literal["ok"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """That questions can be answered, and with what."""

    status: Literal["ready", "degraded"]
    generation: str
    n_threads: int
    degraded: str | None


@dataclass(frozen=True, slots=True)
class ThreadView:
    """A whole thread.

    `parts` are the questions asked in it where these are several, each with the stretches of
    replies that answer it; `follow_ups` the questions asked after an answer; `links` the posts
    that were joined to it and the threads that belong to it, each with a confidence and a reason.
    """

    generation: str
    thread_id: str
    source_refs: tuple[str, ...]
    collections: tuple[CollectionRef, ...]
    answered_by: AnsweredBy
    year: int | None
    messages: tuple[Message, ...]
    parts: tuple[Part, ...]
    follow_ups: tuple[FollowUp, ...]
    links: tuple[ThreadLink, ...]
    aliases: tuple[str, ...]

    @classmethod
    def of(cls, engine: Engine, thread: Thread) -> "ThreadView":
        """Describe a thread of an engine."""
        return cls(
            generation=engine.generation,
            thread_id=thread.thread_id,
            source_refs=thread.source_refs,
            collections=tuple(
                CollectionRef.of(engine.collection(slug)) for slug in thread.collections
            ),
            answered_by=thread.answered_by,
            year=thread.year,
            messages=thread.messages,
            parts=engine.parts(thread.thread_id),
            follow_ups=thread.follow_ups,
            links=thread.links,
            aliases=thread.aliases,
        )


@dataclass(frozen=True, slots=True)
class RelatedThreads:
    """Neighbours of a thread, best first."""

    generation: str
    thread_id: str
    related: tuple[RelatedThread, ...]


@dataclass(frozen=True, slots=True)
class BookList:
    """A page of books."""

    generation: str
    items: tuple[CollectionSummary, ...]
    total: int
    next_cursor: str | None

    @classmethod
    def of(cls, engine: Engine, page: Page[CollectionSummary]) -> "BookList":
        """Describe a page."""
        return cls(engine.generation, page.items, page.total, page.next_cursor)


@dataclass(frozen=True, slots=True)
class AuthorList:
    """A page of authors."""

    generation: str
    items: tuple[AuthorSummary, ...]
    total: int
    next_cursor: str | None

    @classmethod
    def of(cls, engine: Engine, page: Page[AuthorSummary]) -> "AuthorList":
        """Describe a page."""
        return cls(engine.generation, page.items, page.total, page.next_cursor)


@dataclass(frozen=True, slots=True)
class BookView:
    """A book with a page of its threads."""

    generation: str
    book: CollectionSummary
    description: str
    body: str
    cover: str | None
    links: tuple[Link, ...]
    threads: tuple[ThreadSummary, ...]
    total: int
    next_cursor: str | None

    @classmethod
    def of(cls, engine: Engine, slug: str, *, limit: int, cursor: str | None) -> "BookView":
        """Describe a book of an engine."""
        item = engine.collection(slug)
        page = engine.threads(ThreadFilter(collection=slug), limit=limit, cursor=cursor)
        return cls(
            generation=engine.generation,
            book=engine.summary(slug),
            description=item.description,
            body=item.body,
            cover=item.cover,
            links=item.links,
            threads=page.items,
            total=page.total,
            next_cursor=page.next_cursor,
        )


@dataclass(frozen=True, slots=True)
class AuthorView:
    """An author with a page of the threads that they answer."""

    generation: str
    author: AuthorSummary
    threads: tuple[ThreadSummary, ...]
    total: int
    next_cursor: str | None

    @classmethod
    def of(cls, engine: Engine, slug: str, *, limit: int, cursor: str | None) -> "AuthorView":
        """Describe an author of an engine."""
        author = engine.author(slug)
        page = engine.threads(ThreadFilter(author=slug), limit=limit, cursor=cursor)
        return cls(engine.generation, author, page.items, page.total, page.next_cursor)


@dataclass(frozen=True, slots=True)
class TopicList:
    """Topics, the largest first."""

    generation: str
    topics: tuple[Topic, ...]

    @classmethod
    def of(cls, engine: Engine, where: ThreadFilter | None) -> "TopicList":
        """Describe the topics of the threads that pass a filter."""
        return cls(engine.generation, engine.topics(where))


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic with a page of its threads, the most typical first."""

    generation: str
    topic: Topic
    threads: tuple[ThreadSummary, ...]
    total: int
    next_cursor: str | None

    @classmethod
    def of(
        cls,
        engine: Engine,
        topic_id: str,
        where: ThreadFilter | None,
        *,
        limit: int,
        cursor: str | None,
    ) -> "TopicView":
        """Describe a topic of an engine."""
        topic = engine.topic(topic_id, where=where)
        page = engine.topic_threads(topic_id, where=where, limit=limit, cursor=cursor)
        return cls(engine.generation, topic, page.items, page.total, page.next_cursor)


@dataclass(frozen=True, slots=True)
class BookTopics:
    """A book's questions by topic."""

    generation: str
    book: CollectionSummary
    groups: tuple[TopicGroup, ...]

    @classmethod
    def of(cls, engine: Engine, slug: str) -> "BookTopics":
        """Describe a book of an engine."""
        book = engine.summary(slug)
        groups = engine.threads_by_topic(ThreadFilter(collection=slug))
        return cls(engine.generation, book, groups)


@dataclass(frozen=True, slots=True)
class AuthorTopics:
    """Everything that an author said, by topic."""

    generation: str
    author: AuthorSummary
    groups: tuple[SaidGroup, ...]

    @classmethod
    def of(cls, engine: Engine, slug: str) -> "AuthorTopics":
        """Describe an author of an engine."""
        return cls(engine.generation, engine.author(slug), engine.said_by(slug))

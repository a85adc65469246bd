"""Read one generation of an archive: its threads, books, authors and topics."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from search.dense import DenseIndex
from search.errors import InvalidQueryError, NotFoundError
from search.lexical import LexicalIndex
from search.limits import DEFAULT_LIMIT, DEFAULT_RELATED, check_top_k
from search.listing import Listing, Page
from search.models import Collection, CollectionKind, CollectionRef, Part, Thread, ThreadFilter
from search.names import did_you_mean, meant_by
from search.once import Once
from search.results import (
    AuthorSummary,
    CollectionSummary,
    RelatedThread,
    ThreadSummary,
)
from search.store import ThreadStore
from search.text.boilerplate import name_words

if TYPE_CHECKING:
    from search.topic_table import TopicTable
    from search.topics import SaidGroup, Topic, TopicGroup, TopicIndex, TopicMap

_SEVERAL = 5


class Archive:
    """What can be read of one generation without asking it anything."""

    def __init__(
        self,
        store: ThreadStore,
        dense: DenseIndex,
        lexical: LexicalIndex,
        *,
        generation: str,
        stored_topics: "Callable[[], TopicTable] | None" = None,
    ) -> None:
        """Read from a store; the indexes say what is near and which words are rare.

        `stored_topics` parses the topics that were found when the archive was built; without it
        they are found at the first use.
        """
        self.generation = generation
        self.store = store
        self._dense = dense
        self._lexical = lexical
        self._collections = {item.slug: item for item in store.collections()}
        self._ids = store.thread_ids()
        self._answered = store.answered()
        self._filed_under = store.books_of_rows()
        self._listing = Listing(store, self._collections)
        self._stored_topics = stored_topics
        self._topic_index: Once[TopicIndex] = Once()

    def __repr__(self) -> str:
        """Show the generation and its size."""
        return f"{type(self).__name__}({self.generation!r}, {len(self._ids)} threads)"

    def thread(self, thread_id: str) -> Thread:
        """Return a thread by the id that it has, or had in an earlier generation.

        Raises:
            NotFoundError: If there is none; names the nearest id.
        """
        found = self.store.resolve(thread_id)
        if found is None:
            hint = did_you_mean(thread_id, self._ids)
            raise NotFoundError(f"no thread {thread_id!r} in this archive{hint}")
        return self.store.threads([found])[0]

    def parts(self, thread_id: str) -> tuple[Part, ...]:
        """Return what is asked in a thread, part by part, with the stretches that answer it.

        Returns:
            In the order of the thread; empty where only one thing is asked.

        Raises:
            NotFoundError: If there is no such thread.
        """
        from search.questions import parts_of

        thread = self.thread(thread_id)
        names = {
            name
            for slug in thread.collections
            for name in (
                *self.store.speakers(slug),
                *(author.name for author in self.summary(slug).authors),
            )
        }
        return parts_of(thread, names=name_words(names))

    def collection(self, slug: str) -> Collection:
        """Return a collection by slug.

        Raises:
            NotFoundError: If there is none; names the nearest slug.
        """
        if slug not in self._collections:
            hint = did_you_mean(slug, self._collections)
            raise NotFoundError(f"no book or collection {slug!r} in this archive{hint}")
        return self._collections[slug]

    def find_collection(self, name: str) -> str:
        """Return the slug of the collection that a slug, a title or words of one mean.

        Raises:
            NotFoundError: If there is none, or several; names them, or the nearest.
        """
        known = {item.slug: [item.title] for item in self._collections.values()}
        return _the_only(name, known, what="book or collection")

    def find_author(self, name: str) -> str:
        """Return the slug of the author that a slug, a name or words of one mean.

        The names under which authors speak count where no author is called so.

        Raises:
            NotFoundError: If there is none, or several; names them, or the nearest.
        """
        known = {author.slug: [author.name] for author in self.store.authors()}
        if not meant_by(name, known):
            for slug, speaker in self.store.author_speakers():
                known[slug].append(speaker)
        return _the_only(name, known, what="author")

    def related(self, thread_id: str, *, top_k: int = DEFAULT_RELATED) -> list[RelatedThread]:
        """Return answered threads near a thread in meaning, spread over books, best first.

        Raises:
            NotFoundError: If there is no such thread.
            InvalidQueryError: If `top_k` is out of range.
        """
        from search.related import neighbours, shared_terms

        check_top_k(top_k)
        near = self.thread(thread_id)
        row = self._row(near.thread_id)
        found = neighbours(
            self._dense, row, books=self._filed_under, answered=self._answered, top_k=top_k
        )
        threads = self.store.threads([self._ids[each.row] for each in found])
        return [
            RelatedThread(
                thread_id=thread.thread_id,
                source_refs=thread.source_refs,
                score=each.score,
                why=each.why,
                question=thread.question.text,
                asker=thread.question.speaker,
                answered_by=thread.answered_by,
                collection=CollectionRef.of(self._collections[thread.collections[0]]),
                url=thread.question.url or self._collections[thread.collections[0]].url,
                shared=shared_terms(near, thread, rarity=self._lexical.idf, names=self._names),
            )
            for each, thread in zip(found, threads, strict=True)
        ]

    def topics(self, where: ThreadFilter | None = None) -> "tuple[Topic, ...]":
        """Return what the archive is about, or a part of it: topics, the largest first.

        A book or an author has the topics of the whole archive, with its own counts.

        Raises:
            InvalidQueryError: If the filter names what the archive does not have.
        """
        self._check_filter(where)
        return self.topic_index.topics(where)

    def topic(self, topic_id: str, *, where: ThreadFilter | None = None) -> "Topic":
        """Return a topic by its id or a former one; its counts are of the threads that pass.

        Raises:
            NotFoundError: If there is none; names the nearest id.
            InvalidQueryError: If the filter names what the archive does not have.
        """
        self._check_filter(where)
        return self.topic_index.topic(topic_id, where)

    def topic_id(self, topic_id: str) -> str:
        """Return the id that a topic has now, from that or one that it had before.

        Raises:
            NotFoundError: If there is none; names the nearest id.
        """
        return self.topic_index.topic_id(topic_id)

    def topic_threads(
        self,
        topic_id: str,
        *,
        where: ThreadFilter | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[ThreadSummary]:
        """List the threads of a topic that pass a filter, the most typical first.

        Raises:
            NotFoundError: If there is no such topic.
            InvalidQueryError: If the filter, the limit or the cursor is wrong.
        """
        self._check_filter(where)
        threads = self.topic_index.threads(topic_id, where)
        return self._listing.ranked(threads, limit=limit, cursor=cursor)

    def topic_map(self) -> "TopicMap":
        """Return all threads as points of a plane, with the names of the topics."""
        from search.topics import TopicMap

        labels, points = self.topic_index.map()
        return TopicMap(self.generation, labels=labels, points=points)

    def threads_by_topic(self, where: ThreadFilter) -> "tuple[TopicGroup, ...]":
        """Return the threads that pass a filter by topic, the largest first, the rest last.

        Raises:
            InvalidQueryError: If the filter names what the archive does not have.
        """
        self._check_filter(where)
        return self.topic_index.groups(where)

    def said_by(self, author: str) -> "tuple[SaidGroup, ...]":
        """Return everything that an author wrote where they answer, by topic.

        Raises:
            NotFoundError: If there is no such author; names the nearest slug.
        """
        return self.topic_index.said_by(self.author(author).slug)

    @cached_property
    def _names(self) -> frozenset[str]:
        """The words of the names of all who wrote or speak."""
        from search.topic_finding import people_words

        return people_words(self.store)

    @property
    def topic_index(self) -> "TopicIndex":
        """The topics of this archive; read, or found where none are stored, at the first use."""
        return self._topic_index.get(self._find_topics)

    def _find_topics(self) -> "TopicIndex":
        """Read or find the topics of this archive."""
        from search.topics import TopicIndex

        return TopicIndex(self.store, self._listing, (self._stored_topics or self._found)())

    def _found(self) -> "TopicTable":
        """Find the topics of this archive."""
        from search.topic_finding import find_topics

        return find_topics(self.store, self._dense)

    def books(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[CollectionSummary]:
        """List books by week."""
        return self._listing.collections(kind=CollectionKind.BOOK, limit=limit, cursor=cursor)

    def authors(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[AuthorSummary]:
        """List authors by slug."""
        return self._listing.authors(limit=limit, cursor=cursor)

    def threads(
        self, where: ThreadFilter, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[ThreadSummary]:
        """List the threads that pass a filter, in the order of the source.

        Raises:
            InvalidQueryError: If the filter, the limit or the cursor is wrong.
        """
        self._check_filter(where)
        return self._listing.threads(where, limit=limit, cursor=cursor)

    def author(self, slug: str) -> AuthorSummary:
        """Return an author by slug.

        Raises:
            NotFoundError: If there is none; names the nearest slug.
        """
        found = self._listing.author(slug)
        if found is None:
            hint = did_you_mean(slug, (author.slug for author in self.store.authors()))
            raise NotFoundError(f"no author {slug!r} in this archive{hint}")
        return found

    def summary(self, slug: str) -> CollectionSummary:
        """Return a collection with its counts.

        Raises:
            NotFoundError: If there is none; names the nearest slug.
        """
        return self._listing.summary(self.collection(slug))

    def _row(self, thread_id: str) -> int:
        """Return a thread's row, by a search in the sorted ids."""
        return bisect_left(self._ids, thread_id)

    def require_collection(self, slug: str) -> Collection:
        """Return a collection that a question names.

        Raises:
            InvalidQueryError: If there is none; names the nearest slug.
        """
        if slug not in self._collections:
            hint = did_you_mean(slug, self._collections)
            raise InvalidQueryError(f"no book or collection {slug!r}{hint}")
        return self._collections[slug]

    def _check_filter(self, where: ThreadFilter | None) -> None:
        """Refuse a filter that names what the archive does not have."""
        if not where:
            return
        if where.collection is not None:
            self.require_collection(where.collection)
        if where.author is not None:
            slugs = [author.slug for author in self.store.authors()]
            if where.author not in slugs:
                hint = did_you_mean(where.author, slugs)
                raise InvalidQueryError(f"no author {where.author!r}{hint}")


def _the_only(name: str, known: Mapping[str, Sequence[str]], *, what: str) -> str:
    """Return the one slug that a name means; see `meant_by`.

    Raises:
        NotFoundError: If there is none, or several.
    """
    if not name.strip():
        raise NotFoundError(f"the name of the {what} is empty")
    found = meant_by(name, known)
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(f"{slug} ({known[slug][0]})" for slug in found[:_SEVERAL])
        several += ", …" if len(found) > _SEVERAL else ""
        raise NotFoundError(f"{name!r} may mean more than one {what}: {several}")
    hint = did_you_mean(name, (*known, *(each for names in known.values() for each in names)))
    raise NotFoundError(f"no {what} {name!r} in this archive{hint}")

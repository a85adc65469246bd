"""The engine: one query in, the nearest answered questions out."""

import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import starmap
from typing import TYPE_CHECKING

from search.confidence import Calibration
from search.dense import DenseIndex
from search.encoders.base import Embeddings, Encoder
from search.errors import InvalidQueryError, NotFoundError
from search.fusion import Leg
from search.hits import HitMaker
from search.judging import Judge, Judgement, is_mute
from search.lexical import LexicalIndex
from search.limits import (
    DEFAULT_CHECKED,
    DEFAULT_LIMIT,
    DEFAULT_RELATED,
    DEFAULT_TOP_K,
    DEFAULT_VOICES,
    MAX_TOP_K,
    check_query,
    check_top_k,
)
from search.listing import Listing, Page
from search.models import (
    AuthorSummary,
    CheckResult,
    Collection,
    CollectionKind,
    CollectionRef,
    CollectionSummary,
    Hit,
    Part,
    PassageKind,
    RelatedThread,
    SearchResult,
    Thread,
    ThreadFilter,
    ThreadSummary,
    VoicesResult,
)
from search.names import did_you_mean
from search.nearest import nearest_collections
from search.once import Once
from search.querying import QueryReader
from search.ranking import Query, Ranker, Scored
from search.rankings import Ranking
from search.recent import Recent
from search.reranking import Reranker, Reranking, Shown
from search.signals import Signals
from search.stages import Stage, timed
from search.store import ThreadStore
from search.text.boilerplate import name_words

if TYPE_CHECKING:
    from search.duplicates import DuplicateChecker
    from search.topic_table import TopicTable
    from search.topics import SaidGroup, Topic, TopicGroup, TopicIndex, TopicMap

N_CLOSEST = 3
_Asked = tuple[str, int, ThreadFilter | None]
_HIT_BYTES = 2_000
_NO_CALIBRATION = "no calibration exists for this encoder: probability and answerable are unknown"


@dataclass(frozen=True, slots=True)
class Explained:
    """A ranked thread with its probability, and the signals behind it."""

    thread: Thread
    score: float
    probability: float | None
    signals: Signals


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a query was judged as it was.

    `largest` is how likely the likeliest of all threads answers, None without a calibration.
    """

    query: Signals
    is_mute: bool
    judgement: Judgement
    largest: float | None
    hits: tuple[Explained, ...]


class Engine:
    """Searches one generation of an archive; hold one and share it between threads."""

    def __init__(
        self,
        *,
        store: ThreadStore,
        dense: DenseIndex,
        ranker: Ranker,
        lexical: LexicalIndex,
        encoder: Encoder,
        reader: QueryReader | None = None,
        generation: str = "memory",
        calibration: Calibration | None = None,
        reranking: Reranking | None = None,
        stored_topics: "Callable[[], TopicTable] | None" = None,
        warnings: Sequence[str] = (),
        remember_bytes: int = 0,
    ) -> None:
        """Combine the parts of one generation; `open_engine` does this for a bundle.

        `remember_bytes` is how much memory the results of what was asked last may take.
        """
        self.generation = generation
        self.store = store
        self.encoder = encoder
        self._dense = dense
        self._lexical = lexical
        self._ranker = ranker
        self._reranker = Reranker(reranking, store, dense) if reranking else None
        self._reader = reader or QueryReader(encoder)
        self._collections = {item.slug: item for item in store.collections()}
        self._ids = store.thread_ids()
        self._answered = store.answered()
        self._judge = Judge(lexical, answered=self._answered, calibration=calibration)
        self._filed_under = store.books_of_rows()
        self._hit_maker = HitMaker(store, dense, self._collections, late=ranker.late)
        self._listing = Listing(store, self._collections)
        self._stored_topics = stored_topics
        self._topic_index: Once[TopicIndex] = Once()
        self._results: Recent[_Asked, SearchResult] = Recent(remember_bytes, _size)
        self.warnings = tuple(warnings) if calibration else (*warnings, _NO_CALIBRATION)

    def __repr__(self) -> str:
        """Show the generation and its size."""
        return f"Engine({self.generation!r}, {len(self._ids)} threads)"

    def search(
        self, query: str, *, top_k: int = DEFAULT_TOP_K, where: ThreadFilter | None = None
    ) -> SearchResult:
        """Return the nearest answered questions with the replies that answer.

        Args:
            query: What somebody wants to know, 1 to 1,000 characters.
            top_k: How many hits at the most, 1 to 100.
            where: Which threads may be returned; scores do not depend on it.

        Raises:
            InvalidQueryError: If the query is blank or too long, a bound is exceeded, or a
                filter names what the archive does not have.
        """
        started = time.perf_counter()
        check_query(query)
        check_top_k(top_k)
        asked = (query, top_k, where or None)
        result = self._results.get(asked)
        if result is None:
            result = self._search(query, top_k, where)
            self._results.put(asked, result)
        return replace(result, took_ms=1_000 * (time.perf_counter() - started))

    def _search(self, query: str, top_k: int, where: ThreadFilter | None) -> SearchResult:
        """Search for what was not asked lately."""
        self._check_filter(where)
        prepared = self._prepare(query)
        everything = self._ranker.score(prepared)
        scored = self._ranker.score(prepared, where) if where else everything
        with timed(Stage.JUDGE):
            judgement = self._judge.judge(prepared, everything)
        silent = judgement.answerable is False
        n_hits = min(N_CLOSEST, top_k) if silent else top_k
        shown = self._shown(prepared, scored)
        with timed(Stage.SHOW):
            hits = self._hits(prepared, shown, n_hits)
        return SearchResult(
            query=query,
            generation=self.generation,
            answerable=judgement.answerable,
            hits=() if silent else hits,
            closest=hits if silent else (),
            books=self._nearest_books(prepared, scored) if silent else (),
            warnings=(*self.warnings, *judgement.warnings),
        )

    def _nearest_books(self, query: Query, scored: Scored) -> tuple[CollectionRef, ...]:
        """Return the collections nearest in topic; none for a query that says nothing."""
        if is_mute(query):
            return ()
        slugs = nearest_collections(scored, self._filed_under, n=N_CLOSEST)
        return tuple(CollectionRef.of(self._collections[slug]) for slug in slugs)

    def voices(self, query: str, *, top_k: int = DEFAULT_VOICES) -> VoicesResult:
        """Return what different authors said about a subject, one best passage of each.

        Args:
            query: A subject or a question, 1 to 1,000 characters.
            top_k: How many authors at the most, 1 to 100.

        Raises:
            InvalidQueryError: If the query is blank or too long, or a bound is exceeded.
        """
        from search.voices import DEPTH, VoiceFinder

        check_query(query)
        check_top_k(top_k)
        prepared = self._prepare(query)
        scored = self._ranker.score(prepared)
        judgement = self._judge.judge(prepared, scored)
        near = (
            []
            if judgement.answerable is False
            else self._judge.probabilities(prepared, scored, DEPTH)
        )
        finder = VoiceFinder(self.store, self._hit_maker, self._collections)
        return VoicesResult(
            query=query,
            generation=self.generation,
            voices=finder.find(prepared, scored, near, top_k=top_k),
            warnings=(*self.warnings, *judgement.warnings),
        )

    def check(self, text: str, *, top_k: int = DEFAULT_CHECKED) -> CheckResult:
        """Tell which questions of a new post the archive already answers.

        Args:
            text: A post, 1 to 20,000 characters.
            top_k: How many threads to show for each question, 1 to 100.

        Raises:
            InvalidQueryError: If the post is empty, too long or only greets, or a bound is
                exceeded.
        """
        check_top_k(top_k)
        return self.duplicates.check(text, top_k=top_k)

    @cached_property
    def duplicates(self) -> "DuplicateChecker":
        """What checks posts against this archive; made at the first use."""
        from search.books import BookFinder
        from search.duplicates import DuplicateChecker
        from search.similarity import Comparer
        from search.verdicts import check_calibration_for

        comparer = Comparer(
            self.store,
            self._dense,
            self._lexical,
            self._ranker.late,
            self.encoder,
            BookFinder(self._collections.values(), self.store.authors()),
        )
        return DuplicateChecker(
            self.store,
            comparer,
            self._hit_maker,
            generation=self.generation,
            calibration=check_calibration_for(self.encoder.fingerprint),
        )

    def explain(self, query: str, *, depth: int = DEFAULT_TOP_K) -> Explanation:
        """Return the signals behind the judgement of a query and of its best `depth` threads."""
        check_query(query)
        prepared = self._prepare(query)
        scored = self._ranker.score(prepared)
        shown = self._shown(prepared, scored)
        probabilities = self._judge.probabilities(prepared, scored, len(scored))
        hits = zip(
            self.store.threads([self._ids[row] for row in shown.last.rows[:depth]]),
            shown.last.scores[:depth].tolist(),
            self._judge.probabilities(prepared, shown.ranked, depth),
            self._judge.hit_signals(prepared, shown.ranked, depth),
            strict=True,
        )
        return Explanation(
            query=self._judge.query_signals(prepared, scored),
            is_mute=is_mute(prepared),
            judgement=self._judge.judge(prepared, scored),
            largest=max((each for each in probabilities if each is not None), default=None),
            hits=tuple(starmap(Explained, hits)),
        )

    def rank(self, query: str, *, depth: int = MAX_TOP_K) -> list[tuple[Thread, float]]:
        """Return the best `depth` threads with their scores, whether or not they answer."""
        check_query(query)
        prepared = self._prepare(query)
        scored = self._shown(prepared, self._ranker.score(prepared)).last
        threads = self.store.threads([self._ids[row] for row in scored.rows[:depth]])
        return list(zip(threads, scored.scores[:depth].tolist(), strict=True))

    def rank_leg(
        self, query: str, leg: Leg, *, depth: int = MAX_TOP_K
    ) -> list[tuple[Thread, float]]:
        """Return the best `depth` threads of one leg alone, as baselines need them."""
        check_query(query)
        top: Ranking = self._ranker.leg_top(self._prepare(query), leg, depth=depth)
        threads = self.store.threads([self._ids[row] for row in top.rows])
        return list(zip(threads, top.scores.tolist(), strict=True))

    def nearest_question(self, embedding: Embeddings) -> float | None:
        """Return the cosine of the question nearest to an embedding, None in an empty archive."""
        top = self._dense.top(embedding, kind=PassageKind.QUESTION, depth=1, where=None)
        return float(top.scores[0]) if len(top) else None

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

    def _prepare(self, query: str) -> Query:
        """Read a query as the index sees it."""
        return self._reader.read(query)

    def _check_filter(self, where: ThreadFilter | None) -> None:
        """Refuse a filter that names what the archive does not have."""
        if not where:
            return
        if where.collection is not None and where.collection not in self._collections:
            hint = did_you_mean(where.collection, self._collections)
            raise InvalidQueryError(f"no book or collection {where.collection!r}{hint}")
        if where.author is not None:
            slugs = [author.slug for author in self.store.authors()]
            if where.author not in slugs:
                hint = did_you_mean(where.author, slugs)
                raise InvalidQueryError(f"no author {where.author!r}{hint}")

    def _shown(self, query: Query, scored: Scored) -> Shown:
        """Return threads in the order in which they are shown."""
        if self._reranker is None:
            return Shown(scored, scored)
        return self._reranker.rerank(query, scored)

    def _hits(self, query: Query, shown: Shown, n_hits: int) -> tuple[Hit, ...]:
        """Turn the best threads into hits with their evidence."""
        threads = self.store.threads([self._ids[row] for row in shown.last.rows[:n_hits]])
        probabilities = self._judge.probabilities(query, shown.ranked, n_hits)
        return self._hit_maker.hits(query, shown.last, threads, probabilities)


def _size(result: SearchResult) -> int:
    """Estimate how much memory a result takes: its texts, and the rest of each hit."""
    hits = (*result.hits, *result.closest)
    texts = [hit.question.text + (hit.answer.text if hit.answer else "") for hit in hits]
    return _HIT_BYTES * (1 + len(hits)) + 2 * sum(map(len, texts))

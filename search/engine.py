"""The engine: one query in, the nearest answered questions out."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import starmap
from sys import getsizeof
from typing import TYPE_CHECKING

from search.archive import Archive
from search.books import BookFinder
from search.confidence import Calibration
from search.dense import DenseIndex
from search.encoders.base import Embeddings, Encoder
from search.fusion import Leg
from search.hits import HitMaker
from search.judging import Judge, Judgement, is_mute
from search.lexical import LexicalIndex
from search.limits import (
    DEFAULT_CHECKED,
    DEFAULT_TOP_K,
    DEFAULT_VOICES,
    MAX_TOP_K,
    check_query,
    check_top_k,
)
from search.models import CollectionRef, PassageKind, Thread, ThreadFilter
from search.nearest import nearest_collections
from search.notes import notes
from search.querying import QueryReader
from search.ranking import Query, Ranker, Scored
from search.rankings import Ranking
from search.recent import Recent
from search.reranking import Reranker, Reranking, Shown
from search.results import (
    CheckResult,
    Hit,
    SearchResult,
    VoicesResult,
)
from search.signals import Signals
from search.stages import Stage, timed
from search.store import ThreadStore
from search.text.languages import ForeignText

if TYPE_CHECKING:
    from search.duplicates import DuplicateChecker
    from search.topic_table import TopicTable

N_CLOSEST = 3
_Asked = tuple[str, int, ThreadFilter | None]
_HIT_BYTES = 3_000
_NAMED_FAR = "nothing of what you named is among the three that are nearest"
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


class Engine(Archive):
    """Searches one generation of an archive; hold one and share it between threads."""

    def __init__(
        self,
        *,
        store: ThreadStore,
        dense: DenseIndex,
        ranker: Ranker,
        lexical: LexicalIndex,
        encoder: Encoder,
        books: BookFinder,
        reader: QueryReader | None = None,
        foreign: ForeignText | None = None,
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
        super().__init__(store, dense, lexical, generation=generation, stored_topics=stored_topics)
        self.encoder = encoder
        self._ranker = ranker
        self._reranker = Reranker(reranking, store, dense) if reranking else None
        self._books = books
        self._reader = reader or QueryReader(encoder)
        self._foreign = foreign
        self._judge = Judge(lexical, answered=self._answered, calibration=calibration)
        self._hit_maker = HitMaker(store, dense, self._collections, late=ranker.late)
        self._results: Recent[_Asked, SearchResult] = Recent(remember_bytes, _size)
        self._found_at_opening = tuple(warnings)
        self.warnings = tuple(warnings) if calibration else (*warnings, _NO_CALIBRATION)

    def search(
        self, query: str, *, top_k: int = DEFAULT_TOP_K, where: ThreadFilter | None = None
    ) -> SearchResult:
        """Return the nearest answered questions with the replies that answer.

        Args:
            query: What somebody wants to know, 1 to 1,000 characters.
            top_k: How many hits at the most, 1 to 100.
            where: Which threads may be returned; scores do not depend on it. Where an author is
                named, only their replies are shown.

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
            hits = self._hits(prepared, shown, n_hits, author=where.author if where else None)
        return SearchResult(
            query=query,
            generation=self.generation,
            answerable=judgement.answerable,
            hits=() if silent else hits,
            closest=hits if silent else (),
            books=self._nearest_books(prepared, scored) if silent else (),
            named=self._refs(sorted(prepared.books)),
            notes=tuple(notes(prepared, self._ranker.phrases, self._collections)),
            warnings=(
                *self.warnings,
                *judgement.warnings,
                *self._of_named(prepared, shown.last, silent=silent),
            ),
        )

    def _nearest_books(self, query: Query, scored: Scored) -> tuple[CollectionRef, ...]:
        """Return the collections that a query names, and those nearest in topic, if it says any."""
        near = nearest_collections(scored, self._filed_under, n=N_CLOSEST)
        slugs = dict.fromkeys((*sorted(query.books), *(() if is_mute(query) else near)))
        return self._refs(list(slugs)[:N_CLOSEST])

    def _of_named(self, query: Query, shown: Scored, *, silent: bool) -> Iterator[str]:
        """Say of which collections that a query names there is nothing, or nothing near."""
        for slug in sorted(query.books):
            if not self.summary(slug).n_threads:
                yield f"the archive has no threads of {self._collections[slug].title!r}"
        named = shown.parts.get(Leg.NAMED)
        if named is not None and named.any() and not silent and not named[:N_CLOSEST].any():
            yield _NAMED_FAR

    def _refs(self, slugs: Iterable[str]) -> tuple[CollectionRef, ...]:
        """Return what results say of collections."""
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
        read = self._prepare(query)
        # Others are to be heard too.
        prepared = replace(read, books=frozenset(), authors=frozenset())
        scored = self._ranker.score(prepared)
        judgement = self._judge.judge(read, scored)
        near = (
            []
            if judgement.answerable is False
            else self._judge.probabilities(prepared, scored, DEPTH)
        )
        finder = VoiceFinder(self.store, self._dense, self._hit_maker, self._collections)
        return VoicesResult(
            query=query,
            generation=self.generation,
            voices=finder.find(prepared, scored, near, top_k=top_k),
            notes=tuple(notes(read, self._ranker.phrases, self._collections)),
            warnings=(*self.warnings, *judgement.warnings),
        )

    def check(
        self, text: str, *, top_k: int = DEFAULT_CHECKED, collection: str | None = None
    ) -> CheckResult:
        """Tell which questions of a new post the archive already answers.

        Args:
            text: A post, 1 to 20,000 characters.
            top_k: How many threads to show for each question, 1 to 100.
            collection: Slug of the book that the post is meant for, unless it names only others.

        Raises:
            InvalidQueryError: If the post is empty, too long or only greets, a bound is
                exceeded, or the archive has no such book.
        """
        check_top_k(top_k)
        if collection is not None:
            self.require_collection(collection)
        return self.duplicates.check(text, top_k=top_k, collection=collection)

    @cached_property
    def duplicates(self) -> "DuplicateChecker":
        """What checks posts against this archive; made at the first use."""
        from search.duplicates import DuplicateChecker
        from search.similarity import Comparer
        from search.verdicts import check_calibration_for

        comparer = Comparer(
            self.store,
            self._dense,
            self._lexical,
            self._ranker.late,
            self.encoder,
            self._books,
        )
        return DuplicateChecker(
            self.store,
            comparer,
            self._hit_maker,
            generation=self.generation,
            calibration=check_calibration_for(self.encoder.fingerprint),
            foreign=self._foreign,
            warnings=self._found_at_opening,
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

    def _prepare(self, query: str) -> Query:
        """Read a query as the index sees it."""
        return self._reader.read(query)

    def _shown(self, query: Query, scored: Scored) -> Shown:
        """Return threads in the order in which they are shown."""
        if self._reranker is None:
            return Shown(scored, scored)
        return self._reranker.rerank(query, scored)

    def _hits(
        self, query: Query, shown: Shown, n_hits: int, *, author: str | None
    ) -> tuple[Hit, ...]:
        """Turn the best threads into hits with their evidence."""
        threads = self.store.threads([self._ids[row] for row in shown.last.rows[:n_hits]])
        probabilities = self._judge.probabilities(query, shown.ranked, n_hits)
        return self._hit_maker.hits(query, shown.last, threads, probabilities, author=author)


def _size(result: SearchResult) -> int:
    """Estimate how much memory a result takes: its texts, and the rest of each hit."""
    hits = (*result.hits, *result.closest)
    said = [each for hit in hits for each in (hit.question, hit.follow_up, hit.answer) if each]
    n_chars = sum(len(each.text) for each in said)
    return _HIT_BYTES * (1 + len(hits)) + getsizeof(result.query) + 2 * n_chars

"""The engine: one query in, the nearest answered questions out."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from search.confidence import Calibration
from search.dense import DenseIndex
from search.encoders.base import Embeddings, Encoder
from search.errors import InvalidQueryError, NotFoundError
from search.evidence import answering_sentence, shared_words
from search.fusion import Leg
from search.models import (
    Answer,
    Collection,
    CollectionRef,
    Hit,
    PassageKind,
    Question,
    SearchResult,
    Span,
    Thread,
    ThreadFilter,
)
from search.names import did_you_mean
from search.ranking import Query, Ranker, Scored
from search.rankings import Ranking
from search.store import ThreadStore
from search.text.boilerplate import content
from search.text.tokens import tokenise

MAX_QUERY_CHARS = 1_000
MAX_TOP_K = 100
DEFAULT_TOP_K = 10
N_CLOSEST = 3
_AUTHOR_PREFERENCE = 0.05
_NO_CALIBRATION = "no calibration exists for this encoder: probability and answerable are unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the engine believes of a query before anything is shown."""

    answerable: bool | None
    probability: float | None


@dataclass(frozen=True, slots=True)
class Explained:
    """A ranked thread with the features behind its probability."""

    thread: Thread
    features: Mapping[str, float]


class Engine:
    """Searches one generation of an archive; hold one and share it between threads."""

    def __init__(
        self,
        *,
        store: ThreadStore,
        dense: DenseIndex,
        ranker: Ranker,
        encoder: Encoder,
        generation: str = "memory",
        calibration: Calibration | None = None,
        warnings: Sequence[str] = (),
    ) -> None:
        """Combine the parts of one generation; `open_engine` does this for a bundle."""
        self.generation = generation
        self.store = store
        self.encoder = encoder
        self._dense = dense
        self._ranker = ranker
        self._calibration = calibration
        self._collections = {item.slug: item for item in store.collections()}
        self._ids = store.thread_ids()
        self._warnings = tuple(warnings) if calibration else (*warnings, _NO_CALIBRATION)

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
        _check_query(query)
        _check_top_k(top_k)
        self._check_filter(where)
        prepared = self._prepare(query)
        judgement = self._judge(prepared)
        scored = self._ranker.score(prepared, where)
        silent = judgement.answerable is False
        n_hits = min(N_CLOSEST, top_k) if silent else top_k
        hits = self._hits(prepared, scored, n_hits)
        return SearchResult(
            query=query,
            generation=self.generation,
            answerable=judgement.answerable,
            hits=() if silent else hits,
            closest=hits if silent else (),
            warnings=self._warnings,
            took_ms=1_000 * (time.perf_counter() - started),
        )

    def query_features(self, query: str) -> Mapping[str, float]:
        """Return the archive-wide statistics of a query from which silence is decided."""
        _check_query(query)
        return self._query_features(self._prepare(query))

    def explain(self, query: str, *, depth: int = DEFAULT_TOP_K) -> list[Explained]:
        """Return the best `depth` threads with the features behind their probability."""
        _check_query(query)
        scored = self._ranker.score(self._prepare(query))
        threads = self.store.threads([self._ids[row] for row in scored.rows[:depth]])
        return [
            Explained(thread, self._hit_features(scored, number))
            for number, thread in enumerate(threads)
        ]

    def rank(self, query: str, *, depth: int = MAX_TOP_K) -> list[tuple[Thread, float]]:
        """Return the best `depth` threads with their scores, whether or not they answer."""
        _check_query(query)
        scored = self._ranker.score(self._prepare(query))
        threads = self.store.threads([self._ids[row] for row in scored.rows[:depth]])
        return list(zip(threads, scored.scores[:depth].tolist(), strict=True))

    def rank_leg(
        self, query: str, leg: Leg, *, depth: int = MAX_TOP_K
    ) -> list[tuple[Thread, float]]:
        """Return the best `depth` threads of one leg alone, as baselines need them."""
        _check_query(query)
        top: Ranking = self._ranker.leg_top(self._prepare(query), leg, depth=depth)
        threads = self.store.threads([self._ids[row] for row in top.rows])
        return list(zip(threads, top.scores.tolist(), strict=True))

    def judge(self, query: str) -> Judgement:
        """Return whether anything in the archive helps, and how likely the best thread answers."""
        _check_query(query)
        prepared = self._prepare(query)
        judgement = self._judge(prepared)
        if self._calibration is None:
            return judgement
        scored = self._ranker.score(prepared)
        best = max((self._probability(scored, n) or 0.0 for n in range(len(scored))), default=0.0)
        return Judgement(judgement.answerable, best)

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

    def collection(self, slug: str) -> Collection:
        """Return a collection by slug.

        Raises:
            NotFoundError: If there is none; names the nearest slug.
        """
        if slug not in self._collections:
            hint = did_you_mean(slug, self._collections)
            raise NotFoundError(f"no book or collection {slug!r} in this archive{hint}")
        return self._collections[slug]

    def _prepare(self, query: str) -> Query:
        """Strip greetings and thanks, as the index does, and embed what is left."""
        text = content(query).replace("\n", " ") or query
        return Query(text, self.encoder.encode_queries([text])[0])

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

    def _judge(self, query: Query) -> Judgement:
        """Decide from archive-wide statistics of the query whether to speak at all."""
        if self._calibration is None:
            return Judgement(None, None)
        probability = self._calibration.useful.probability(self._query_features(query))
        return Judgement(probability >= self._calibration.threshold, None)

    def _probability(self, scored: Scored, number: int) -> float | None:
        """Return the calibrated probability that a thread's replies answer the query."""
        if self._calibration is None:
            return None
        return self._calibration.hit.probability(self._hit_features(scored, number))

    def _query_features(self, query: Query) -> Mapping[str, float]:
        """Return statistics of a query over the whole archive."""
        return {"cosine": self._ranker.largest_cosine(query)}

    def _hit_features(self, scored: Scored, number: int) -> Mapping[str, float]:
        """Return what is known of one thread for a query."""
        return {
            "cosine": float(scored.cosines[number]),
            "score": float(scored.scores[number]),
        }

    def _hits(self, query: Query, scored: Scored, n_hits: int) -> tuple[Hit, ...]:
        """Turn the best threads into hits with their evidence."""
        threads = self.store.threads([self._ids[row] for row in scored.rows[:n_hits]])
        terms = frozenset(tokenise(query.text))
        return tuple(
            self._hit(query, scored, number, thread, terms) for number, thread in enumerate(threads)
        )

    def _hit(
        self, query: Query, scored: Scored, number: int, thread: Thread, terms: frozenset[str]
    ) -> Hit:
        """Describe one thread."""
        collection = self._collections[thread.collections[0]]
        return Hit(
            thread_id=thread.thread_id,
            source_refs=thread.source_refs,
            rank=number + 1,
            score=float(scored.scores[number]),
            probability=self._probability(scored, number),
            question=Question(
                thread.question.text, shared_words(thread.question.text, terms=terms)
            ),
            asker=thread.question.speaker,
            collection=CollectionRef.of(collection),
            answered_by=thread.answered_by,
            answer=self._answer(query, int(scored.rows[number]), thread, terms),
            url=collection.url,
            why={leg.value: float(values[number]) for leg, values in scored.parts.items()},
            also_in=thread.collections[1:],
        )

    def _answer(
        self, query: Query, row: int, thread: Thread, terms: frozenset[str]
    ) -> Answer | None:
        """Return the reply that is nearest to the query, the author's at about equal nearness."""
        ids, cosines = self._dense.best_passages(query.embedding, kind=PassageKind.ANSWER, row=row)
        passages = self.store.passages(ids.tolist())
        if not passages:
            return None
        lifted = cosines + _AUTHOR_PREFERENCE * np.array([item.by_author for item in passages])
        passage = passages[int(np.argmax(lifted))]
        assert passage.message is not None  # noqa: S101
        message = thread.messages[passage.message]
        within = passage.span or Span(0, len(message.text))
        sentence = answering_sentence(message.text, within=within, terms=terms, weights={})
        return Answer(
            speaker=message.speaker,
            role=message.role,
            author=message.author,
            text=message.text,
            message_id=message.message_id,
            highlights=(sentence,) if sentence else (),
        )


def _check_query(query: str) -> None:
    """Refuse a query that cannot be searched for."""
    if not query.strip():
        raise InvalidQueryError("the query is empty: say what you want to know")
    if len(query) > MAX_QUERY_CHARS:
        raise InvalidQueryError(
            f"the query has {len(query):,} characters, {MAX_QUERY_CHARS:,} are allowed: "
            "keep the question and leave the background out"
        )


def _check_top_k(top_k: int) -> None:
    """Refuse a number of hits out of range."""
    if not 1 <= top_k <= MAX_TOP_K:
        raise InvalidQueryError(f"top_k is {top_k:,}: it goes from 1 to {MAX_TOP_K}")

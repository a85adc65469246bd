"""Score and order threads for a query with all indexes of a generation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from search.dense import DenseIndex, MaskOf
from search.encoders.base import Embeddings
from search.fusion import (
    DEFAULT_WEIGHTS,
    FIRST_STAGE,
    LIFTING,
    NORMALISATION_DEPTH,
    UNANSWERED,
    Bounds,
    Leg,
    combine,
    order,
    shares,
)
from search.late import LateIndex
from search.lexical import LexicalIndex
from search.models import PassageKind, ThreadFilter
from search.phrases import PhraseFinder
from search.rankings import Ranking, Rows
from search.stages import Stage, timed
from search.text.tokens import tokenise

LATE_DEPTH = 100
DENSE_LEGS: Mapping[Leg, PassageKind] = {
    Leg.QUESTION: PassageKind.QUESTION,
    Leg.ANSWER: PassageKind.ANSWER,
    Leg.THREAD: PassageKind.THREAD,
}


@dataclass(frozen=True, slots=True)
class Query:
    """A query as the indexes see it: its words, its embedding `(dim,)` and those of its tokens.

    `tokens` has the shape `(n, width)`; None where the encoder has none. `says_something` is
    whether more than courtesies was typed, `known` the share of its words that are spelt right,
    `foreign` what to tell who asks in a language that the archive is not in, `phrases` what stands
    in quotation marks, `left_out` what no thread may say, `left_out_books` the slugs of those that
    this names, `books` and `authors` the slugs of those that the query names. `repaired` has what
    was put in the place of which words.
    """

    text: str
    embedding: Embeddings
    tokens: Embeddings | None = None
    says_something: bool = True
    known: float = 1.0
    foreign: str | None = None
    phrases: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    left_out_books: frozenset[str] = frozenset()
    repaired: Mapping[str, str] = field(default_factory=dict)
    books: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()

    @property
    def only_quotes(self) -> bool:
        """Tell whether nothing is asked but what stands in quotation marks."""
        quoted = set(tokenise(" ".join(self.phrases)))
        return bool(self.phrases) and quoted.issuperset(tokenise(self.text))


@dataclass(frozen=True, slots=True)
class Scored:
    """Threads by row with everything that was found out about them, best first.

    `parts` has what each leg adds to the score, `cosines` the largest cosine between the query
    and one of the thread's passages, `late` the late interaction before it is weighed (0 where
    there is none); all of shape `(n,)`. `largest` is the largest raw score that each leg of the
    first stage has in the whole archive, whatever the filter. `lifting_share` is the share that
    the legs of `LIFTING` have of the scores, 0 where nothing is named or quoted.
    """

    rows: Rows
    scores: NDArray[np.float64]
    parts: Mapping[Leg, NDArray[np.float64]]
    cosines: NDArray[np.float64]
    late: NDArray[np.float64]
    largest: Mapping[Leg, float] = field(default_factory=dict)
    lifting_share: float = 0.0

    def __len__(self) -> int:
        """Return how many threads were scored."""
        return len(self.rows)

    @property
    def relevance(self) -> NDArray[np.float64]:
        """The scores that the threads would have if nothing were named or quoted, shape `(n,)`."""
        lifts = [self.parts[leg] for leg in LIFTING if leg in self.parts]
        if not lifts:
            return self.scores
        return np.asarray((self.scores - np.sum(lifts, axis=0)) / (1.0 - self.lifting_share))

    def take(self, places: NDArray[np.int64]) -> "Scored":
        """Return some of the threads, in this order."""
        return Scored(
            rows=self.rows[places],
            scores=self.scores[places],
            parts={leg: values[places] for leg, values in self.parts.items()},
            cosines=self.cosines[places],
            late=self.late[places],
            largest=self.largest,
            lifting_share=self.lifting_share,
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """What the first stage knows of the threads that it found; see `Scored`."""

    rows: Rows
    evidence: Mapping[Leg, NDArray[np.float64]]
    cosines: NDArray[np.float64]
    largest: Mapping[Leg, float]


class Ranker:
    """Ranks the threads of one generation."""

    def __init__(
        self,
        dense: DenseIndex,
        lexical: LexicalIndex,
        *,
        answered: NDArray[np.bool_],
        mask_of: MaskOf,
        late: LateIndex | None = None,
        phrases: PhraseFinder | None = None,
        weights: Mapping[Leg, float] = DEFAULT_WEIGHTS,
    ) -> None:
        """Combine indexes.

        Args:
            dense: Finds threads by embeddings.
            lexical: Finds threads by words.
            answered: Which rows hold an answer, shape `(n_threads,)`.
            mask_of: Says which rows pass a filter.
            late: Compares tokens; without it that part is missing.
            phrases: Finds what is quoted; without it quotation marks mean nothing.
            weights: How much each leg counts.
        """
        self._dense = dense
        self._lexical = lexical
        self.late = late
        self._answered = answered
        self._mask_of = mask_of
        self.phrases = phrases
        self._weights = dict(weights)

    @property
    def n_threads(self) -> int:
        """How many threads the archive has."""
        return len(self._answered)

    def leg_top(
        self, query: Query, leg: Leg, *, depth: int, where: ThreadFilter | None = None
    ) -> Ranking:
        """Return the best threads of a leg of the first stage with its own raw scores.

        Raises:
            ValueError: If the leg only scores what others have found.
        """
        if leg not in FIRST_STAGE:
            raise ValueError(f"{leg.value} finds nothing alone; name one of {FIRST_STAGE}")
        if leg in DENSE_LEGS:
            kind = DENSE_LEGS[leg]
            return self._dense.top(query.embedding, kind=kind, depth=depth, where=where)
        return self._lexical.top(query.text, depth=depth, where=where)

    def _leg_scores(self, query: Query, leg: Leg, rows: Rows) -> NDArray[np.float32]:
        """Return one leg's raw scores of the given threads."""
        if leg in DENSE_LEGS:
            return self._dense.scores(query.embedding, kind=DENSE_LEGS[leg], rows=rows)
        return self._lexical.scores(query.text, rows=rows)

    def score(self, query: Query, where: ThreadFilter | None = None) -> Scored:
        """Score the threads that may be returned, in order; at most `LATE_DEPTH`.

        The legs of the first stage choose them. Late interaction then adds its part to the score
        of each one, so that no thread is returned whose score lacks a part.
        """
        with timed(Stage.RANK):
            first = self._first_stage(query, where)
        with timed(Stage.LATE):
            evidence = dict(first.evidence)
            if self.late is not None and query.tokens is not None:
                evidence[Leg.LATE] = self.late.scores(query.tokens, rows=first.rows)
            parts = self._weigh(query, evidence, first.rows)
            best_first = self._best_first(first.rows, parts)
        return Scored(
            rows=first.rows[best_first],
            scores=np.sum(list(parts.values()), axis=0)[best_first],
            parts={leg: values[best_first] for leg, values in parts.items()},
            cosines=first.cosines[best_first],
            late=evidence.get(Leg.LATE, np.zeros(len(first.rows)))[best_first],
            largest=first.largest,
            lifting_share=sum(
                share for leg, share in shares(evidence, self._weights).items() if leg in LIFTING
            ),
        )

    def _first_stage(self, query: Query, where: ThreadFilter | None) -> _Found:
        """Find the threads that may be returned by the legs of the first stage."""
        best = {leg: self.leg_top(query, leg, depth=NORMALISATION_DEPTH) for leg in FIRST_STAGE}
        said = self._said(query)
        rows = self._candidates(query, best, said, where)
        raw = {leg: self._leg_scores(query, leg, rows) for leg in FIRST_STAGE}
        n_threads = len(self._answered)
        evidence = {
            leg: Bounds.of(best[leg], n_threads=n_threads).normalise(scores)
            for leg, scores in raw.items()
        }
        if query.books:
            named = [self._mask_of(ThreadFilter(collection=slug))[rows] for slug in query.books]
            evidence[Leg.NAMED] = np.any(named, axis=0).astype(np.float64)
        if said:
            evidence[Leg.QUOTED] = np.mean([np.isin(rows, each) for each in said], axis=0)
        cosines = np.max([raw[leg] for leg in DENSE_LEGS], axis=0).astype(np.float64)
        kept = self._best_first(rows, self._weigh(query, evidence, rows))[:LATE_DEPTH]
        return _Found(
            rows=rows[kept],
            evidence={leg: values[kept] for leg, values in evidence.items()},
            cosines=cosines[kept],
            largest={leg: float(top.scores[0]) for leg, top in best.items() if len(top)},
        )

    def _said(self, query: Query) -> list[Rows]:
        """Return for each quoted phrase that somebody says the threads that say it."""
        if self.phrases is None:
            return []
        return [rows for rows in map(self.phrases.rows_saying, query.phrases) if len(rows)]

    def _weigh(
        self, query: Query, evidence: Mapping[Leg, NDArray[np.float64]], rows: Rows
    ) -> dict[Leg, NDArray[np.float64]]:
        """Weigh the evidence; what is named or quoted counts as far as the thread is near.

        Where a query only quotes, it counts in full. All evidence for a thread that nobody answers
        counts less.
        """
        kept = np.where(self._answered[rows], 1.0, UNANSWERED)
        others = {leg: kept * values for leg, values in evidence.items() if leg not in LIFTING}
        lifts = {leg: evidence[leg] for leg in LIFTING if leg in evidence}
        if not lifts:
            return combine(others, self._weights)
        relevance = np.sum(list(combine(others, self._weights).values()), axis=0)
        lifted = {
            leg: values * (kept if leg is Leg.QUOTED and query.only_quotes else relevance)
            for leg, values in lifts.items()
        }
        return combine({**others, **lifted}, self._weights)

    def _candidates(
        self,
        query: Query,
        best: Mapping[Leg, Ranking],
        said: Sequence[Rows],
        where: ThreadFilter | None,
    ) -> Rows:
        """Return every thread that any leg of the first stage has among its best.

        The best of the books that are named, and those that say a quoted phrase, are among them
        where they pass the filter. Those that say what is to be left out, or are of
        such a book, are not.
        """
        found = list(best.values()) if not where else self._filtered(query, where)
        for slug in query.books:
            if where is None or where.collection is None:
                of_book = replace(where or ThreadFilter(), collection=slug)
                found += self._filtered(query, of_book)
        saying = [rows[self._mask_of(where)[rows]] if where else rows for rows in said]
        rows = np.unique(np.concatenate([*(ranking.rows for ranking in found), *saying]))
        for slug in query.left_out_books:
            rows = rows[~self._mask_of(ThreadFilter(collection=slug))[rows]]
        if self.phrases is not None:
            for phrase in query.left_out:
                rows = rows[~self.phrases.are_saying(phrase, rows)]
        return rows

    def _filtered(self, query: Query, where: ThreadFilter) -> list[Ranking]:
        """Return the best threads that pass a filter, for each leg of the first stage."""
        return [
            self.leg_top(query, leg, depth=NORMALISATION_DEPTH, where=where) for leg in FIRST_STAGE
        ]

    def _best_first(
        self, rows: Rows, parts: Mapping[Leg, NDArray[np.float64]]
    ) -> NDArray[np.int64]:
        """Return the positions of threads whose parts are given, best first."""
        return order(np.sum(list(parts.values()), axis=0), self._answered[rows], rows)

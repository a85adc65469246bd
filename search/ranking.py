"""Score and order threads for a query with all indexes of a generation."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.dense import DenseIndex
from search.encoders.base import Embeddings
from search.fusion import DEFAULT_WEIGHTS, NORMALISATION_DEPTH, Bounds, Leg, combine, order
from search.lexical import LexicalIndex
from search.models import PassageKind, ThreadFilter
from search.rankings import Ranking, Rows

DENSE_LEGS: Mapping[Leg, PassageKind] = {
    Leg.QUESTION: PassageKind.QUESTION,
    Leg.ANSWER: PassageKind.ANSWER,
    Leg.THREAD: PassageKind.THREAD,
}


@dataclass(frozen=True, slots=True)
class Query:
    """A query as the indexes see it: its words and its embedding `(dim,)`."""

    text: str
    embedding: Embeddings


@dataclass(frozen=True, slots=True)
class Scored:
    """Threads by row with everything that was found out about them, best first.

    `parts` has what each leg adds to the score, `cosines` the largest cosine between the query
    and one of the thread's passages; all of shape `(n,)`.
    """

    rows: Rows
    scores: NDArray[np.float64]
    parts: Mapping[Leg, NDArray[np.float64]]
    cosines: NDArray[np.float64]

    def __len__(self) -> int:
        """Return how many threads were scored."""
        return len(self.rows)


class Ranker:
    """Ranks the threads of one generation."""

    def __init__(
        self,
        dense: DenseIndex,
        lexical: LexicalIndex,
        *,
        answered: NDArray[np.bool_],
        weights: Mapping[Leg, float] = DEFAULT_WEIGHTS,
    ) -> None:
        """Combine indexes; `answered` says which rows hold an answer, shape `(n_threads,)`."""
        self._dense = dense
        self._lexical = lexical
        self._answered = answered
        self._weights = dict(weights)

    def leg_top(
        self, query: Query, leg: Leg, *, depth: int, where: ThreadFilter | None = None
    ) -> Ranking:
        """Return one leg's best threads with its own raw scores."""
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
        """Score every thread that any leg has among its best, in order.

        A thread that is on no leg's list would score 0 on all of them.
        """
        best = {leg: self.leg_top(query, leg, depth=NORMALISATION_DEPTH) for leg in Leg}
        listed = (
            best
            if not where
            else {
                leg: self.leg_top(query, leg, depth=NORMALISATION_DEPTH, where=where) for leg in Leg
            }
        )
        rows = np.unique(np.concatenate([ranking.rows for ranking in listed.values()]))
        raw = {leg: self._leg_scores(query, leg, rows) for leg in Leg}
        n_threads = len(self._answered)
        parts = combine(
            {
                leg: Bounds.of(best[leg], n_threads=n_threads).normalise(scores)
                for leg, scores in raw.items()
            },
            self._weights,
        )
        scores = np.sum(list(parts.values()), axis=0)
        cosines = np.max([raw[leg] for leg in DENSE_LEGS], axis=0).astype(np.float64)
        best_first = order(scores, self._answered[rows], rows)
        return Scored(
            rows=rows[best_first],
            scores=scores[best_first],
            parts={leg: values[best_first] for leg, values in parts.items()},
            cosines=cosines[best_first],
        )

    def largest_cosine(self, query: Query) -> float:
        """Return the largest cosine between the query and any passage of the archive."""
        tops = [self.leg_top(query, leg, depth=1) for leg in DENSE_LEGS]
        return max((float(top.scores[0]) for top in tops if len(top)), default=0.0)

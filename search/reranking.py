"""Blend what a cross-encoder says of the best threads into their score.

The ranking chooses `depth` threads, and these alone are returned. A thread is read with the query
by its question and the passage that is nearest in meaning; what comes out is blended with its
score, so that a model that errs cannot throw out what every other evidence speaks for.
Probabilities stay those of the ranking, for which they were calibrated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from search.dense import DenseIndex
from search.encoders.cross import PairScorer
from search.fusion import Leg
from search.models import PassageKind
from search.ranking import Query, Scored
from search.rankings import Rows
from search.stages import Stage, timed
from search.store import ThreadStore


@dataclass(frozen=True, slots=True)
class Reranking:
    """A cross-encoder, its share of the score, and how many threads it reads for a query."""

    scorer: PairScorer
    share: float = 0.3
    depth: int = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """Threads in the order in which they are shown.

    `ranked` has the scores of the ranking, `last` those that are shown; without a reranker they
    are the same.
    """

    ranked: Scored
    last: Scored


class Reranker:
    """Reranks the threads of one generation."""

    def __init__(self, reranking: Reranking, store: ThreadStore, dense: DenseIndex) -> None:
        """Read threads from a store and choose their passages by a dense index."""
        self._reranking = reranking
        self._store = store
        self._dense = dense

    def rerank(self, query: Query, scored: Scored) -> Shown:
        """Read the best threads with the query and order them anew, ties as they were."""
        share = self._reranking.share
        with timed(Stage.RERANK):
            best = scored.take(np.arange(min(self._reranking.depth, len(scored))))
            read = self._reranking.scorer.scores(query.text, self._texts(query, best.rows))
            scores = (1.0 - share) * best.scores + share * read
            order = np.argsort(-scores, kind="stable")
        parts: Mapping[Leg, NDArray[np.float64]] = {
            **{leg: (1.0 - share) * values for leg, values in best.parts.items()},
            Leg.RERANK: share * read,
        }
        last = replace(best, scores=scores, parts=parts)
        return Shown(best.take(order), last.take(order))

    def _texts(self, query: Query, rows: Rows) -> list[str]:
        """Return what is read of each thread."""
        nearest = [
            (
                self._nearest(query, PassageKind.QUESTION, int(row)),
                self._nearest(query, PassageKind.ANSWER, int(row)),
            )
            for row in rows
        ]
        wanted = sorted({each for pair in nearest for each in pair if each is not None})
        texts = {
            passage_id: passage.text
            for passage_id, passage in zip(wanted, self._store.passages(wanted), strict=True)
        }
        return ["\n".join(texts[each] for each in pair if each is not None) for pair in nearest]

    def _nearest(self, query: Query, kind: PassageKind, row: int) -> int | None:
        """Return the passage of a kind that is nearest to the query, None where there is none."""
        ids, cosines = self._dense.best_passages(query.embedding, kind=kind, row=row)
        return int(ids[np.argmax(cosines)]) if len(ids) else None

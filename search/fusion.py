"""Combine what each index says of a thread into one score.

A convex combination of min-max normalised scores: each leg is brought to [0, 1] by its smallest
and largest score among the best `NORMALISATION_DEPTH` threads of the whole archive, so that a
score depends on the query and the thread alone, never on filters or on how many hits are asked
for.

References:
    Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023.
    https://doi.org/10.1145/3596512
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from search.rankings import Ranking

NORMALISATION_DEPTH = 200


class Leg(StrEnum):
    """One kind of evidence for a thread."""

    QUESTION = "question"
    ANSWER = "answer"
    THREAD = "thread"
    LEXICAL = "lexical"
    LATE = "late"
    NAMED = "named"
    QUOTED = "quoted"
    RERANK = "rerank"


FIRST_STAGE: tuple[Leg, ...] = (Leg.QUESTION, Leg.ANSWER, Leg.THREAD, Leg.LEXICAL)
UNANSWERED = 0.8
"""The share of its score that is left to a thread that nobody answers."""
# What these say of a thread counts as far as the thread is near by the others, and in full where a
# query only quotes.
LIFTING: tuple[Leg, ...] = (Leg.NAMED, Leg.QUOTED)

DEFAULT_WEIGHTS: Mapping[Leg, float] = {
    Leg.QUESTION: 1.0,
    Leg.ANSWER: 1.0,
    Leg.THREAD: 2.0,
    Leg.LEXICAL: 2.0,
    Leg.LATE: 18.0,
    Leg.NAMED: 12.0,
    Leg.QUOTED: 12.0,
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """The scores that one leg maps to 0 and to 1 for one query."""

    low: float
    high: float

    @classmethod
    def of(cls, ranking: Ranking, *, n_threads: int) -> "Bounds":
        """Take the bounds from a leg's unfiltered best threads.

        A leg that found fewer threads than it could have counts the others as 0.
        """
        if not len(ranking):
            return cls(0.0, 0.0)
        complete = len(ranking) >= min(NORMALISATION_DEPTH, n_threads)
        lowest = float(ranking.scores[-1])
        return cls(lowest if complete else min(lowest, 0.0), float(ranking.scores[0]))

    def normalise(self, scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """Bring scores to [0, 1]; a leg that cannot tell threads apart says 0 or 1."""
        values = np.asarray(scores, dtype=np.float64)
        width = self.high - self.low
        if width <= 0.0:
            return np.where(values >= self.high, float(self.high > 0.0), 0.0)
        return np.clip((values - self.low) / width, 0.0, 1.0)


def shares(legs: Iterable[Leg], weights: Mapping[Leg, float] = DEFAULT_WEIGHTS) -> dict[Leg, float]:
    """Return the weights of some legs as shares of 1, in the proportions given.

    Raises:
        ValueError: If a weight is negative or all are 0.
    """
    own = {leg: weights[leg] for leg in legs}
    total = sum(own.values())
    if total <= 0.0 or min(own.values()) < 0.0:
        raise ValueError(f"weights must be at least 0 and one above it, got {own}")
    return {leg: weight / total for leg, weight in own.items()}


def combine(
    evidence: Mapping[Leg, NDArray[np.float64]], weights: Mapping[Leg, float] = DEFAULT_WEIGHTS
) -> dict[Leg, NDArray[np.float64]]:
    """Weigh normalised evidence.

    Args:
        evidence: For each leg the normalised scores of the same threads, shape `(n,)`.
        weights: How much each leg counts; those of the legs given become shares of 1.

    Returns:
        What each leg contributes to each thread's score; the sum over legs is the score.
    """
    share = shares(evidence, weights)
    return {leg: share[leg] * values for leg, values in evidence.items()}


def order(
    scores: NDArray[np.float64], answered: NDArray[np.bool_], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the positions best first: larger scores, then answered threads, then smaller ids."""
    return np.lexsort((rows, ~answered, -scores))

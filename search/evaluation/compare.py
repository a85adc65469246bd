"""Tell whether one run is better than another, query by query."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.evaluation.collections import Qrels
from search.evaluation.metrics import Metric, score_queries
from search.evaluation.runs import Run

N_RESAMPLES = 10_000

_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class QueryChange:
    """The value of a metric for one query before and after."""

    qid: str
    before: float
    after: float

    @property
    def difference(self) -> float:
        """How much better it became; negative where it became worse."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """The mean difference of two runs with its 95 % interval.

    `wins` and `losses` have the largest change first; what is in neither is a tie.
    """

    metric: Metric
    n_queries: int
    difference: float
    low: float
    high: float
    wins: tuple[QueryChange, ...]
    losses: tuple[QueryChange, ...]


def compare_runs(
    before: Run, after: Run, qrels: Qrels, *, metric: Metric = Metric.NDCG_10, seed: int = 0
) -> Comparison:
    """Compare two runs over the queries that have a relevant thread.

    Raises:
        ValueError: If there is no such query.
    """
    changes = _changes(before, after, qrels, metric)
    differences = [change.difference for change in changes]
    low, high = bootstrap_interval(differences, seed=seed)
    ordered = sorted(changes, key=lambda change: (-abs(change.difference), change.qid))
    return Comparison(
        metric=metric,
        n_queries=len(changes),
        difference=math.fsum(differences) / len(differences),
        low=low,
        high=high,
        wins=tuple(change for change in ordered if change.difference > _TIE),
        losses=tuple(change for change in ordered if change.difference < -_TIE),
    )


def bootstrap_interval(
    differences: Sequence[float], *, seed: int, n_resamples: int = N_RESAMPLES
) -> tuple[float, float]:
    """Estimate the 95 % interval of a mean by resampling (percentile bootstrap).

    Args:
        differences: One value a query.
        seed: The same seed gives the same interval.
        n_resamples: How often the queries are drawn anew, with replacement.

    Raises:
        ValueError: If there is no difference or no resample.

    References:
        Sakai, SIGIR 2006. https://doi.org/10.1145/1148170.1148261
    """
    if not differences or n_resamples < 1:
        raise ValueError(
            f"{len(differences)} differences, {n_resamples} resamples; give at least one of each"
        )
    values = np.asarray(differences, dtype=np.float64)
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(n_resamples)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _changes(before: Run, after: Run, qrels: Qrels, metric: Metric) -> list[QueryChange]:
    old, new = score_queries(before, qrels), score_queries(after, qrels)
    return [QueryChange(qid, old[qid].value(metric), new[qid].value(metric)) for qid in old]

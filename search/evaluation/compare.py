"""Tell whether one run is better than another, query by query."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from search.evaluation.collections import Qrels
from search.evaluation.metrics import Metric, Scores, score_queries
from search.evaluation.report import EvaluationReport
from search.evaluation.runs import Run

N_RESAMPLES = 10_000

MAIN_METRICS = tuple(metric for metric in Metric if metric is not Metric.JUDGED_10)

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
    """The means of two runs, and their difference with its 95 % interval.

    `wins` and `losses` have the largest change first; what is in neither is a tie.
    """

    metric: Metric
    n_queries: int
    before: float
    after: float
    difference: float
    low: float
    high: float
    wins: tuple[QueryChange, ...]
    losses: tuple[QueryChange, ...]


@dataclass(frozen=True, slots=True)
class VerdictFlip:
    """A query that met silence before and is answered after, or the other way round.

    `right` says whether it is better so.
    """

    qid: str
    query: str
    answered: bool
    right: bool


def compare_runs(
    before: Run, after: Run, qrels: Qrels, *, metric: Metric = Metric.NDCG_10, seed: int = 0
) -> Comparison:
    """Compare two runs by one metric over the queries that have a relevant thread.

    Raises:
        ValueError: If there is no such query.
    """
    return compare_metrics(before, after, qrels, metrics=(metric,), seed=seed)[metric]


def compare_metrics(
    before: Run,
    after: Run,
    qrels: Qrels,
    *,
    metrics: Sequence[Metric] = MAIN_METRICS,
    seed: int = 0,
) -> dict[Metric, Comparison]:
    """Compare two runs by several metrics, on the same resamples of the queries.

    Raises:
        ValueError: If no query has a relevant thread.
    """
    old, new = score_queries(before, qrels), score_queries(after, qrels)
    return {metric: _compare(old, new, metric, seed) for metric in metrics}


def verdict_flips(before: EvaluationReport, after: EvaluationReport) -> tuple[VerdictFlip, ...]:
    """Return the queries of which one engine shows hits and the other none, wrong ones first."""
    old = {row.qid: row.answerable for row in before.queries}
    flips = [
        VerdictFlip(row.qid, row.query, row.answerable, row.answerable == (row.n_relevant > 0))
        for row in after.queries
        if row.answerable is not None
        and old.get(row.qid) is not None
        and row.answerable != old[row.qid]
    ]
    return tuple(sorted(flips, key=lambda flip: (flip.right, flip.qid)))


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


def _compare(
    old: Mapping[str, Scores], new: Mapping[str, Scores], metric: Metric, seed: int
) -> Comparison:
    changes = [QueryChange(qid, old[qid].value(metric), new[qid].value(metric)) for qid in old]
    differences = [change.difference for change in changes]
    low, high = bootstrap_interval(differences, seed=seed)
    ordered = sorted(changes, key=lambda change: (-abs(change.difference), change.qid))
    return Comparison(
        metric=metric,
        n_queries=len(changes),
        before=fmean(change.before for change in changes),
        after=fmean(change.after for change in changes),
        difference=math.fsum(differences) / len(differences),
        low=low,
        high=high,
        wins=tuple(change for change in ordered if change.difference > _TIE),
        losses=tuple(change for change in ordered if change.difference < -_TIE),
    )

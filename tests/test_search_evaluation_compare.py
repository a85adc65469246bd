"""Paired comparison: intervals by resampling, wins and losses by query."""

import numpy as np
import pytest

from search.evaluation.compare import QueryChange, bootstrap_interval, compare_runs
from search.evaluation.metrics import Metric
from search.evaluation.runs import Run

QRELS = {"q1": {"a": 1}, "q2": {"a": 1}, "q3": {"a": 1}, "q4": {"a": 1}, "none": {"a": 0}}


def run_of(**rankings: str) -> Run:
    """Make a run from letters, best first."""
    return {
        qid: [(ref, float(-rank)) for rank, ref in enumerate(refs)]
        for qid, refs in rankings.items()
    }


BEFORE = run_of(q1="ab", q2="ba", q3="bca", q4="ab", none="a")
AFTER = run_of(q1="ab", q2="ab", q3="ab", q4="bcda", none="b")


def test_wins_and_losses_by_query() -> None:
    """The largest change comes first; ties and `none` queries are in neither list."""
    comparison = compare_runs(BEFORE, AFTER, QRELS, metric=Metric.MRR_10)
    assert comparison.n_queries == 4
    assert comparison.wins == (QueryChange("q3", 1 / 3, 1.0), QueryChange("q2", 1 / 2, 1.0))
    assert comparison.losses == (QueryChange("q4", 1.0, 1 / 4),)
    assert comparison.difference == pytest.approx((0 + 1 / 2 + 2 / 3 - 3 / 4) / 4)
    assert comparison.low < comparison.difference < comparison.high


def test_same_seed_same_interval() -> None:
    """The interval is a function of the runs and the seed."""
    assert compare_runs(BEFORE, AFTER, QRELS) == compare_runs(BEFORE, AFTER, QRELS)
    values = np.random.default_rng(1).normal(size=50).tolist()
    assert bootstrap_interval(values, seed=3) == bootstrap_interval(values, seed=3)
    assert bootstrap_interval(values, seed=3) != bootstrap_interval(values, seed=4)


def test_equal_runs_have_no_interval() -> None:
    """A run does not differ from itself."""
    comparison = compare_runs(AFTER, AFTER, QRELS)
    assert (comparison.difference, comparison.low, comparison.high) == (0, 0, 0)
    assert comparison.wins == comparison.losses == ()


def test_interval_of_a_coin() -> None:
    """For 0 and 1 alike in 100 queries it is the binomial's: 0.5 ± 1.96 * sqrt(0.25 / 100)."""
    low, high = bootstrap_interval([0.0, 1.0] * 50, seed=0)
    half_width = 1.96 * (0.25 / 100) ** 0.5
    assert (low, high) == pytest.approx((0.5 - half_width, 0.5 + half_width), abs=0.01)


@pytest.mark.parametrize(("differences", "n_resamples"), [([], 10), ([0.1], 0)])
def test_nothing_to_resample_is_refused(differences: list[float], n_resamples: int) -> None:
    """An interval needs a difference and a resample."""
    with pytest.raises(ValueError, match="give at least one of each"):
        bootstrap_interval(differences, seed=0, n_resamples=n_resamples)

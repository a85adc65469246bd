"""Paired comparison: intervals by resampling, wins and losses by query."""

from pathlib import Path

import numpy as np
import pytest

from search.evaluation.collections import JudgedQuery, TestCollection
from search.evaluation.compare import (
    MAIN_METRICS,
    QueryChange,
    VerdictFlip,
    bootstrap_interval,
    compare_metrics,
    compare_runs,
    verdict_flips,
)
from search.evaluation.metrics import Metric
from search.evaluation.report import Confidence, EvaluationReport, evaluate_run
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
    assert comparison.before == pytest.approx((1 + 1 / 2 + 1 / 3 + 1) / 4)
    assert comparison.after == pytest.approx(comparison.before + comparison.difference)
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


def test_every_metric_is_compared_as_if_alone() -> None:
    """All but judged@10, which is no quality."""
    found = compare_metrics(BEFORE, AFTER, QRELS)
    assert tuple(found) == MAIN_METRICS
    assert set(Metric) - set(MAIN_METRICS) == {Metric.JUDGED_10}
    for metric in MAIN_METRICS:
        assert found[metric] == compare_runs(BEFORE, AFTER, QRELS, metric=metric)


def said(**answerable: bool | None) -> EvaluationReport:
    """Report what an engine says of four queries, the last of which nothing answers."""
    queries = tuple(
        JudgedQuery(qid, "none" if qid == "none" else "nl", f"text of {qid}")
        for qid in ("q1", "q2", "q3", "none")
    )
    collection = TestCollection("tiny", Path("tiny"), queries, QRELS)
    confidences = {qid: Confidence(each, None) for qid, each in answerable.items()}
    return evaluate_run({}, collection, known_refs={"a"}, confidences=confidences)


def test_verdicts_that_change_say_whether_they_are_right() -> None:
    """Wrong ones come first; what stays, and what one of both does not know, is no flip."""
    before = said(q1=True, q2=False, q3=None, none=False)
    after = said(q1=False, q2=True, q3=True, none=True)
    assert verdict_flips(before, after) == (
        VerdictFlip("none", "text of none", answered=True, right=False),
        VerdictFlip("q1", "text of q1", answered=False, right=False),
        VerdictFlip("q2", "text of q2", answered=True, right=True),
    )
    assert verdict_flips(after, after) == ()
    assert verdict_flips(before, said()) == verdict_flips(said(), after) == ()

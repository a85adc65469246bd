"""Metrics against cases worked by hand and against formulas in NumPy."""

from dataclasses import asdict, fields
from math import log2
from pathlib import Path

import ir_measures
import numpy as np
import pytest

from search.evaluation.collections import Qrels, read_collection
from search.evaluation.metrics import (
    METRIC_NAMES,
    Metric,
    Scores,
    mean_scores,
    score_queries,
)
from search.evaluation.runs import Run

GRADES = {"two": 2, "one": 1, "uno": 1, "zero": 0}
IDEAL = 3 / log2(2) + 1 / log2(3) + 1 / log2(4)
FILLER = tuple(f"filler{i}" for i in range(20))


def run_of(refs: tuple[str, ...]) -> Run:
    """Make a run of one query `q` with falling scores."""
    return {"q": [(ref, 1 - rank / 100) for rank, ref in enumerate(refs)]}


def score(refs: tuple[str, ...], metric: Metric) -> float:
    """Score one ranking under GRADES."""
    return score_queries(run_of(refs), {"q": GRADES})["q"].value(metric)


@pytest.mark.parametrize(
    ("metric", "refs", "expected"),
    [
        (Metric.NDCG_10, ("two", "one", "uno"), 1.0),
        (Metric.NDCG_10, ("one", "zero", "two"), (1 / log2(2) + 3 / log2(4)) / IDEAL),
        (Metric.NDCG_10, ("zero", "other", "uno"), (1 / log2(4)) / IDEAL),
        (Metric.NDCG_10, (*FILLER[:9], "two"), (3 / log2(11)) / IDEAL),
        (Metric.NDCG_10, (*FILLER[:10], "two"), 0.0),
        (Metric.NDCG_10, (), 0.0),
        (Metric.MRR_5, ("one", "two"), 1 / 1),
        (Metric.MRR_5, ("zero", "other", "two"), 1 / 3),
        (Metric.MRR_5, (*FILLER[:4], "one"), 1 / 5),
        (Metric.MRR_5, (*FILLER[:5], "one"), 0.0),
        (Metric.MRR_10, (*FILLER[:5], "one"), 1 / 6),
        (Metric.MRR_10, (*FILLER[:9], "one"), 1 / 10),
        (Metric.MRR_10, (*FILLER[:10], "one"), 0.0),
        (Metric.HIT_5, (*FILLER[:4], "one"), 1.0),
        (Metric.HIT_5, (*FILLER[:5], "two"), 0.0),
        (Metric.RECALL_10, ("one", "zero", "two"), 2 / min(10, 3)),
        (Metric.RECALL_10, (*FILLER[:9], "two", "one"), 1 / min(10, 3)),
        (Metric.RECALL_10, ("zero",), 0 / min(10, 3)),
        (Metric.P_1, ("one",), 1.0),
        (Metric.P_1, ("zero", "two"), 0.0),
        (Metric.P_1_GRADE_2, ("two",), 1.0),
        (Metric.P_1_GRADE_2, ("one", "two"), 0.0),
        (Metric.JUDGED_10, ("zero", "other", "two", "another"), 2 / 4),
        (Metric.JUDGED_10, (*FILLER[:9], "zero", "one"), 1 / 10),
        (Metric.JUDGED_10, (), 1.0),
    ],
)
def test_metric_by_hand(metric: Metric, refs: tuple[str, ...], expected: float) -> None:
    """Each metric agrees with its formula written out."""
    assert score(refs, metric) == pytest.approx(expected, abs=1e-12)


def test_recall_of_a_broad_topic_can_reach_one() -> None:
    """With 25 relevant threads the first ten are all that counts."""
    grades = {f"t{i}": 1 for i in range(25)}
    scores = score_queries(run_of(tuple(grades)[:10]), {"q": grades})["q"]
    assert scores.recall_10 == 10 / min(10, 25)


def test_queries_without_relevant_thread_are_left_out() -> None:
    """They have no score, so they cannot enter a mean."""
    qrels: Qrels = {"q": {"a": 1}, "zeros": {"a": 0}, "unjudged": {}}
    run: Run = {qid: [("a", 1.0)] for qid in qrels}
    assert list(score_queries(run, qrels)) == ["q"]
    assert score_queries(run, {"zeros": {"a": 0}}) == {}


def test_query_that_the_run_lacks_scores_zero() -> None:
    """Nothing returned is a miss, not a gap."""
    assert score_queries({}, {"q": {"a": 2}})["q"] == Scores(0, 0, 0, 0, 0, 0, 0, 1)


@pytest.mark.parametrize("step", [0.0, 1e-12], ids=["equal", "equal in 32 bits"])
def test_scores_of_a_run_cannot_reorder_it(step: float) -> None:
    """Only the order of a run counts, whatever its scores round to."""
    for refs in (("a", "b", "c"), ("c", "b", "a")):
        run = {"q": [(ref, 0.5 - step * rank) for rank, ref in enumerate(refs)]}
        scores = score_queries(run, {"q": {"b": 2}})["q"]
        assert (scores.mrr_10, scores.ndcg_10) == pytest.approx((1 / 2, 1 / log2(3)))


def test_mean_is_over_queries() -> None:
    """Each metric is averaged apart; without a query there is no mean."""
    one = Scores(1, 1, 1, 1, 1, 1, 1, 1)
    other = Scores(0.5, 0, 0.25, 0, 0.75, 0, 0, 0.5)
    assert mean_scores([one, other]) == Scores(0.75, 0.5, 0.625, 0.5, 0.875, 0.5, 0.5, 0.75)
    assert mean_scores([]) is None


def test_one_table_names_every_metric() -> None:
    """Fields, choices and printed names are the same set in the same order."""
    names = [field.name for field in fields(Scores)]
    assert names == list(Metric) == list(METRIC_NAMES)


def test_judged_agrees_with_the_library() -> None:
    """For a ranking that is not empty, judged@10 is the library's."""
    refs = ("zero", "other", "two", *FILLER)
    run = {"q": {ref: float(-rank) for rank, ref in enumerate(refs)}}
    library = ir_measures.calc_aggregate([ir_measures.Judged @ 10], {"q": GRADES}, run)
    assert score(refs, Metric.JUDGED_10) == library[ir_measures.Judged @ 10]


def oracle(refs: list[str], grades: dict[str, int]) -> dict[str, float]:
    """Compute the metrics as the development collection's own script does."""
    gained = np.array([grades.get(ref, 0) for ref in refs[:10]], float)
    ideal = np.sort(list(grades.values()))[::-1][:10].astype(float)
    discount = 1 / np.log2(np.arange(2, 12))
    hits = np.flatnonzero(gained > 0)
    rank = hits[0] + 1 if len(hits) else np.inf
    ndcg = ((2**gained - 1) * discount[: len(gained)]).sum()
    ndcg /= ((2**ideal - 1) * discount[: len(ideal)]).sum()
    return {
        "ndcg_10": ndcg,
        "mrr_5": 1 / rank if rank <= 5 else 0.0,
        "mrr_10": 1 / rank,
        "hit_5": float(rank <= 5),
        "recall_10": len(hits) / min(10, sum(grade > 0 for grade in grades.values())),
        "p_1": float(gained[:1].sum() >= 1),
        "p_1_grade_2": float(gained[:1].sum() == 2),
        "judged_10": float(np.mean([ref in grades for ref in refs[:10]])) if refs else 1.0,
    }


@pytest.mark.parametrize("seed", range(200))
def test_agrees_with_the_numpy_formulas(seed: int) -> None:
    """Random rankings of any length score the same both ways."""
    rng = np.random.default_rng(seed)
    threads = [f"book#{i}" for i in range(40)]
    judged = rng.permutation(threads)[: rng.integers(1, 35)].tolist()
    grades = {ref: int(rng.choice(3, p=[0.6, 0.25, 0.15])) for ref in judged}
    grades[judged[0]] = int(rng.integers(1, 3))
    refs = rng.permutation(threads)[: rng.integers(0, 30)].tolist()
    scores = score_queries(run_of(tuple(refs)), {"q": grades})["q"]
    assert asdict(scores) == pytest.approx(oracle(refs, grades), abs=1e-12)


def test_ideal_order_scores_one_on_the_development_collection(test_data: Path) -> None:
    """Sorting by grade is perfect for each of the 102 answerable queries."""
    qrels = read_collection(test_data / "eval" / "dev").qrels
    run = {
        qid: [(ref, float(-rank)) for rank, ref in enumerate(sorted(row, key=lambda r: -row[r]))]
        for qid, row in qrels.items()
    }
    scores = score_queries(run, qrels)
    assert len(scores) == 102
    assert {score.ndcg_10 for score in scores.values()} == {1.0}
    assert {score.recall_10 for score in scores.values()} == {1.0}

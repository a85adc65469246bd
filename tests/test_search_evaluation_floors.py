"""Floors: which figures they name, when they are missed, what is refused."""

from pathlib import Path

import pytest

from search.errors import InvalidQueryError
from search.evaluation.collections import JudgedQuery, TestCollection
from search.evaluation.floors import FLOOR_NAMES, Floor, figure, missed_floors, parse_floor
from search.evaluation.metrics import Metric
from search.evaluation.report import Confidence, EvaluationReport, evaluate_run

QUERIES = ("q1", "q2", "q3", "q4", "none1", "none2")


def report(*, confident: bool = True) -> EvaluationReport:
    """Rank the relevant thread first for one of four queries; answer three of them and bread."""
    collection = TestCollection(
        name="tiny",
        folder=Path("tiny"),
        queries=tuple(JudgedQuery(qid, qid.strip("1234"), qid) for qid in QUERIES),
        qrels={qid: {"a": 2 if qid.startswith("q") else 0} for qid in QUERIES},
    )
    answered = {"q1", "q2", "q3", "none1"}
    said = {qid: Confidence(qid in answered, None) for qid in QUERIES} if confident else {}
    run = {qid: [("a" if qid == "q1" else "b", 1.0)] for qid in QUERIES}
    return evaluate_run(run, collection, known_refs={"a"}, confidences=said)


def test_every_metric_and_both_sides_of_silence_have_a_figure() -> None:
    assert (*(metric.value for metric in Metric), "silent", "answered") == FLOOR_NAMES
    found = report()
    assert figure(found, "p_1") == 1 / 4
    assert figure(found, "silent") == 1 / 2
    assert figure(found, "answered") == 3 / 4
    assert all(figure(found, name) is not None for name in FLOOR_NAMES)


def test_a_floor_that_is_reached_says_nothing() -> None:
    reached = [Floor("p_1", 0.25), Floor("silent", 0.5), Floor("answered", 0.75)]
    assert list(missed_floors(report(), reached)) == []


def test_a_missed_floor_is_one_line() -> None:
    missed = [Floor("p_1", 0.2501), Floor("silent", 0.5), Floor("answered", 1)]
    assert list(missed_floors(report(), missed)) == [
        "tiny: p_1 is 0.25000, below its floor of 0.2501",
        "tiny: answered is 0.75000, below its floor of 1",
    ]


def test_a_figure_that_is_not_there_misses_its_floor() -> None:
    """A gate that cannot be measured is not passed, even at 0."""
    lines = list(missed_floors(report(confident=False), [Floor("silent", 0), Floor("p_1", 0)]))
    assert lines == ["tiny: silent has no value here, the floor is 0"]


@pytest.mark.parametrize(
    ("text", "floor"),
    [("ndcg_10=0.72", Floor("ndcg_10", 0.72)), ("silent=1", Floor("silent", 1))],
)
def test_a_floor_is_read(text: str, floor: Floor) -> None:
    assert parse_floor(text) == floor


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nDCG@10=0.7", "'nDCG@10' is no figure; give one of ndcg_10, "),
        ("=0.7", "'' is no figure"),
        ("", "'' is no figure"),
        ("ndcg_10", "give a number from 0 to 1 after 'ndcg_10='"),
        ("ndcg_10=", "give a number from 0 to 1"),
        ("ndcg_10=high", "give a number from 0 to 1"),
        ("ndcg_10=72", "give a number from 0 to 1"),
        ("ndcg_10=-0.1", "give a number from 0 to 1"),
        ("ndcg_10=nan", "give a number from 0 to 1"),
    ],
)
def test_anything_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidQueryError, match=message):
        parse_floor(text)

"""Reports: what is averaged, what is kept apart, what is refused."""

import json
from collections.abc import Sequence
from math import log2
from pathlib import Path

import pytest

from search.errors import CorpusError
from search.evaluation.calibration import auc_interval, reliability
from search.evaluation.collections import JudgedQuery, TestCollection
from search.evaluation.judged import FoundThread
from search.evaluation.report import (
    Confidence,
    Silence,
    Summary,
    evaluate,
    evaluate_run,
    rank_queries,
)
from search.evaluation.runs import RankedThread

COLLECTION = TestCollection(
    name="tiny",
    folder=Path("tiny"),
    queries=(
        JudgedQuery("n1", "nl", "how to test?"),
        JudgedQuery("n2", "nl", "how to ship?"),
        JudgedQuery("t1", "topic", "testing"),
        JudgedQuery("x1", "none", "bread?"),
    ),
    qrels={"n1": {"a": 2, "b": 0}, "n2": {"b": 1}, "t1": {"a": 1}, "x1": {"b": 0}},
)
REFS = frozenset("abc")
QIDS = {query.query: query.qid for query in COLLECTION.queries}


class FixedRanker:
    """Returns the same two threads for every query and counts how often it is asked."""

    def __init__(self) -> None:
        """Start the count."""
        self.asked: list[str] = []

    def rank(self, query: str, *, depth: int) -> Sequence[RankedThread]:
        """Rank `a` with its twin `c`, then `b`."""
        self.asked.append(query)
        return [RankedThread(("a", "c"), 0.9), RankedThread(("b",), 0.2)][:depth]


def says(query: str) -> Confidence:
    """Stay silent about bread and, wrongly, about shipping."""
    return Confidence(answerable="test" in query, probability=len(query) / 100)


def test_ranks_every_query() -> None:
    """Queries that nothing answers are ranked too."""
    ranker = FixedRanker()
    run = rank_queries(ranker, COLLECTION)
    assert list(run) == ["n1", "n2", "t1", "x1"]
    assert [ref for ref, _ in run["x1"]] == ["a", "c", "b"]
    assert ranker.asked == [query.query for query in COLLECTION.queries]


def test_means_overall_and_by_type() -> None:
    """`none` queries are in no mean and have no score."""
    report = evaluate(FixedRanker(), COLLECTION, known_refs=REFS)
    assert report.overall.n_queries == 3
    assert report.overall.means is not None
    assert report.overall.means.mrr_10 == pytest.approx((1 + 1 / 3 + 1) / 3)
    assert report.overall.means.ndcg_10 == pytest.approx((1 + 1 / log2(4) + 1) / 3)
    assert {type_: summary.n_queries for type_, summary in report.by_type.items()} == {
        "nl": 2,
        "topic": 1,
        "none": 0,
    }
    assert report.by_type["none"] == Summary(0, None)
    assert [row.n_relevant for row in report.queries] == [1, 1, 1, 0]
    assert report.queries[3].scores is None


def test_without_confidence_there_is_no_silence() -> None:
    """A ranker that says nothing about the query is not judged for it."""
    report = evaluate(FixedRanker(), COLLECTION, known_refs=REFS)
    assert report.silence is None
    assert {(row.answerable, row.probability) for row in report.queries} == {(None, None)}


def test_silence_is_kept_apart_from_ranking() -> None:
    """Wrong silence costs nothing in the means and shows in its own block."""
    plain = evaluate(FixedRanker(), COLLECTION, known_refs=REFS)
    report = evaluate(FixedRanker(), COLLECTION, known_refs=REFS, confidence=says)
    assert report.overall == plain.overall
    assert report.silence == Silence(
        n_answerable=3, n_answered=2, n_unanswerable=1, n_silent=1, auc=None
    )
    assert [row.answerable for row in report.queries] == [True, False, True, False]
    assert report.queries[0].probability == 0.12


def test_unknown_verdicts_are_left_out_of_silence() -> None:
    """Without a calibration there is a probability at most, no verdict."""
    report = evaluate(
        FixedRanker(), COLLECTION, known_refs=REFS, confidence=lambda _: Confidence(None, 0.5)
    )
    assert report.silence is None
    assert report.queries[0].probability == 0.5


def test_unknown_ref_stops_before_ranking() -> None:
    """Any judged ref that the index lacks is an error, grade 0 included."""
    ranker = FixedRanker()
    with pytest.raises(CorpusError, match=r"1 of 2 judged threads are not in the index.*'b'"):
        evaluate(ranker, COLLECTION, known_refs={"a", "c"})
    assert ranker.asked == []
    with pytest.raises(CorpusError, match="1 of 2 judged threads"):
        evaluate_run({}, COLLECTION, known_refs={"a", "c"})


def test_finished_run_scores_as_its_ranker() -> None:
    """Ranking and scoring can be done apart."""
    run = rank_queries(FixedRanker(), COLLECTION)
    assert evaluate_run(run, COLLECTION, known_refs=REFS) == evaluate(
        FixedRanker(), COLLECTION, known_refs=REFS
    )


def test_report_is_json() -> None:
    """Every value survives JSON and carries the fields' names."""
    report = evaluate(FixedRanker(), COLLECTION, known_refs=REFS, confidence=says)
    document = report.to_dict()
    assert json.loads(json.dumps(document, allow_nan=False))["queries"][3] == {
        "qid": "x1",
        "type": "none",
        "query": "bread?",
        "n_relevant": 0,
        "scores": None,
        "answerable": False,
        "probability": 0.06,
        "useful": None,
        "hits": [],
    }
    assert list(document) == [
        "collection",
        "overall",
        "by_type",
        "queries",
        "silence",
        "hits",
        "useful",
    ]


def found(*refs: str, probability: float | None) -> FoundThread:
    """Make a thread of some posts."""
    return FoundThread(refs[0], refs, 0.5, probability, "a question", "A Book", None)


def judged(run: dict[str, list[str]], said: dict[str, list[FoundThread]], **useful: float):
    """Score a run whose threads have probabilities, and whose queries may have one."""
    return evaluate_run(
        {qid: [(ref, -rank) for rank, ref in enumerate(refs)] for qid, refs in run.items()},
        COLLECTION,
        known_refs=REFS,
        confidences={q.qid: Confidence(None, None, useful.get(q.qid)) for q in COLLECTION.queries},
        found=said,
    )


def test_hits_carry_their_grades() -> None:
    """A thread has the best grade of its posts; one without any is told apart from grade 0."""
    threads = [found("a", "c", probability=0.9), found("b", probability=0.1)]
    report = judged(
        {"n1": ["a", "c", "b"], "n2": ["c"]}, {"n1": threads, "n2": [found("c", probability=0.7)]}
    )
    first, second = report.queries[0].hits
    assert [(hit.rank, hit.grade, hit.unjudged) for hit in (first, second)] == [
        (1, 2, ("c",)),
        (2, 0, ()),
    ]
    (lonely,) = report.queries[1].hits
    assert (lonely.grade, lonely.unjudged) == (None, ("c",))
    assert [(row.qid, hit.unjudged) for row, hit in report.unjudged] == [
        ("n1", ("c",)),
        ("n2", ("c",)),
    ]


def test_what_is_unjudged_is_what_judged_10_leaves() -> None:
    """The list and the metric count the same posts, and none beyond the tenth."""
    refs = ["a", "b", *(f"x{number}" for number in range(20))]
    threads = [found(ref, probability=None) for ref in refs[:10]]
    report = judged({"n1": refs}, {"n1": threads})
    (scores,) = [row.scores for row in report.queries if row.qid == "n1"]
    assert scores is not None
    n_unjudged = sum(len(hit.unjudged) for _, hit in report.unjudged)
    assert n_unjudged == 8
    assert scores.judged_10 == pytest.approx(1 - n_unjudged / 10)


def test_probabilities_of_hits_come_true_at_grade_2_only() -> None:
    """Grade 1 is no answer, and neither is a thread without a grade."""
    report = judged(
        {},
        {
            "n1": [found("a", probability=0.8), found("c", probability=0.4)],
            "t1": [found("a", probability=0.6), found("b", probability=None)],
        },
    )
    assert report.hits == reliability([0.8, 0.4, 0.6], [1, 0, 0])
    assert report.useful is None


def test_probabilities_of_queries_come_true_where_anything_is_relevant() -> None:
    """The same probabilities say how well silence can be told from speech."""
    said = {"n1": 0.9, "n2": 0.3, "t1": 0.8, "x1": 0.4}
    report = evaluate(
        FixedRanker(),
        COLLECTION,
        known_refs=REFS,
        confidence=lambda query: Confidence(True, None, said[QIDS[query]]),
    )
    assert report.useful == reliability([0.9, 0.3, 0.8, 0.4], [1, 1, 1, 0])
    assert report.silence is not None
    assert report.silence.auc == auc_interval([1, 1, 1, 0], [0.9, 0.3, 0.8, 0.4])
    assert report.silence.auc.value == pytest.approx(2 / 3)
    assert report.hits is None


def test_queries_of_one_kind_have_no_area() -> None:
    """Where all are answerable nothing is told apart."""
    kept = TestCollection("kept", Path("kept"), COLLECTION.queries[:1], {"n1": {"a": 2}})
    report = evaluate(
        FixedRanker(), kept, known_refs=REFS, confidence=lambda _: Confidence(True, 0.5, 0.5)
    )
    assert report.silence == Silence(1, 1, 0, 0, auc=None)
    assert report.useful is not None
    assert report.useful.brier_skill is None

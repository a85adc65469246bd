"""Evaluate a ranker, or a finished run, on a test collection.

Ranking is measured before silence: a query counts towards the means when a relevant thread
exists, whether or not the ranker would have kept silent. A probability of a hit comes true where
the thread has grade 2; a thread without a grade is taken not to answer, as in the metrics.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from search.evaluation.calibration import Interval, Reliability, auc_interval, reliability
from search.evaluation.collections import JudgedQuery, TestCollection, check_refs
from search.evaluation.judged import FoundThread, JudgedHit, judge_hits
from search.evaluation.metrics import Scores, count_relevant, mean_scores, score_queries
from search.evaluation.runs import RUN_DEPTH, RankedThread, Run, expand

ANSWERS = 2
"""The grade of a thread whose replies directly answer the query."""


class Ranker(Protocol):
    """Whatever ranks threads for a query."""

    def rank(self, query: str, *, depth: int) -> Sequence[RankedThread]:
        """Return at most `depth` threads, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Confidence:
    """What an engine says about a query as a whole; None without a calibration.

    `answerable` is whether it would show hits, `probability` the largest of any thread, `useful`
    that anything helps at all.
    """

    answerable: bool | None
    probability: float | None
    useful: float | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Means over the queries that have a relevant thread; None where there is no such query."""

    n_queries: int
    means: Scores | None


@dataclass(frozen=True, slots=True)
class QueryRow:
    """One query; `scores` is None where no thread is relevant.

    `hits` are its first ten threads, where the ranker says more of them than their refs.
    """

    qid: str
    type: str
    query: str
    n_relevant: int
    scores: Scores | None
    answerable: bool | None
    probability: float | None
    useful: float | None
    hits: tuple[JudgedHit, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """How often a ranker spoke where it should, and kept silent where it should.

    `auc` is how well the probability that anything helps tells the two kinds of query apart,
    None where there is none or only one kind.
    """

    n_answerable: int
    n_answered: int
    n_unanswerable: int
    n_silent: int
    auc: Interval | None


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """The figures of one run on one collection.

    `silence` is None where the ranker does not say what is answerable. `hits` says how far the
    probabilities of the first ten threads come true (grade 2), `useful` those that anything helps
    (any grade from 1); None where there are none.
    """

    collection: str
    overall: Summary
    by_type: Mapping[str, Summary]
    queries: tuple[QueryRow, ...]
    silence: Silence | None
    hits: Reliability | None
    useful: Reliability | None

    @property
    def unjudged(self) -> tuple[tuple[QueryRow, JudgedHit], ...]:
        """The hits of the first ten that hold a post without a grade, with their queries."""
        return tuple((row, hit) for row in self.queries for hit in row.hits if hit.unjudged)

    def to_dict(self) -> dict[str, object]:
        """Return what `json.dumps` accepts, with the fields' names."""
        return asdict(self)


def evaluate(
    ranker: Ranker,
    collection: TestCollection,
    *,
    known_refs: Container[str],
    confidence: Callable[[str], Confidence] | None = None,
    depth: int = RUN_DEPTH,
) -> EvaluationReport:
    """Rank every query of a collection and score the result.

    Args:
        ranker: What is measured.
        collection: Queries and judgements.
        known_refs: The refs that the ranker could return.
        confidence: From the query to what the engine says about it; optional.
        depth: How many refs a query keeps.

    Raises:
        CorpusError: If a judged ref is not among the known ones; before any ranking.
    """
    check_refs(collection, known_refs)
    run = rank_queries(ranker, collection, depth=depth)
    said = {q.qid: confidence(q.query) for q in collection.queries} if confidence else {}
    return evaluate_run(run, collection, known_refs=known_refs, confidences=said)


def rank_queries(ranker: Ranker, collection: TestCollection, *, depth: int = RUN_DEPTH) -> Run:
    """Rank every query of a collection, those that nothing answers included."""
    return {
        query.qid: expand(ranker.rank(query.query, depth=depth), depth=depth)
        for query in collection.queries
    }


def evaluate_run(
    run: Run,
    collection: TestCollection,
    *,
    known_refs: Container[str],
    confidences: Mapping[str, Confidence] | None = None,
    found: Mapping[str, Sequence[FoundThread]] | None = None,
) -> EvaluationReport:
    """Score a run that was made before.

    Args:
        run: What is measured.
        collection: Queries and judgements.
        known_refs: The refs that the run could contain.
        confidences: By qid, what the engine says about a query; optional.
        found: By qid, the first threads of the run, best first; optional.

    Raises:
        CorpusError: If a judged ref is not among the known ones.
    """
    check_refs(collection, known_refs)
    hits = {
        qid: judge_hits(threads, [ref for ref, _ in run.get(qid, ())], collection.qrels[qid])
        for qid, threads in (found or {}).items()
    }
    rows = _rows(score_queries(run, collection.qrels), collection, confidences or {}, hits)
    types = dict.fromkeys(row.type for row in rows)
    return EvaluationReport(
        collection=collection.name,
        overall=_summary(rows),
        by_type={type_: _summary(row for row in rows if row.type == type_) for type_ in types},
        queries=rows,
        silence=_silence(rows),
        hits=_reliability_of_hits(rows),
        useful=_reliability_of_queries(rows),
    )


def _rows(
    scores: Mapping[str, Scores],
    collection: TestCollection,
    confidences: Mapping[str, Confidence],
    hits: Mapping[str, tuple[JudgedHit, ...]],
) -> tuple[QueryRow, ...]:
    def row(query: JudgedQuery) -> QueryRow:
        said = confidences.get(query.qid, Confidence(None, None))
        return QueryRow(
            qid=query.qid,
            type=query.type,
            query=query.query,
            n_relevant=count_relevant(collection.qrels[query.qid]),
            scores=scores.get(query.qid),
            answerable=said.answerable,
            probability=said.probability,
            useful=said.useful,
            hits=hits.get(query.qid, ()),
        )

    return tuple(map(row, collection.queries))


def _summary(rows: Iterable[QueryRow]) -> Summary:
    scores = [row.scores for row in rows if row.scores is not None]
    return Summary(len(scores), mean_scores(scores))


def _silence(rows: Sequence[QueryRow]) -> Silence | None:
    said = [(row.n_relevant > 0, row.answerable) for row in rows if row.answerable is not None]
    if not said:
        return None
    return Silence(
        n_answerable=sum(should for should, _ in said),
        n_answered=said.count((True, True)),
        n_unanswerable=sum(not should for should, _ in said),
        n_silent=said.count((False, False)),
        auc=_silence_auc(rows),
    )


def _silence_auc(rows: Sequence[QueryRow]) -> Interval | None:
    labels, said = _usefulness(rows)
    return auc_interval(labels, said) if len(set(labels)) == len((True, False)) else None


def _reliability_of_queries(rows: Sequence[QueryRow]) -> Reliability | None:
    labels, said = _usefulness(rows)
    return reliability(said, labels)


def _reliability_of_hits(rows: Sequence[QueryRow]) -> Reliability | None:
    pairs = [
        (hit.thread.probability, hit.grade == ANSWERS)
        for row in rows
        for hit in row.hits
        if hit.thread.probability is not None
    ]
    return reliability([said for said, _ in pairs], [label for _, label in pairs])


def _usefulness(rows: Sequence[QueryRow]) -> tuple[list[bool], list[float]]:
    """Return whether anything helps, and the probability of it, where there is one."""
    pairs = [(row.n_relevant > 0, row.useful) for row in rows if row.useful is not None]
    return [label for label, _ in pairs], [said for _, said in pairs]

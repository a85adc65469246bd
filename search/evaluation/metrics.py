"""Ranking metrics a query and their means.

Grades are 0, 1 and 2; relevant means a grade of at least 1. Formulas:

- nDCG@10: sum of gain / log2(rank + 1) over the sum of the ideal order; gains 0, 1, 3.
- MRR@k: 1 / rank of the first relevant thread, 0 below rank k.
- hit@5: 1 if there is a relevant thread in the first five.
- Recall@10: relevant threads in the first ten over min(10, relevant threads).
- P@1: 1 if the first thread is relevant; P@1(2): if its grade is 2.
- judged@10: share of the first ten that has a grade; 1 where nothing was returned.

References:
    Jarvelin, Kekalainen, TOIS 2002. https://doi.org/10.1145/582415.582418
    MacAvaney, Macdonald, Ounis, ECIR 2022 (ir_measures).
    https://doi.org/10.1007/978-3-030-99739-7_38
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from statistics import fmean

import ir_measures
from ir_measures import RR, Measure, P, Provider, Success, nDCG

from search.evaluation.collections import Qrels
from search.evaluation.runs import Run


class Metric(StrEnum):
    """The metrics, named as the fields of Scores."""

    NDCG_10 = "ndcg_10"
    MRR_5 = "mrr_5"
    MRR_10 = "mrr_10"
    HIT_5 = "hit_5"
    RECALL_10 = "recall_10"
    P_1 = "p_1"
    P_1_GRADE_2 = "p_1_grade_2"
    JUDGED_10 = "judged_10"


METRIC_NAMES: Mapping[Metric, str] = {
    Metric.NDCG_10: "nDCG@10",
    Metric.MRR_5: "MRR@5",
    Metric.MRR_10: "MRR@10",
    Metric.HIT_5: "hit@5",
    Metric.RECALL_10: "Recall@10",
    Metric.P_1: "P@1",
    Metric.P_1_GRADE_2: "P@1(2)",
    Metric.JUDGED_10: "judged@10",
}

# Providers are named so that no other package that is installed can change a figure.
_LIBRARY: Mapping[Metric, tuple[Provider, Measure]] = {
    Metric.NDCG_10: (
        ir_measures.pytrec_eval,
        nDCG(cutoff=10, gains={0: 0, 1: 1, 2: 3}),
    ),
    Metric.MRR_5: (ir_measures.msmarco, RR @ 5),
    Metric.MRR_10: (ir_measures.msmarco, RR @ 10),
    Metric.HIT_5: (ir_measures.pytrec_eval, Success @ 5),
    Metric.P_1: (ir_measures.pytrec_eval, P @ 1),
    Metric.P_1_GRADE_2: (
        ir_measures.pytrec_eval,
        P(cutoff=1, rel=2),
    ),
}


@dataclass(frozen=True, slots=True)
class Scores:
    """One value for each metric, of one query or as means; all in [0, 1]."""

    ndcg_10: float
    mrr_5: float
    mrr_10: float
    hit_5: float
    recall_10: float
    p_1: float
    p_1_grade_2: float
    judged_10: float

    def value(self, metric: Metric) -> float:
        """Look one metric up."""
        value: float = getattr(self, metric)
        return value


def score_queries(run: Run, qrels: Qrels) -> dict[str, Scores]:
    """Score every query that has a relevant thread; nothing returned scores 0."""
    judged = {qid: dict(grades) for qid, grades in qrels.items() if count_relevant(grades)}
    ranked = {qid: [ref for ref, _ in run.get(qid, ())] for qid in judged}
    library = _library_values(ranked, judged)
    return {
        qid: Scores(
            recall_10=_recall(refs, judged[qid]),
            judged_10=_judged(refs, judged[qid]),
            **library[qid],
        )
        for qid, refs in ranked.items()
    }


def mean_scores(scores: Collection[Scores]) -> Scores | None:
    """Average over queries, each metric apart; None without a query."""
    if not scores:
        return None
    rows = [asdict(score) for score in scores]
    return Scores(**{metric: fmean(row[metric] for row in rows) for metric in Metric})


def count_relevant(grades: Mapping[str, int]) -> int:
    """Count the relevant threads of one query."""
    return sum(grade >= 1 for grade in grades.values())


def _library_values(
    ranked: Mapping[str, Sequence[str]], judged: Mapping[str, dict[str, int]]
) -> dict[str, dict[str, float]]:
    # Ranks stand in for scores: exact in any float width, never a tie for trec_eval to break.
    run = {qid: {ref: float(-i) for i, ref in enumerate(refs)} for qid, refs in ranked.items()}
    values: dict[str, dict[str, float]] = {qid: {} for qid in judged}
    for metric, (provider, measure) in _LIBRARY.items():
        for qid, _, value in provider.iter_calc([measure], dict(judged), run):
            values[qid][metric] = float(value)
    return values


def _recall(refs: Sequence[str], grades: Mapping[str, int]) -> float:
    found = sum(grades.get(ref, 0) >= 1 for ref in refs[:10])
    return found / min(10, count_relevant(grades))


def _judged(refs: Sequence[str], grades: Mapping[str, int]) -> float:
    top = refs[:10]
    return sum(ref in grades for ref in top) / len(top) if top else 1.0

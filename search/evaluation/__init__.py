"""Measure rankings on test collections."""

from search.evaluation.baselines import (
    BASELINES,
    LegRanker,
    baseline_runs,
    reciprocal_rank_fusion,
)
from search.evaluation.collections import (
    DuplicateCase,
    DuplicateLabel,
    JudgedQuery,
    Qrels,
    TestCollection,
    check_refs,
    read_collection,
    sample,
)
from search.evaluation.compare import Comparison, QueryChange, bootstrap_interval, compare_runs
from search.evaluation.metrics import METRIC_NAMES, Metric, Scores, mean_scores, score_queries
from search.evaluation.report import (
    Confidence,
    EvaluationReport,
    QueryRow,
    Ranker,
    Silence,
    Summary,
    evaluate,
    evaluate_run,
    rank_queries,
)
from search.evaluation.runs import RankedThread, Run, expand, read_run, write_run

__all__ = [
    "BASELINES",
    "METRIC_NAMES",
    "Comparison",
    "Confidence",
    "DuplicateCase",
    "DuplicateLabel",
    "EvaluationReport",
    "JudgedQuery",
    "LegRanker",
    "Metric",
    "Qrels",
    "QueryChange",
    "QueryRow",
    "RankedThread",
    "Ranker",
    "Run",
    "Scores",
    "Silence",
    "Summary",
    "TestCollection",
    "baseline_runs",
    "bootstrap_interval",
    "check_refs",
    "compare_runs",
    "evaluate",
    "evaluate_run",
    "expand",
    "mean_scores",
    "rank_queries",
    "read_collection",
    "read_run",
    "reciprocal_rank_fusion",
    "sample",
    "score_queries",
    "write_run",
]

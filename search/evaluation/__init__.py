"""Measure rankings on test collections."""

from search.evaluation.baselines import (
    BASELINES,
    LegRanker,
    baseline_runs,
    reciprocal_rank_fusion,
)
from search.evaluation.calibration import Interval, Reliability, ReliabilityBin
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
from search.evaluation.compare import (
    Comparison,
    QueryChange,
    VerdictFlip,
    bootstrap_interval,
    compare_metrics,
    compare_runs,
    verdict_flips,
)
from search.evaluation.floors import FLOOR_NAMES, Floor, missed_floors, parse_floor
from search.evaluation.judged import FoundThread, JudgedHit
from search.evaluation.metrics import METRIC_NAMES, Metric, Scores, mean_scores, score_queries
from search.evaluation.misspelling import misspell, misspelt, without_misspelt
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
    "FLOOR_NAMES",
    "METRIC_NAMES",
    "Comparison",
    "Confidence",
    "DuplicateCase",
    "DuplicateLabel",
    "EvaluationReport",
    "Floor",
    "FoundThread",
    "Interval",
    "JudgedHit",
    "JudgedQuery",
    "LegRanker",
    "Metric",
    "Qrels",
    "QueryChange",
    "QueryRow",
    "RankedThread",
    "Ranker",
    "Reliability",
    "ReliabilityBin",
    "Run",
    "Scores",
    "Silence",
    "Summary",
    "TestCollection",
    "VerdictFlip",
    "baseline_runs",
    "bootstrap_interval",
    "check_refs",
    "compare_metrics",
    "compare_runs",
    "evaluate",
    "evaluate_run",
    "expand",
    "mean_scores",
    "missed_floors",
    "misspell",
    "misspelt",
    "parse_floor",
    "rank_queries",
    "read_collection",
    "read_run",
    "reciprocal_rank_fusion",
    "sample",
    "score_queries",
    "verdict_flips",
    "without_misspelt",
    "write_run",
]

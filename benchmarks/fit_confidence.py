"""Fit the coefficients of `search.confidence` on judged queries, and measure them.

Run: python -m benchmarks.fit_confidence COLLECTION --bundle BUNDLE [--write]

The collection must be judged to the depth of 10; its pairs of query and thread teach the
probability of a hit. Whether anything helps is learnt from its queries together with the
committed collections `second` (answerable), `unanswerable` (in the archive's field, checked
against it) and `offtopic`. All figures are of folds by query, so that no query is judged by a
model that has seen it; the three kinds of query that must meet silence are never pooled. With
`--write` the coefficients fitted on all queries go to `search/calibration.json`.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from search import open_engine
from search.engine import Engine
from search.evaluation import TestCollection, read_collection
from search.signals import HIT_SIGNALS, QUERY_SIGNALS

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden"
DATA = ROOT / "search" / "calibration.json"
SEED = 7
N_FOLDS = 5
N_REPEATS = 5
SHARE_LOST = 0.1
OFF_TOPIC_WEIGHT = 0.4

Rows = NDArray[np.float64]
Groups = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Queries:
    """Queries with their signals, whether the archive helps, and which set they are of.

    `silent` are those that meet silence by rule, whatever the signals.
    """

    signals: Rows
    helped: Rows
    sets: NDArray[np.str_]
    silent: NDArray[np.bool_]


def hit_rows(engine: Engine, collection: TestCollection) -> tuple[Rows, Rows, Groups]:
    """Return signals, labels (grade 2) and query numbers of the top 10 of every query."""
    signals, labels, groups = [], [], []
    for number, query in enumerate(collection.queries):
        grades = collection.qrels.get(query.qid, {})
        for hit in engine.explain(query.query, depth=10).hits:
            signals.append([hit.signals[name] for name in HIT_SIGNALS])
            labels.append(max(grades.get(ref, 0) for ref in hit.thread.source_refs) == 2)
            groups.append(number)
    return np.array(signals), np.array(labels, dtype=float), np.array(groups)


def query_rows(engine: Engine, collections: Sequence[tuple[str, TestCollection]]) -> Queries:
    """Return the signals of all queries; unanswerable ones of `dev` are a set of their own."""
    signals, helped, sets, silent = [], [], [], []
    for name, collection in collections:
        for query in collection.queries:
            explained = engine.explain(query.query, depth=1)
            useful = any(collection.qrels.get(query.qid, {}).values())
            signals.append([explained.query[each] for each in QUERY_SIGNALS])
            helped.append(useful)
            sets.append("answerable" if useful else name)
            silent.append(explained.is_mute)
    return Queries(
        np.array(signals), np.array(helped, dtype=float), np.array(sets), np.array(silent)
    )


def fit(signals: Rows, labels: Rows, weights: Rows | None = None) -> LogisticRegression:
    """Fit a logistic regression with next to no penalty."""
    return LogisticRegression(C=30.0, max_iter=5_000).fit(signals, labels, sample_weight=weights)


def held_out(signals: Rows, labels: Rows, groups: Groups, weights: Rows | None = None) -> Rows:
    """Return the mean probability over repeats by models that have not seen a row's group."""
    total = np.zeros(len(labels))
    for repeat in range(N_REPEATS):
        order = np.random.default_rng(SEED + repeat).permutation(groups.max() + 1)
        fold = order[groups] % N_FOLDS
        for number in range(N_FOLDS):
            seen = fold != number
            model = fit(signals[seen], labels[seen], None if weights is None else weights[seen])
            total[~seen] += model.predict_proba(signals[~seen])[:, 1]
    return total / N_REPEATS


def calibration_error(probabilities: Rows, labels: Rows, n_bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal mass."""
    bins = np.array_split(np.argsort(probabilities, kind="stable"), n_bins)
    gaps = [abs(probabilities[rows].mean() - labels[rows].mean()) * len(rows) for rows in bins]
    return float(sum(gaps) / len(labels))


def brier_skill(probabilities: Rows, labels: Rows) -> float:
    """Return the share of the base rate's Brier score that is gone."""
    base = np.mean((labels.mean() - labels) ** 2)
    return float(1 - np.mean((probabilities - labels) ** 2) / base)


def auc_interval(labels: Rows, scores: Rows) -> tuple[float, float, float]:
    """Return ROC-AUC with its 95 % bootstrap interval over queries."""
    generator = np.random.default_rng(SEED)
    draws = []
    while len(draws) < 2_000:
        rows = generator.integers(0, len(labels), len(labels))
        if 0 < labels[rows].sum() < len(rows):
            draws.append(roc_auc_score(labels[rows], scores[rows]))
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(roc_auc_score(labels, scores)), float(low), float(high)


def print_silence(queries: Queries, said: Rows, threshold: float) -> None:
    """Print a line for each kind of query that must meet silence."""
    said = np.where(queries.silent, 0.0, said)
    answerable = queries.sets == "answerable"
    lost = np.mean(said[answerable] < threshold)
    print(f"silence at threshold {threshold:.3f}: {lost:.3f} of {answerable.sum()} answerable lost")
    for name in ("dev", "unanswerable", "offtopic"):
        rows = queries.sets == name
        both = answerable | rows
        auc, low, high = auc_interval(queries.helped[both], said[both])
        print(
            f"  {name}: {np.mean(said[rows] >= threshold):.3f} of {rows.sum()} answered, "
            f"ROC-AUC {auc:.3f} ({low:.3f} to {high:.3f})"
        )


def as_dict(model: LogisticRegression, names: Sequence[str]) -> dict[str, object]:
    """Return coefficients in the form of the data file."""
    weights = {name: round(float(w), 6) for name, w in zip(names, model.coef_[0], strict=True)}
    return {"intercept": round(float(model.intercept_[0]), 6), "weights": weights}


def main() -> None:
    """Fit, print the figures of the folds, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    engine = open_engine(arguments.bundle)
    collection = read_collection(arguments.collection)

    signals, labels, groups = hit_rows(engine, collection)
    hits = held_out(signals, labels, groups)
    print(
        f"hits: {len(labels)} pairs, base rate {labels.mean():.3f}, calibration error "
        f"{calibration_error(hits, labels):.3f}, Brier skill {brier_skill(hits, labels):.3f}"
    )
    names = ("second", "unanswerable", "offtopic")
    others = [(name, read_collection(GOLDEN / name)) for name in names]
    queries = query_rows(engine, [("dev", collection), *others])
    weights = np.where(queries.sets == "offtopic", OFF_TOPIC_WEIGHT, 1.0)
    each = np.arange(len(queries.helped))
    said = held_out(queries.signals, queries.helped, each, weights)
    threshold = float(np.quantile(said[queries.helped == 1], SHARE_LOST))
    print_silence(queries, said, threshold)
    if arguments.write:
        known = json.loads(DATA.read_text("utf-8"))
        known[engine.encoder.fingerprint] = {
            "hit": as_dict(fit(signals, labels), HIT_SIGNALS),
            "useful": as_dict(fit(queries.signals, queries.helped, weights), QUERY_SIGNALS),
            "threshold": round(threshold, 6),
            "fitted_on": f"{collection.name} with {', '.join(names)}: "
            f"{len(queries.helped)} queries, seed {SEED}",
        }
        DATA.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()

"""Fit the coefficients of `search.confidence` on a judged collection.

Run: python -m benchmarks.fit_confidence --bundle BUNDLE COLLECTION [--write]

Prints what five folds by query give for the calibration error of hits and for silence; with
`--write` the coefficients fitted on all queries go to `search/calibration.json`.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from search import open_engine
from search.engine import Engine
from search.evaluation import TestCollection, read_collection

SEED = 7
N_FOLDS = 5
LARGEST_SHARE_LOST = 0.1
DATA = Path(__file__).parent.parent / "search" / "calibration.json"
HIT_FEATURES = ("cosine", "score")

Rows = NDArray[np.float64]


def hit_rows(engine: Engine, collection: TestCollection) -> tuple[Rows, Rows, NDArray[np.int64]]:
    """Return features, labels (grade 2) and query numbers of the top 10 of every query."""
    features, labels, groups = [], [], []
    for number, query in enumerate(collection.queries):
        grades = collection.qrels.get(query.qid, {})
        for hit in engine.explain(query.query, depth=10):
            features.append([hit.features[name] for name in HIT_FEATURES])
            labels.append(max(grades.get(ref, 0) for ref in hit.thread.source_refs) == 2)
            groups.append(number)
    return np.array(features), np.array(labels, dtype=float), np.array(groups)


def query_rows(engine: Engine, collection: TestCollection) -> tuple[Rows, Rows]:
    """Return the features of every query and whether anything answers it."""
    features = [[engine.query_features(query.query)["cosine"]] for query in collection.queries]
    labels = [any(collection.qrels.get(query.qid, {}).values()) for query in collection.queries]
    return np.array(features), np.array(labels, dtype=float)


def folds(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the fold of each row; the rows of a query are in one fold."""
    order = np.random.default_rng(SEED).permutation(groups.max() + 1)
    return order[groups] % N_FOLDS


def fit(features: Rows, labels: Rows) -> LogisticRegression:
    """Fit a logistic regression without penalty to speak of."""
    return LogisticRegression(C=1e3, max_iter=1_000).fit(features, labels)


def cross_validated(features: Rows, labels: Rows, groups: NDArray[np.int64]) -> Rows:
    """Return each row's probability by a model that has not seen its query."""
    fold = folds(groups)
    out = np.zeros(len(labels))
    for number in range(N_FOLDS):
        model = fit(features[fold != number], labels[fold != number])
        out[fold == number] = model.predict_proba(features[fold == number])[:, 1]
    return out


def calibration_error(probabilities: Rows, labels: Rows, n_bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal mass."""
    bins = np.array_split(np.argsort(probabilities), n_bins)
    gaps = [abs(probabilities[rows].mean() - labels[rows].mean()) * len(rows) for rows in bins]
    return float(sum(gaps) / len(labels))


def brier_skill(probabilities: Rows, labels: Rows) -> float:
    """Return the share of the base rate's Brier score that is gone."""
    base = np.mean((labels.mean() - labels) ** 2)
    return float(1 - np.mean((probabilities - labels) ** 2) / base)


def as_dict(model: LogisticRegression, names: tuple[str, ...]) -> dict[str, object]:
    """Return coefficients in the form of the data file."""
    weights = {name: round(float(w), 6) for name, w in zip(names, model.coef_[0], strict=True)}
    return {"intercept": round(float(model.intercept_[0]), 6), "weights": weights}


def main() -> None:
    """Fit, print the cross-validated figures, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    engine = open_engine(arguments.bundle)
    collection = read_collection(arguments.collection)

    features, labels, groups = hit_rows(engine, collection)
    held_out = cross_validated(features, labels, groups)
    print(
        f"hits: {len(labels)} pairs, base rate {labels.mean():.3f}, "
        f"calibration error {calibration_error(held_out, labels):.3f}, "
        f"Brier skill {brier_skill(held_out, labels):.3f}, "
        f"ROC-AUC {roc_auc_score(labels, held_out):.3f}"
    )
    asked, answerable = query_rows(engine, collection)
    said = cross_validated(asked, answerable, np.arange(len(answerable)))
    threshold = float(np.quantile(said[answerable == 1], LARGEST_SHARE_LOST))
    print(
        f"silence: ROC-AUC {roc_auc_score(answerable, said):.3f}, at threshold {threshold:.3f} "
        f"{np.mean(said[answerable == 1] < threshold):.2f} of the answerable are lost and "
        f"{np.mean(said[answerable == 0] >= threshold):.2f} of the others answered"
    )
    if arguments.write:
        known = json.loads(DATA.read_text("utf-8"))
        known[engine.encoder.fingerprint] = {
            "hit": as_dict(fit(features, labels), HIT_FEATURES),
            "useful": as_dict(fit(asked, answerable), ("cosine",)),
            "threshold": round(threshold, 6),
            "fitted_on": f"{collection.name}, {len(collection.queries)} queries, seed {SEED}",
        }
        DATA.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()

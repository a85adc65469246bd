"""Fit and measure the decision of `answers check`.

Run: python -m benchmarks.check --bundle BUNDLE COLLECTION [--write]

Prints, for coefficients fitted by five folds over posts: recall of the answered verdict, whether
the right thread comes first, ROC-AUC with a bootstrap interval and paired with the cosine of the
questions alone, calibration error, and both error rates of reworded questions of the archive with
their thread in it and without it; and what is called answered, and which thread comes first,
where the book is given that each post is meant for. With `--write` the coefficients fitted on all
posts go to `search/check_calibration.json`.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.check_posts import OWN, SEED, LabelledPost, PostReader
from search import open_engine
from search.duplicates import judged_places, limit_of
from search.engine import Engine
from search.evaluation.calibration import auc_interval, auc_lead, calibration_error, roc_auc
from search.models import PassageKind
from search.similarity import ASKED_SIGNALS, SIGNALS, Asked, Compared
from search.text.boilerplate import content

DATA = Path(__file__).parent.parent / "search" / "check_calibration.json"
N_FOLDS = 5
N_REPEATS = 10
PRECISION = 0.9
LEAST_RECALL_RELATED = 0.95
PENALTY = 0.3
_FITTED_ROWS = 3
_JUDGED = frozenset({"dev", "own"})
_WEIGHTS = {"dev": 1.0, "own": 1.0, "queries": 0.5, "find": 0.1, "noise": 0.1}

Values = NDArray[np.float64]
Model = tuple[Values, float]


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled post with the signals of its nearest threads, best first."""

    post: LabelledPost
    rows: NDArray[np.int64]
    signals: Values
    judged: NDArray[np.bool_]
    answered: NDArray[np.bool_]
    limit: float
    baseline: float

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which of the nearest threads settle the post."""
        return np.isin(self.rows, list(self.post.targets))


def cases_of(
    engine: Engine, posts: Sequence[LabelledPost], names: Sequence[str], *, of_book: bool = False
) -> list[Case]:
    """Compare each post with the archive; of several questions, the likeliest counts.

    With `of_book` the book is known that a post is meant for.
    """
    return [_case(engine, post, names, post.book if of_book else None) for post in posts]


def _case(engine: Engine, post: LabelledPost, names: Sequence[str], book: str | None) -> Case:
    """Compare one post."""
    checker = engine.duplicates
    read = checker.read(post.text, collection=book)
    asked = checker.comparer.read(read.texts, [read.books] * len(read.parts))
    compared = [checker.comparer.compare(each, without=post.without) for each in asked]
    best = max(range(len(asked)), key=lambda place: float(compared[place].scores.max(initial=0.0)))
    return _describe(engine, post, asked[best], compared[best], names)


def _describe(
    engine: Engine, post: LabelledPost, asked: Asked, compared: Compared, names: Sequence[str]
) -> Case:
    """Keep what is judged, and the threads that settle the post."""
    near = np.isin(np.arange(len(compared.rows)), judged_places(compared))
    kept = np.flatnonzero(near | np.isin(compared.rows, list(post.targets)))
    text = content(post.text) or post.text
    embedding = engine.encoder.encode_queries([text.replace("\n", " ")])[0]
    depth = 1 + len(post.without)
    top = engine.duplicates.comparer.nearest(embedding, PassageKind.QUESTION, depth)
    left = [
        float(score)
        for row, score in zip(top.rows, top.scores, strict=True)
        if int(row) not in post.without
    ]
    rows = compared.rows[kept]
    return Case(
        post=post,
        rows=rows,
        signals=np.stack([compared.signals[name][kept] for name in names], axis=1),
        judged=near[kept],
        answered=engine.store.answered()[rows],
        limit=limit_of(asked),
        baseline=max(left, default=0.0),
    )


def training_rows(cases: Sequence[Case]) -> tuple[Values, Values, Values, NDArray[np.int64]]:
    """Return signals, labels, weights and post numbers of the threads to learn from."""
    features, labels, weights, groups = [], [], [], []
    for number, case in enumerate(cases):
        right = case.right
        for place in np.flatnonzero(right | (np.arange(len(right)) < _FITTED_ROWS)):
            judged = case.post.judged
            if judged is not None and int(case.rows[place]) not in judged:
                continue
            features.append(case.signals[place])
            labels.append(float(right[place]))
            share = 1.0 if right[place] or place == 0 else 0.5
            weights.append(share * _WEIGHTS[case.post.source])
            groups.append(number)
    return np.array(features), np.array(labels), np.array(weights), np.array(groups)


def fit(features: Values, labels: Values, weights: Values) -> Model:
    """Fit a regularised logistic regression; return coefficients of the raw signals."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    model = LogisticRegression(C=PENALTY, max_iter=1_000)
    model.fit((features - mean) / spread, labels, sample_weight=weights)
    raw = model.coef_[0] / spread
    return raw, float(model.intercept_[0] - raw @ mean)


def calibrated(model: Model, cases: Sequence[Case]) -> Model:
    """Scale a model such that its largest value for a post says how likely the post is settled.

    References:
        Platt, "Probabilistic Outputs for Support Vector Machines", 1999.
    """
    judged = [case for case in cases if case.post.source in _JUDGED]
    largest = np.array([[logits(case, model).max(initial=-10.0)] for case in judged])
    labels = [float(bool(case.post.targets)) for case in judged]
    platt = LogisticRegression(C=1e3).fit(largest, labels)
    slope, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    return slope * model[0], slope * model[1] + shift


def logits(case: Case, model: Model) -> Values:
    """Return what a model says of the nearest threads that are answered."""
    return (case.signals @ model[0] + model[1])[case.judged & case.answered]


def probability(case: Case, model: Model) -> float:
    """Return the probability that a thread settles a post, as the program computes it."""
    values = 1.0 / (1.0 + np.exp(-logits(case, model)))
    return case.limit * float(values.max(initial=0.0))


def cross_validated(cases: Sequence[Case], asked: Sequence[Case]) -> Values:
    """Return each post's probability by models that have not seen it, `(N_REPEATS, n)`.

    Args:
        cases: What models learn from.
        asked: The same posts as they are judged.
    """
    features, labels, weights, groups = training_rows(cases)
    out = np.zeros((N_REPEATS, len(cases)))
    for repeat in range(N_REPEATS):
        fold = np.random.default_rng(SEED + repeat).permutation(len(cases)) % N_FOLDS
        for number in range(N_FOLDS):
            seen = fold[groups] != number
            model = fit(features[seen], labels[seen], weights[seen])
            model = calibrated(
                model, [cases[place] for place in np.flatnonzero(fold != number).tolist()]
            )
            for place in np.flatnonzero(fold == number).tolist():
                out[repeat, place] = probability(asked[place], model)
    return out


def recall_at(labels: Values, scores: Values, precision: float = PRECISION) -> tuple[float, float]:
    """Return the largest recall at a precision, and the score from which on it holds."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(labels[order])
    good = np.flatnonzero(hits / np.arange(1, len(hits) + 1) >= precision)
    if not len(good):
        return 0.0, 1.0
    last = int(good[-1])
    return float(hits[last] / labels.sum()), float(scores[order][last])


def report(name: str, cases: Sequence[Case], repeats: Values) -> None:
    """Print what is measured on a file of duplicates and near misses."""
    scores = repeats.mean(axis=0)
    labels = np.array([float(bool(case.post.targets)) for case in cases])
    baseline = np.array([case.baseline for case in cases])
    right = np.array([bool(case.right[:1].any()) for case in cases])
    recalls = [recall_at(labels, each)[0] for each in repeats]
    area = auc_interval(labels, scores, seed=SEED)
    lead = auc_lead(labels, scores, baseline, seed=SEED)
    print(
        f"{name}: {int(labels.sum())} duplicates, {int((1 - labels).sum())} new\n"
        f"  right thread first {right[labels == 1].mean():.3f}\n"
        f"  recall at precision {PRECISION}: {recall_at(labels, scores)[0]:.3f} "
        f"(mean of single runs {np.mean(recalls):.3f}, from {min(recalls):.3f} to "
        f"{max(recalls):.3f}; cosine {recall_at(labels, baseline)[0]:.3f})\n"
        f"  ROC-AUC {area.value:.3f} [{area.low:.3f}, {area.high:.3f}], cosine "
        f"{roc_auc(labels, baseline):.3f}, lead [{lead.low:+.3f}, {lead.high:+.3f}]\n"
        f"  calibration error {calibration_error(scores, labels, n_bins=5):.3f}"
    )


def at_threshold(cases: Sequence[Case], scores: Values, threshold: float) -> None:
    """Print how often the answered verdict is given, by kind of post."""
    for source in dict.fromkeys(case.post.source for case in cases):
        for same in (True, False):
            own = [
                (score, case)
                for score, case in zip(scores, cases, strict=True)
                if case.post.source == source and bool(case.post.targets) is same
            ]
            if own:
                given = np.mean([score >= threshold for score, _ in own])
                first = np.mean([case.right[:1].any() for _, case in own])
                kind = f"settled, right thread first {first:.2f}" if same else "new"
                print(f"  {source} ({len(own)} {kind}): answered {given:.3f}")


def as_dict(model: Model, names: Sequence[str]) -> Mapping[str, object]:
    """Return coefficients in the form of the data file."""
    weights = {name: round(float(w), 6) for name, w in zip(names, model[0], strict=True)}
    return {"intercept": round(model[1], 6), "weights": weights}


def columns(cases: Sequence[Case], names: Sequence[str]) -> list[Case]:
    """Keep some of the signals."""
    from dataclasses import replace

    places = [ALL_SIGNALS.index(name) for name in names]
    return [replace(case, signals=case.signals[:, places]) for case in cases]


ALL_SIGNALS = ("question", *SIGNALS)


def main() -> None:
    """Measure, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    engine = open_engine(arguments.bundle)
    reader = PostReader(engine)
    found, removed = reader.reworded()
    posts = [
        *reader.dupes(arguments.collection / "dupes.jsonl", "dev"),
        *reader.dupes(OWN, "own"),
        *reader.queries(arguments.collection),
        *found,
        *removed,
    ]
    everything = cases_of(engine, posts, ALL_SIGNALS)
    cases = columns(everything, SIGNALS)
    repeats = cross_validated(cases, cases)
    sources = np.array([case.post.source for case in cases])
    for source in ("dev", "own"):
        own = np.flatnonzero(sources == source)
        report(source, [cases[place] for place in own], repeats[:, own])
    judged = np.flatnonzero(np.isin(sources, ["dev", "own"]))
    labels = np.array([float(bool(cases[place].post.targets)) for place in judged])
    scores = repeats.mean(axis=0)
    _, threshold = recall_at(labels, scores[judged])
    related = float(np.quantile(scores[judged][labels == 1], 1 - LEAST_RECALL_RELATED))
    print(f"threshold {threshold:.3f} (precision {PRECISION} on dev and own)")
    at_threshold(cases, scores, threshold)
    print("where the book is given that a post is meant for")
    of_book = cases_of(engine, posts, SIGNALS, of_book=True)
    at_threshold(of_book, cross_validated(cases, of_book).mean(axis=0), threshold)
    if arguments.write:
        asking = columns(everything, ASKED_SIGNALS)
        known = json.loads(DATA.read_text("utf-8")) if DATA.is_file() else {}
        known[engine.encoder.fingerprint] = {
            "answers": as_dict(calibrated(fit(*training_rows(cases)[:3]), cases), SIGNALS),
            "asks": as_dict(calibrated(fit(*training_rows(asking)[:3]), asking), ASKED_SIGNALS),
            "thresholds": {
                "answered": round(threshold, 6),
                "asked": round(threshold, 6),
                "related": round(related, 6),
            },
            "fitted_on": f"{len(cases)} posts, seed {SEED}",
        }
        DATA.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()

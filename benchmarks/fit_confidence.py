"""Fit the coefficients of `search.confidence` on judged queries, and measure them.

Run: python -m benchmarks.fit_confidence COLLECTION --bundle BUNDLE --books FOLDER
     [--model MODEL] [--judged] [--write]

The collection should be judged to the depth of 10; its pairs of query and thread teach the
probability of a hit. One that nobody judged counts as no answer, or with `--judged` is left out,
as it must be where a model finds much that the collection was not judged for. Whether anything
helps is learnt from its queries together with the committed collections `second` (answerable),
`unanswerable` (in the archive's field, checked against it) and `offtopic`. All figures are of
folds by query, so that no query is judged by a model that has seen it; the three kinds of query
that must meet silence are never pooled. That the best of few threads is farther than the best of
many is learnt from archives of some of the books, drawn at random, in which a query is answerable
if a thread that helps is left. With `--write` the coefficients fitted on all queries go to
`search/calibration.json`.
"""

import argparse
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from indexer.build import build
from indexer.options import BuildOptions
from search import open_engine
from search.bundle import Bundle
from search.engine import Engine
from search.errors import CorpusError
from search.evaluation import TestCollection, read_collection
from search.evaluation.calibration import auc_interval, brier_skill, calibration_error
from search.signals import HIT_SIGNALS, QUERY_SIGNALS

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden"
DATA = ROOT / "search" / "calibration.json"
SEED = 7
N_FOLDS = 5
N_REPEATS = 5
SHARE_LOST = 0.1
OFF_TOPIC_WEIGHT = 0.4
SMALL_WEIGHT = 0.3
# How many archives are drawn of how many books.
DRAWN = {1: 12, 3: 6, 10: 4, 30: 3}

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
    weights: Rows
    numbers: Groups


def hit_rows(
    engine: Engine, collection: TestCollection, *, judged: bool
) -> tuple[Rows, Rows, Groups]:
    """Return signals, labels (grade 2) and query numbers of the top 10 of every query."""
    signals, labels, groups = [], [], []
    for number, query in enumerate(collection.queries):
        grades = collection.qrels.get(query.qid, {})
        for hit in engine.explain(query.query, depth=10).hits:
            if judged and grades.keys().isdisjoint(hit.thread.source_refs):
                continue
            signals.append([hit.signals[name] for name in HIT_SIGNALS])
            labels.append(max(grades.get(ref, 0) for ref in hit.thread.source_refs) == 2)
            groups.append(number)
    return np.array(signals), np.array(labels, dtype=float), np.array(groups)


def query_rows(engine: Engine, collections: Sequence[tuple[str, TestCollection]]) -> Queries:
    """Return the signals of all queries; unanswerable ones of `dev` are a set of their own."""
    refs = {ref for thread in engine.store.iter_threads() for ref in thread.source_refs}
    signals, helped, sets, silent = [], [], [], []
    for name, collection in collections:
        for query in collection.queries:
            explained = engine.explain(query.query, depth=1)
            grades = collection.qrels.get(query.qid, {})
            useful = any(grade for ref, grade in grades.items() if ref in refs)
            signals.append([explained.query[each] for each in QUERY_SIGNALS])
            helped.append(useful)
            sets.append("answerable" if useful else name)
            silent.append(explained.is_mute)
    return Queries(
        np.array(signals),
        np.array(helped, dtype=float),
        np.array(sets),
        np.array(silent),
        np.where(np.array(sets) == "offtopic", OFF_TOPIC_WEIGHT, 1.0),
        np.arange(len(sets)),
    )


def small_archives(
    folder: Path, bundle: Path, n_books: int, times: int, model: str | None
) -> Iterator[Engine]:
    """Index some of the books, drawn at random, again and again, with the bundle's embeddings."""
    books = sorted(folder.glob("*.md"))
    generator = np.random.default_rng([SEED, n_books])
    for _ in range(times):
        drawn = [books[place] for place in generator.choice(len(books), n_books, replace=False)]
        with TemporaryDirectory() as place:
            for each in ("embeddings", "encoders"):
                shutil.copytree(bundle / each, Path(place) / each)
            with suppress(CorpusError):
                build(drawn, Bundle(Path(place)), BuildOptions(model=model))
                yield open_engine(Path(place))


def pool(parts: Sequence[Queries]) -> Queries:
    """Put queries of several archives together."""
    names = [field.name for field in fields(Queries)]
    return Queries(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def reweighted(small: Queries, whole: Queries) -> Queries:
    """Let small archives weigh less than the whole one, and as often have an answer."""
    weights = small.weights.copy()
    for label in (0.0, 1.0):
        rows = small.helped == label
        target = SMALL_WEIGHT * whole.weights[whole.helped == label].sum()
        weights[rows] *= target / weights[rows].sum()
    return replace(small, weights=weights)


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


def print_silence(queries: Queries, said: Rows, threshold: float) -> None:
    """Print a line for each kind of query that must meet silence."""
    said = np.where(queries.silent, 0.0, said)
    answerable = queries.sets == "answerable"
    lost = np.mean(said[answerable] < threshold)
    n_answerable = int(answerable.sum())
    print(f"silence at threshold {threshold:.3f}: {lost:.3f} of {n_answerable} answerable lost")
    for name in ("dev", "unanswerable", "offtopic"):
        rows = queries.sets == name
        both = answerable | rows
        auc = auc_interval(queries.helped[both], said[both], seed=SEED)
        print(
            f"  {name}: {np.mean(said[rows] >= threshold):.3f} of {rows.sum()} answered, "
            f"ROC-AUC {auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f})"
        )


def print_small(queries: Queries, said: Rows, threshold: float) -> None:
    """Print a line for archives of each order of size."""
    said = np.where(queries.silent, 0.0, said)
    size = np.exp(queries.signals[:, QUERY_SIGNALS.index("size")])
    for low, high in pairwise((1, 50, 120, 300, 800)):
        rows = (size >= low) & (size < high)
        right = rows & (queries.helped == 1)
        strange = rows & np.isin(queries.sets, ["unanswerable", "offtopic"])
        print(
            f"  archives of {low} to {high} threads: "
            f"{np.mean(said[right] < threshold):.3f} of {right.sum()} answerable lost, "
            f"{np.mean(said[strange] >= threshold):.3f} of {strange.sum()} unanswerable answered"
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
    parser.add_argument("--books", type=Path, required=True)
    parser.add_argument("--model", help="The bundle's encoder where it is not the default.")
    parser.add_argument("--judged", action="store_true", help="Leave out unjudged hits.")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    engine = open_engine(arguments.bundle)
    collection = read_collection(arguments.collection)

    signals, labels, groups = hit_rows(engine, collection, judged=arguments.judged)
    hits = held_out(signals, labels, groups)
    print(
        f"hits: {len(labels)} pairs, base rate {labels.mean():.3f}, calibration error "
        f"{calibration_error(hits, labels):.3f}, Brier skill {brier_skill(hits, labels):.3f}"
    )
    names = ("second", "unanswerable", "offtopic")
    others = [(name, read_collection(GOLDEN / name)) for name in names]
    collections = [("dev", collection), *others]
    whole = query_rows(engine, collections)
    small = [
        pool(
            [
                query_rows(archive, collections)
                for archive in small_archives(
                    arguments.books, arguments.bundle, n_books, times, arguments.model
                )
            ]
        )
        for n_books, times in DRAWN.items()
    ]
    queries = pool([whole, *(reweighted(each, whole) for each in small)])
    said = held_out(queries.signals, queries.helped, queries.numbers, queries.weights)
    of_whole = said[: len(whole.helped)]
    threshold = float(np.quantile(of_whole[whole.helped == 1], SHARE_LOST))
    print_silence(whole, of_whole, threshold)
    print_small(queries, said, threshold)
    if arguments.write:
        known = json.loads(DATA.read_text("utf-8"))
        known[engine.encoder.fingerprint] = {
            "hit": as_dict(fit(signals, labels), HIT_SIGNALS),
            "useful": as_dict(fit(queries.signals, queries.helped, queries.weights), QUERY_SIGNALS),
            "threshold": round(threshold, 6),
            "fitted_on": f"{collection.name} with {', '.join(names)}: "
            f"{len(whole.helped)} queries, {sum(DRAWN.values())} smaller archives, seed {SEED}",
        }
        DATA.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()

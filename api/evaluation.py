"""Measure an engine on test collections: the adapter between engine and evaluation."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from search.engine import Engine
from search.evaluation import (
    Confidence,
    EvaluationReport,
    RankedThread,
    TestCollection,
    baseline_runs,
    evaluate_run,
    rank_queries,
    read_collection,
    sample,
    write_run,
)
from search.evaluation.collections import check_refs
from search.fusion import Leg
from search.models import Thread
from search.opening import open_engine

DEFAULT_SEED = 7
_BASELINE_LEGS = {"bm25": Leg.LEXICAL, "question": Leg.QUESTION, "thread": Leg.THREAD}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of the engine and of baselines on the same bundle."""

    report: EvaluationReport
    generation: str
    baselines: Mapping[str, EvaluationReport] = field(default_factory=dict)


class EngineRanker:
    """Ranks for the evaluation with an engine, before silence."""

    def __init__(self, engine: Engine) -> None:
        """Adapt an engine."""
        self._engine = engine

    def rank(self, query: str, *, depth: int) -> Sequence[RankedThread]:
        """Return at most `depth` threads, best first."""
        return _ranked(self._engine.rank(query, depth=depth))

    def legs(self, query: str, *, depth: int) -> Mapping[str, Sequence[RankedThread]]:
        """Return what single legs find, for baselines."""
        return {
            name: _ranked(self._engine.rank_leg(query, leg, depth=depth))
            for name, leg in _BASELINE_LEGS.items()
        }

    def confidence(self, query: str) -> Confidence:
        """Return what the engine says of a query as a whole."""
        answerable = self._engine.judge(query).answerable
        return Confidence(answerable, self._engine.largest_probability(query))


def _ranked(threads: Sequence[tuple[Thread, float]]) -> list[RankedThread]:
    return [RankedThread(thread.source_refs, score) for thread, score in threads]


def evaluate_collections(
    folders: Sequence[Path],
    bundle: Path,
    *,
    run_file: Path | None = None,
    baselines: bool = False,
    n_queries: int | None = None,
    seed: int = DEFAULT_SEED,
) -> list[Evaluation]:
    """Measure the engine on each collection.

    A collection that brings its own corpus is measured on a temporary bundle of that corpus,
    built with the encoder that the settings name. With `n_queries`, only so many queries of each
    are measured, drawn with `seed`; all threads still compete.

    Raises:
        CorpusError: If a collection is malformed, or judges what the bundle does not hold.
    """
    collections = [read_collection(folder) for folder in folders]
    if n_queries is not None:
        collections = [sample(each, n_queries, seed=seed) for each in collections]
    return [
        _evaluate(collection, bundle, run_file=run_file, baselines=baselines)
        for collection in collections
    ]


def _evaluate(
    collection: TestCollection, bundle: Path, *, run_file: Path | None, baselines: bool
) -> Evaluation:
    """Measure the engine on one collection."""
    with bundle_for(collection, bundle) as place:
        engine = open_engine(place)
        refs = {ref for thread in engine.store.iter_threads() for ref in thread.source_refs}
        check_refs(collection, refs)
        ranker = EngineRanker(engine)
        run = rank_queries(ranker, collection)
        if run_file is not None:
            write_run(run, run_file)
        confidences = {each.qid: ranker.confidence(each.query) for each in collection.queries}
        others = baseline_runs(ranker, collection) if baselines else {}
        return Evaluation(
            report=evaluate_run(run, collection, known_refs=refs, confidences=confidences),
            generation=engine.generation,
            baselines={
                name: evaluate_run(other, collection, known_refs=refs)
                for name, other in others.items()
            },
        )


@contextmanager
def bundle_for(collection: TestCollection, bundle: Path) -> Iterator[Path]:
    """Yield the bundle to measure on: the given one, or one of the collection's own corpus."""
    if collection.corpus is None:
        yield bundle
        return
    from indexer.build import BuildOptions, build
    from search.bundle import Bundle
    from search.config import load_settings

    settings = load_settings()
    options = BuildOptions(model=settings.model, device=settings.device)
    with tempfile.TemporaryDirectory(prefix="answers-eval-") as folder:
        build([collection.corpus], Bundle(Path(folder)), options)
        yield Path(folder)

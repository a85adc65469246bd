"""Measure engines on test collections, alone and side by side."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from api.bench import Bench, Measured
from api.opening import reranking_of
from api.options import DEFAULT_SEED
from search.bundle import Bundle
from search.config import load_settings
from search.errors import CorpusError, InvalidQueryError
from search.evaluation import (
    Comparison,
    EvaluationReport,
    Metric,
    Run,
    TestCollection,
    VerdictFlip,
    baseline_runs,
    compare_metrics,
    evaluate_run,
    misspelt,
    read_collection,
    read_run,
    sample,
    verdict_flips,
    without_misspelt,
    write_run,
)
from search.evaluation.metrics import count_relevant
from search.reranking import Reranking


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure beside the engine itself.

    `against` is a bundle or a run file to compare with; `misspell` the seed of errors to put
    into the queries. Only `n_queries` of each collection are measured, drawn with `seed`; all of
    them where it is None.
    """

    run_file: Path | None = None
    baselines: bool = False
    against: Path | None = None
    misspell: int | None = None
    n_queries: int | None = None
    seed: int = DEFAULT_SEED


@dataclass(frozen=True, slots=True)
class Versus:
    """What the same collection gives otherwise.

    Another bundle or run is what was before, and the engine as it is what came after; queries as
    they are written were before, and misspelt ones came after. `report` is of the other one, in
    either case; `comparisons` are empty where no query has a relevant thread.
    """

    name: str
    report: EvaluationReport
    comparisons: Mapping[Metric, Comparison]
    flips: tuple[VerdictFlip, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of the engine, and of what it was asked to be measured beside."""

    report: EvaluationReport
    generation: str
    measured: Measured
    baselines: Mapping[str, EvaluationReport] = field(default_factory=dict)
    against: Versus | None = None
    misspelt: Versus | None = None


def evaluate_collections(
    folders: Sequence[Path], bundle: Path, options: Options | None = None
) -> list[Evaluation]:
    """Measure the engine on each collection.

    A collection that brings its own corpus is measured on a temporary bundle of that corpus,
    built with the encoder that the settings name. With `n_queries`, only so many queries of each
    are measured, drawn with `seed`; all threads still compete.

    Raises:
        CorpusError: If a collection is malformed, or judges what the bundle does not hold.
        InvalidQueryError: If one file is to serve several collections.
    """
    options = options or Options()
    _check_options(options, n_collections=len(folders))
    collections = [read_collection(folder) for folder in folders]
    if options.n_queries is not None:
        collections = [sample(each, options.n_queries, seed=options.seed) for each in collections]
    reranking = reranking_of(load_settings())
    return [_evaluate(collection, bundle, options, reranking) for collection in collections]


def _check_options(options: Options, *, n_collections: int) -> None:
    """Refuse files that belong to one collection where several are measured."""
    if n_collections < 2:
        return
    if options.run_file is not None:
        raise InvalidQueryError("--run-file takes one collection at a time: a file a collection")
    if options.against is not None and options.against.is_file():
        raise InvalidQueryError("--against a run file takes one collection at a time")


def _evaluate(
    collection: TestCollection, bundle: Path, options: Options, reranking: Reranking | None
) -> Evaluation:
    """Measure the engine on one collection."""
    with bundle_for(collection, bundle) as place:
        before = _before(options.against, collection, reranking) if options.against else None
        bench = Bench(place, reranking=reranking)
        run, report = bench.measure(collection)
        if options.run_file is not None:
            write_run(run, options.run_file)
        others = baseline_runs(bench, collection) if options.baselines else {}
        seed = options.misspell
        return Evaluation(
            report=report,
            generation=bench.engine.generation,
            measured=bench.measured(),
            baselines={
                name: evaluate_run(other, collection, known_refs=bench.refs)
                for name, other in others.items()
            },
            against=before.versus(run, report, collection) if before else None,
            misspelt=None if seed is None else _misspelt(bench, collection, run, report, seed),
        )


@dataclass(frozen=True, slots=True)
class _Before:
    """What the engine is compared with."""

    name: str
    run: Run
    report: EvaluationReport

    def versus(self, run: Run, report: EvaluationReport, collection: TestCollection) -> Versus:
        """Compare with what came after."""
        comparisons = _comparisons(self.run, run, collection)
        return Versus(self.name, self.report, comparisons, verdict_flips(self.report, report))


def _before(other: Path, collection: TestCollection, reranking: Reranking | None) -> _Before:
    """Measure another bundle, or read a run that was made before."""
    if not other.is_file():
        bench = Bench(other, reranking=reranking)
        run, report = bench.measure(collection)
        return _Before(f"generation {bench.engine.generation} in {other}", run, report)
    made = read_run(other)
    _check_run(made, other, collection)
    refs = {ref for grades in collection.qrels.values() for ref in grades}
    return _Before(other.name, made, evaluate_run(made, collection, known_refs=refs))


def _check_run(run: Run, path: Path, collection: TestCollection) -> None:
    """Refuse a run of another collection, which would count as one that finds nothing."""
    unknown = [qid for qid in run if qid not in collection.qrels]
    if unknown:
        raise CorpusError(
            f"{path}: {len(unknown)} of {len(run)} queries are not in {collection.name}, the "
            f"first is {unknown[0]!r}; give a run of the same collection"
        )


def _misspelt(
    bench: Bench, collection: TestCollection, run: Run, report: EvaluationReport, seed: int
) -> Versus:
    """Measure what misspelling the queries costs."""
    typed, found = bench.measure(misspelt(collection, seed=seed))
    return Versus(
        name=f"misspelt with seed {seed}",
        report=found,
        comparisons=_comparisons(run, typed, without_misspelt(collection)),
        flips=verdict_flips(report, found),
    )


def _comparisons(before: Run, after: Run, collection: TestCollection) -> dict[Metric, Comparison]:
    """Compare by every metric, where anything is relevant."""
    if not any(map(count_relevant, collection.qrels.values())):
        return {}
    return compare_metrics(before, after, collection.qrels)


@contextmanager
def bundle_for(collection: TestCollection, bundle: Path) -> Iterator[Path]:
    """Yield the bundle to measure on: the given one, or one of the collection's own corpus."""
    if collection.corpus is None:
        yield bundle
        return
    from indexer.build import build
    from indexer.options import BuildOptions

    settings = load_settings()
    options = BuildOptions(model=settings.model, device=settings.device)
    with tempfile.TemporaryDirectory(prefix="answers-eval-") as folder:
        build([collection.corpus], Bundle(Path(folder)), options)
        yield Path(folder)

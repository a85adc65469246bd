"""Measure an engine on test collections: the adapter between engine and evaluation."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from api.options import DEFAULT_SEED
from search.bundle import Bundle
from search.confidence import calibration_for
from search.engine import Engine, Explained
from search.errors import CorpusError, InvalidQueryError
from search.evaluation import (
    Comparison,
    Confidence,
    EvaluationReport,
    FoundThread,
    Metric,
    RankedThread,
    Run,
    TestCollection,
    VerdictFlip,
    baseline_runs,
    compare_metrics,
    evaluate_run,
    misspelt,
    rank_queries,
    read_collection,
    read_run,
    sample,
    verdict_flips,
    without_misspelt,
    write_run,
)
from search.evaluation.collections import check_refs
from search.evaluation.judged import TOP
from search.evaluation.metrics import count_relevant
from search.fusion import Leg
from search.models import Thread
from search.opening import open_engine

_BASELINE_LEGS = {"bm25": Leg.LEXICAL, "question": Leg.QUESTION, "thread": Leg.THREAD}


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
class Measured:
    """What was measured.

    `threshold` is the probability that anything helps below which it is silent and
    `calibrated_on` what that was fitted on; None where the encoder has no calibration.
    """

    generation: str
    n_threads: int
    encoder: str
    fingerprint: str
    threshold: float | None
    calibrated_on: str | None


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

    def judged(self, query: str) -> tuple[Confidence, list[FoundThread]]:
        """Return what the engine says of a query as a whole, and of each of its first threads."""
        explained = self._engine.explain(query, depth=TOP)
        judgement = explained.judgement
        probability = self._engine.largest_probability(query)
        said = Confidence(judgement.answerable, probability, judgement.useful)
        return said, [self._found(hit) for hit in explained.hits]

    def _found(self, hit: Explained) -> FoundThread:
        """Describe a thread for a report."""
        thread = hit.thread
        collection = self._engine.collection(thread.collections[0])
        return FoundThread(
            thread_id=thread.thread_id,
            source_refs=thread.source_refs,
            score=hit.score,
            probability=hit.probability,
            question=thread.question.text,
            collection=collection.title,
            url=thread.question.url or collection.url,
        )


def _ranked(threads: Sequence[tuple[Thread, float]]) -> list[RankedThread]:
    return [RankedThread(thread.source_refs, score) for thread, score in threads]


class Bench:
    """An engine with the refs that it can return, opened once for several measurements."""

    def __init__(self, bundle: Path) -> None:
        """Open a bundle."""
        self.engine = open_engine(bundle)
        self.ranker = EngineRanker(self.engine)
        self.refs = frozenset(
            ref for thread in self.engine.store.iter_threads() for ref in thread.source_refs
        )

    def measure(self, collection: TestCollection) -> tuple[Run, EvaluationReport]:
        """Rank and judge every query of a collection.

        Raises:
            CorpusError: If the collection judges what the bundle does not hold; before any work.
        """
        check_refs(collection, self.refs)
        run = rank_queries(self.ranker, collection)
        said = {query.qid: self.ranker.judged(query.query) for query in collection.queries}
        return run, evaluate_run(
            run,
            collection,
            known_refs=self.refs,
            confidences={qid: confidence for qid, (confidence, _) in said.items()},
            found={qid: found for qid, (_, found) in said.items()},
        )

    def measured(self, bundle: Path) -> Measured:
        """Describe what is measured."""
        encoder = Bundle(bundle).generation(self.engine.generation).manifest.encoder
        fingerprint = self.engine.encoder.fingerprint
        calibration = calibration_for(fingerprint)
        return Measured(
            generation=self.engine.generation,
            n_threads=len(self.engine.store.thread_ids()),
            encoder=str(encoder.get("name", "")),
            fingerprint=fingerprint,
            threshold=calibration.threshold if calibration else None,
            calibrated_on=calibration.fitted_on if calibration else None,
        )


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
    return [_evaluate(collection, bundle, options) for collection in collections]


def _check_options(options: Options, *, n_collections: int) -> None:
    """Refuse files that belong to one collection where several are measured."""
    if n_collections < 2:
        return
    if options.run_file is not None:
        raise InvalidQueryError("--run-file takes one collection at a time: a file a collection")
    if options.against is not None and options.against.is_file():
        raise InvalidQueryError("--against a run file takes one collection at a time")


def _evaluate(collection: TestCollection, bundle: Path, options: Options) -> Evaluation:
    """Measure the engine on one collection."""
    with bundle_for(collection, bundle) as place:
        before = _before(options.against, collection) if options.against else None
        bench = Bench(place)
        run, report = bench.measure(collection)
        if options.run_file is not None:
            write_run(run, options.run_file)
        others = baseline_runs(bench.ranker, collection) if options.baselines else {}
        seed = options.misspell
        return Evaluation(
            report=report,
            generation=bench.engine.generation,
            measured=bench.measured(place),
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


def _before(other: Path, collection: TestCollection) -> _Before:
    """Measure another bundle, or read a run that was made before."""
    if not other.is_file():
        bench = Bench(other)
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
    from indexer.build import BuildOptions, build
    from search.config import load_settings

    settings = load_settings()
    options = BuildOptions(model=settings.model, device=settings.device)
    with tempfile.TemporaryDirectory(prefix="answers-eval-") as folder:
        build([collection.corpus], Bundle(Path(folder)), options)
        yield Path(folder)

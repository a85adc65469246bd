"""An engine on the bench: what it finds and says for the queries of a test collection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from search.bundle import Bundle
from search.confidence import calibration_for
from search.engine import Engine, Explained, Explanation
from search.evaluation import (
    Confidence,
    EvaluationReport,
    FoundThread,
    RankedThread,
    Run,
    TestCollection,
    evaluate_run,
    expand,
)
from search.evaluation.collections import check_refs
from search.evaluation.judged import TOP
from search.evaluation.runs import RUN_DEPTH
from search.fusion import Leg
from search.opening import open_engine
from search.reranking import Reranking

_BASELINE_LEGS = {"bm25": Leg.LEXICAL, "question": Leg.QUESTION, "thread": Leg.THREAD}


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


class Bench:
    """An engine and the refs that it can return, opened once for several measurements."""

    def __init__(self, bundle: Path, *, reranking: Reranking | None = None) -> None:
        """Open a bundle, with a reranker if there is one."""
        self.engine: Engine = open_engine(bundle, reranking=reranking)
        self.refs = frozenset(
            ref for thread in self.engine.store.iter_threads() for ref in thread.source_refs
        )
        self._bundle = Bundle(bundle)

    def measure(self, collection: TestCollection) -> tuple[Run, EvaluationReport]:
        """Rank every query of a collection, before silence, and judge it.

        Raises:
            CorpusError: If the collection judges what the bundle does not hold; before any work.
        """
        check_refs(collection, self.refs)
        explained = {
            query.qid: self.engine.explain(query.query, depth=RUN_DEPTH)
            for query in collection.queries
        }
        run = {qid: _ranked(each) for qid, each in explained.items()}
        return run, evaluate_run(
            run,
            collection,
            known_refs=self.refs,
            confidences={qid: _confidence(each) for qid, each in explained.items()},
            found={
                qid: [self._found(hit) for hit in each.hits[:TOP]]
                for qid, each in explained.items()
            },
        )

    def legs(self, query: str, *, depth: int) -> Mapping[str, Sequence[RankedThread]]:
        """Return what single legs find, for baselines."""
        return {
            name: [
                RankedThread(thread.source_refs, score)
                for thread, score in self.engine.rank_leg(query, leg, depth=depth)
            ]
            for name, leg in _BASELINE_LEGS.items()
        }

    def measured(self) -> Measured:
        """Describe what is measured."""
        encoder = self._bundle.generation(self.engine.generation).manifest.encoder
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

    def _found(self, hit: Explained) -> FoundThread:
        """Describe a thread for a report."""
        thread = hit.thread
        collection = self.engine.collection(thread.collections[0])
        return FoundThread(
            thread_id=thread.thread_id,
            source_refs=thread.source_refs,
            score=hit.score,
            probability=hit.probability,
            question=thread.question.text,
            collection=collection.title,
            url=thread.question.url or collection.url,
        )


def _ranked(explained: Explanation) -> tuple[tuple[str, float], ...]:
    """Return the ranking of source_refs."""
    return expand(RankedThread(hit.thread.source_refs, hit.score) for hit in explained.hits)


def _confidence(explained: Explanation) -> Confidence:
    """Return what the engine says of a query as a whole."""
    judgement = explained.judgement
    return Confidence(judgement.answerable, explained.largest, judgement.useful)

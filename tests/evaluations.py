"""Evaluations without an engine, for tests of what is written about them."""

import re
from collections.abc import Sequence
from pathlib import Path

from api.bench import Measured
from api.evaluation import Evaluation, Versus
from search.evaluation import (
    Confidence,
    EvaluationReport,
    FoundThread,
    JudgedQuery,
    Run,
    TestCollection,
    compare_metrics,
    evaluate_run,
    verdict_flips,
)

_UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")

PLAIN = ("how to deploy a model", "which database suits series", "learning statistics", "bread")


def evaluation(
    texts: Sequence[str] = PLAIN, *, url: str | None = None, calibrated: bool = True
) -> Evaluation:
    """Measure an imagined engine that stays silent about every fourth text, as it should.

    Of four texts it is silent about the third, wrongly, too. Every text is also the name of
    everything else, as far as it may be.
    """
    collection = TestCollection(
        name=f"tiny {texts[0]}",
        folder=Path("tiny"),
        queries=tuple(
            JudgedQuery(f"{fit(text)}{place}", "none" if place % 4 == 3 else f"nl {text}", text)
            for place, text in enumerate(texts)
        ),
        qrels={
            f"{fit(text)}{place}": {f"{fit(text)}#0": 0 if place % 4 == 3 else 2}
            for place, text in enumerate(texts)
        },
    )
    before, after = _run(collection, first=1), _run(collection, first=0)
    old = _report(before, collection, url=url, speaks=3, calibrated=calibrated)
    new = _report(after, collection, url=url, speaks=2, calibrated=calibrated)
    versus = Versus(
        name=f"before {texts[0]}",
        report=old,
        comparisons=compare_metrics(before, after, collection.qrels),
        flips=verdict_flips(old, new),
    )
    measured = Measured(
        generation="1-0123456789ab",
        n_threads=2,
        encoder=f"model {texts[0]}",
        fingerprint="f" * 64,
        threshold=0.5 if calibrated else None,
        calibrated_on=f"tiny {texts[0]}, seed 7" if calibrated else None,
    )
    return Evaluation(
        report=new,
        generation=measured.generation,
        measured=measured,
        baselines={"rrf": old},
        against=versus,
        misspelt=versus,
    )


def fit(text: str) -> str:
    """Leave out what no collection may have in the name of a query or a post."""
    return _UNFIT.sub("", text)


def _run(collection: TestCollection, *, first: int) -> Run:
    """Rank two posts for every query; number `first` comes first."""
    ranks = [(1.0, first), (2.0, 1 - first)]
    return {
        query.qid: [(f"{fit(query.query)}#{place}", -rank) for rank, place in ranks]
        for query in collection.queries
    }


def _report(
    run: Run, collection: TestCollection, *, url: str | None, speaks: int, calibrated: bool
) -> EvaluationReport:
    """Judge a run; of each four queries the first `speaks` are answered."""
    said, found = {}, {}
    for place, query in enumerate(collection.queries):
        answers = place % 4 < speaks
        useful = (0.9 if answers else 0.1) if calibrated else None
        said[query.qid] = Confidence(answers if calibrated else None, useful, useful)
        found[query.qid] = [
            FoundThread(
                thread_id=ref,
                source_refs=(ref,),
                score=score,
                probability=0.4 / rank if calibrated else None,
                question=query.query,
                collection=f"Book {query.query}",
                url=url if url is not None else query.query,
            )
            for rank, (ref, score) in enumerate(run[query.qid], start=1)
        ]
    return evaluate_run(
        run,
        collection,
        known_refs={ref for grades in collection.qrels.values() for ref in grades},
        confidences=said,
        found=found,
    )

"""Measure what each part of the ranking adds, and choose weights by cross-validation.

Run: python -m benchmarks.ranking COLLECTION... --bundle BUNDLE [--evidence FILE]

Prints nDCG@10 per query type for the ranking with parts left out, what misspelling the queries
costs with and without repair, and what five folds by query give when the weights are chosen on
the other four, for the collections together. Collections that bring their own corpus are
measured on it. With `--evidence` also how often the message and the sentence of an answer are
ones that were labelled: lines with `query`, `ref`, `m`, `sentences`.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from statistics import fmean, median

import numpy as np

from api.evaluation import bundle_for
from search import open_engine
from search.engine import Engine
from search.evaluation import (
    Qrels,
    RankedThread,
    Run,
    Scores,
    TestCollection,
    expand,
    read_collection,
    score_queries,
)
from search.evaluation.misspelling import misspell
from search.fusion import DEFAULT_WEIGHTS, FIRST_STAGE, Leg, shares
from search.querying import QueryReader
from search.ranking import Query, Ranker, Scored

SEED = 7
N_FOLDS = 5
FIRST_STAGE_GRID = ((1, 1, 2, 2), (3, 5, 6, 8), (1, 1, 1, 1), (2, 1, 2, 2), (1, 1, 2, 1))
LATE_GRID = (0, 1, 2, 3, 4)

Weights = Mapping[Leg, float]


@dataclass(frozen=True, slots=True)
class Bench:
    """A collection with the engine over the archive that it judges."""

    collection: TestCollection
    engine: Engine

    def ranker(self, weights: Weights) -> Ranker:
        """Return the engine's ranker with other weights."""
        own = self.engine._ranker
        return Ranker(
            own._dense,
            own._lexical,
            late=own.late,
            answered=own._answered,
            mask_of=own._mask_of,
            phrases=own.phrases,
            weights=weights,
        )

    def reader(self, *, spelling: bool) -> QueryReader:
        """Return a reader of queries that repairs words or leaves them."""
        return self.engine._reader if spelling else QueryReader(self.engine.encoder)

    def run(
        self,
        weights: Weights = DEFAULT_WEIGHTS,
        *,
        spelling: bool = True,
        typed: Callable[[str], str] = str,
    ) -> Run:
        """Rank for every query; `typed` says how somebody types it."""
        ranker, reader = self.ranker(weights), self.reader(spelling=spelling)
        return {
            query.qid: self.expanded(ranker.score(reader.read(typed(query.query))))
            for query in self.collection.queries
        }

    def scored(self) -> dict[str, Scored]:
        """Score the candidates of every query."""
        reader, ranker = self.engine._reader, self.engine._ranker
        queries = self.collection.queries
        return {query.qid: ranker.score(reader.read(query.query)) for query in queries}

    def expanded(self, scored: Scored) -> tuple[tuple[str, float], ...]:
        """Return the ranking of source refs."""
        ids = self.engine.store.thread_ids()
        threads = self.engine.store.threads([ids[row] for row in scored.rows])
        pairs = zip(threads, scored.scores.tolist(), strict=True)
        return expand(RankedThread(thread.source_refs, score) for thread, score in pairs)


def without(*legs: Leg) -> Weights:
    """Return the default weights with some legs left out."""
    return {leg: 0.0 if leg in legs else weight for leg, weight in DEFAULT_WEIGHTS.items()}


ABLATIONS: Mapping[str, tuple[Weights, bool]] = {
    "words alone": ({**dict.fromkeys(Leg, 0.0), Leg.LEXICAL: 1.0}, False),
    "question alone": ({**dict.fromkeys(Leg, 0.0), Leg.QUESTION: 1.0}, False),
    "first stage, as typed": (without(Leg.LATE), False),
    "first stage": (without(Leg.LATE), True),
    "all, as typed": (DEFAULT_WEIGHTS, False),
    "all": (DEFAULT_WEIGHTS, True),
    **{f"all but {leg.value}": (without(leg), True) for leg in FIRST_STAGE},
}


def print_ablation(bench: Bench) -> None:
    """Print nDCG@10 per type, MRR@5 and P@1 for grade 2 with parts left out."""
    types = sorted({query.type for query in bench.collection.queries if query.type != "none"})
    print(
        f"\n{bench.collection.name:24}{'all':>7}" + "".join(f"{name:>8}" for name in types), end=""
    )
    print(f"{'MRR@5':>8}{'P@1(2)':>8}{'judged':>8}")
    for name, (weights, spelling) in ABLATIONS.items():
        scores = score_queries(bench.run(weights, spelling=spelling), bench.collection.qrels)
        figures = [ndcg(scores, list(scores)), *(ndcg(scores, of_type(bench, t)) for t in types)]
        figures += [fmean(getattr(each, metric) for each in scores.values()) for metric in METRICS]
        print(f"{name:24}" + "".join(f"{figure:8.3f}" for figure in figures)[1:])


METRICS = ("mrr_5", "p_1_grade_2", "judged_10")


def of_type(bench: Bench, name: str) -> list[str]:
    """Return the ids of the queries of a type."""
    return [query.qid for query in bench.collection.queries if query.type == name]


def ndcg(scores: Mapping[str, Scores], qids: Sequence[str]) -> float:
    """Return the mean nDCG@10 of some queries that have a relevant thread."""
    values = [scores[qid].ndcg_10 for qid in qids if qid in scores]
    return fmean(values) if values else float("nan")


def print_misspelling(bench: Bench) -> None:
    """Print what misspelling all queries but those of the type `typo` costs."""
    qids = [query.qid for query in bench.collection.queries if query.type != "typo"]
    qrels: Qrels = {qid: bench.collection.qrels[qid] for qid in qids}
    typed = partial(misspell, seed=SEED)
    clean = ndcg(score_queries(bench.run(), qrels), qids)
    print(f"{bench.collection.name}: nDCG@10 {clean:.3f} as written; misspelt", end=" ")
    for name, spelling in (("without repair", False), ("with repair", True)):
        found = ndcg(score_queries(bench.run(spelling=spelling, typed=typed), qrels), qids)
        print(f"{found:.3f} {name} ({1 - found / clean:+.1%} lost)", end="; ")
    print()


def grid() -> Iterator[Weights]:
    """Yield the weights to choose from; late interaction weighs against all others together."""
    for first, late in product(FIRST_STAGE_GRID, LATE_GRID):
        chosen = dict(zip(FIRST_STAGE, first, strict=True))
        yield {**DEFAULT_WEIGHTS, **chosen, Leg.LATE: float(late * sum(first))}


def reweighed(scored: Scored, weights: Weights) -> Scored:
    """Order the same candidates by other weights."""
    own, other = shares(scored.parts), shares(scored.parts, weights)
    parts = {leg: part * other[leg] / own[leg] for leg, part in scored.parts.items()}
    scores = np.sum(list(parts.values()), axis=0)
    order = np.lexsort((scored.rows, -scores))
    return replace(scored, rows=scored.rows[order], scores=scores[order])


def print_cross_validation(benches: Sequence[Bench]) -> None:
    """Print the nDCG@10 of queries whose weights were chosen on other queries."""
    tables = []
    for bench in benches:
        found = bench.scored()
        rows = [
            score_queries(
                {qid: bench.expanded(reweighed(each, weights)) for qid, each in found.items()},
                bench.collection.qrels,
            )
            for weights in grid()
        ]
        qids = sorted(rows[0])
        tables.append(np.array([[row[qid].ndcg_10 for qid in qids] for row in rows]))
    folds = [np.random.default_rng(SEED).permutation(table.shape[1]) % N_FOLDS for table in tables]
    held = [np.zeros(table.shape[1]) for table in tables]
    settings = list(grid())
    for fold in range(N_FOLDS):
        pairs = list(zip(tables, folds, strict=True))
        means = np.mean([table[:, own != fold].mean(axis=1) for table, own in pairs], axis=0)
        best = int(np.argmax(means))
        chosen = {leg.value: round(weight, 2) for leg, weight in settings[best].items()}
        print(f"fold {fold}: {chosen}")
        for values, (table, own) in zip(held, pairs, strict=True):
            values[own == fold] = table[best, own == fold]
    for bench, values in zip(benches, held, strict=True):
        print(f"{bench.collection.name}: cross-validated nDCG@10 {values.mean():.3f}")


def print_cost(bench: Bench) -> None:
    """Print the median time of each stage of a query, in milliseconds."""
    reader, ranker = bench.engine._reader, bench.engine._ranker
    first_alone = Ranker(
        ranker._dense, ranker._lexical, answered=ranker._answered, mask_of=ranker._mask_of
    )
    texts = [query.query for query in bench.collection.queries[:100]]
    queries: list[Query] = []
    stages: Mapping[str, Callable[[int], object]] = {
        "read and embed": lambda number: queries.append(reader.read(texts[number])),
        "first stage": lambda number: first_alone.score(queries[number]),
        "with late interaction": lambda number: ranker.score(queries[number]),
    }
    for name, work in stages.items():
        times = []
        for number in range(len(texts)):
            started = time.perf_counter()
            work(number)
            times.append(1_000 * (time.perf_counter() - started))
        print(f"{name:24}{median(times):8.1f} ms")


def print_evidence(engine: Engine, path: Path) -> None:
    """Print how often the labelled message and one of the labelled sentences are shown."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    threads = list(enumerate(engine.store.iter_threads()))
    of_ref = {ref: pair for pair in threads for ref in pair[1].source_refs}
    right_message, right_sentence = 0, 0
    for line in lines:
        row, thread = of_ref[line["ref"]]
        answer = engine._hit_maker.answer(engine._prepare(line["query"]), row, thread)
        labelled = [
            message.message_id
            for message in thread.messages
            if (message.source_ref, message.position) == (line["ref"], line["m"])
        ]
        if answer is None or answer.message_id not in labelled:
            continue
        right_message += 1
        right_sentence += any(
            span.start < end and start < span.end
            for span in answer.highlights
            for start, end in line["sentences"]
        )
    print(
        f"{path.name}: {len(lines)} pairs, the message is right in {right_message / len(lines):.1%}"
        f", the sentence in {right_sentence / len(lines):.1%}"
    )


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collections", type=Path, nargs="+")
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--evidence", type=Path)
    arguments = parser.parse_args()
    together = []
    for collection in map(read_collection, arguments.collections):
        with bundle_for(collection, arguments.bundle) as place:
            bench = Bench(collection, open_engine(place))
            print_ablation(bench)
            if collection.corpus is None:
                together.append(bench)
    for bench in together:
        print_misspelling(bench)
    if together:
        print_cross_validation(together)
        print_cost(together[0])
        if arguments.evidence:
            print_evidence(together[0].engine, arguments.evidence)


if __name__ == "__main__":
    main()

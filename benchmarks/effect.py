"""Measure what repairs and parts do to ranking and to duplicates.

Run: python -m benchmarks.effect COLLECTION --sources FOLDER... --bundle BUNDLE

Indexes the sources anew for each variant, with the embeddings that the bundle has cached. Prints
nDCG@10 per type of query, for the grades of the collection and for those of
`tests/golden/repairs/qrels_repaired.tsv` in their place; and for the collection's posts and our
own, as `benchmarks.check` does but fitted on fewer posts, how well duplicates are told from new
posts. Where parts are left out, posts to be checked are not split either.
"""

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from statistics import fmean
from unittest.mock import patch

import numpy as np
from sklearn.metrics import roc_auc_score

from api.bench import Bench
from benchmarks.check import ALL_SIGNALS, PRECISION, cases_of, columns, cross_validated, recall_at
from benchmarks.check_posts import OWN, PostReader
from benchmarks.threads import regrade
from indexer import passages
from indexer.build import build
from indexer.options import BuildOptions
from search.bundle import Bundle
from search.engine import Engine
from search.evaluation import TestCollection, read_collection, score_queries
from search.models import Passage, PassageKind, Thread
from search.similarity import SIGNALS


class Parts(StrEnum):
    """What becomes of the questions of a post that asks several."""

    LEFT_OUT = "posts whole"
    APART = "parts"
    AS_QUESTIONS = "parts ranked as questions"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to index an archive."""

    repair: bool
    parts: Parts

    def __str__(self) -> str:
        """Name it as in the tables."""
        return f"{'repaired' if self.repair else 'as posted'}, {self.parts.value}"

    def passages_of(
        self, thread: Thread, *, names: frozenset[str] = frozenset(), section: str = ""
    ) -> list[Passage]:
        """Cut a thread into the passages of this variant."""
        found = passages.passages_of(thread, names=names, section=section)
        if self.parts is Parts.LEFT_OUT:
            return [each for each in found if each.kind is not PassageKind.PART]
        if self.parts is Parts.AS_QUESTIONS:
            return [
                replace(each, kind=PassageKind.QUESTION) if each.kind is PassageKind.PART else each
                for each in found
            ]
        return found


VARIANTS = (
    Variant(repair=False, parts=Parts.LEFT_OUT),
    Variant(repair=False, parts=Parts.APART),
    Variant(repair=True, parts=Parts.LEFT_OUT),
    Variant(repair=True, parts=Parts.APART),
    Variant(repair=True, parts=Parts.AS_QUESTIONS),
)
_CACHED = ("embeddings", "encoders")


@contextmanager
def indexed(variant: Variant, sources: Sequence[Path], cache: Path) -> Iterator[Bench]:
    """Index the sources as a variant has it; yield a bench whose engine reads posts like it.

    Embeddings are taken from the cache, and new ones are left there.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="answers-effect-")))
        for name in _CACHED:
            shutil.copytree(cache / name, folder / name)
        stack.enter_context(patch("indexer.searched.passages_of", variant.passages_of))
        build(sources, Bundle(folder), BuildOptions(repair=variant.repair))
        for name in _CACHED:
            shutil.copytree(folder / name, cache / name, dirs_exist_ok=True)
        if variant.parts is Parts.LEFT_OUT:
            stack.enter_context(patch("search.duplicates.split_parts", lambda text, names: ()))
        yield Bench(folder)


def ranking(bench: Bench, collections: Sequence[TestCollection]) -> Iterator[str]:
    """Yield a line a set of grades: nDCG@10 of all queries and of each type."""
    run, _ = bench.measure(collections[0])
    for collection in collections:
        scores = score_queries(run, collection.qrels)
        types = sorted({query.type for query in collection.queries if query.qid in scores})
        figures = {"all": fmean(each.ndcg_10 for each in scores.values())}
        for name in types:
            own = [query.qid for query in collection.queries if query.type == name]
            figures[name] = fmean(scores[qid].ndcg_10 for qid in own if qid in scores)
        yield f"  {collection.name:24}" + "  ".join(f"{n} {v:.3f}" for n, v in figures.items())


def duplicates(engine: Engine, collection: Path) -> Iterator[str]:
    """Yield a line a set of posts: the right thread first, recall at a precision, ROC-AUC."""
    reader = PostReader(engine)
    dupes = {"dev": collection / "dupes.jsonl", "own": OWN}
    posts = [post for source, path in dupes.items() for post in reader.dupes(path, source)]
    posts += reader.queries(collection)
    cases = columns(cases_of(engine, posts, ALL_SIGNALS), SIGNALS)
    scores = cross_validated(cases, cases).mean(axis=0)
    for source in dupes:
        own = np.flatnonzero([case.post.source == source for case in cases])
        labels = np.array([float(bool(cases[place].post.targets)) for place in own])
        first = [bool(cases[place].right[:1].any()) for place in own]
        right = fmean(hit for hit, label in zip(first, labels, strict=True) if label)
        yield (
            f"  {source} posts: right thread first {right:.3f}, recall at precision {PRECISION} "
            f"{recall_at(labels, scores[own])[0]:.3f}, ROC-AUC "
            f"{roc_auc_score(labels, scores[own]):.3f}"
        )


def main() -> None:
    """Print a block a variant."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("collection", type=Path)
    parser.add_argument("--sources", type=Path, nargs="+", required=True)
    parser.add_argument("--bundle", type=Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="answers-effect-") as folder:
        cache = Path(folder) / "cache"
        for name in _CACHED:
            shutil.copytree(arguments.bundle / name, cache / name)
        regraded = Path(folder) / "joined threads graded"
        regrade(arguments.collection, regraded)
        collections = [read_collection(arguments.collection), read_collection(regraded)]
        for variant in VARIANTS:
            with indexed(variant, arguments.sources, cache) as bench:
                print(f"{variant}: {len(bench.engine.store.thread_ids())} threads", flush=True)
                lines = list(ranking(bench, collections))
                if variant.parts is not Parts.AS_QUESTIONS:
                    lines += duplicates(bench.engine, arguments.collection)
                print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()

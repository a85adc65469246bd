"""The plain rankers that a fused one has to beat, from its own legs."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

from search.evaluation.collections import TestCollection
from search.evaluation.runs import RUN_DEPTH, RankedThread, Run, expand

BASELINES: Mapping[str, tuple[str, ...]] = {
    "bm25": ("bm25",),
    "dense-question": ("question",),
    "rrf": ("bm25", "thread"),
}


class LegRanker(Protocol):
    """Whatever can show the rankings that it would fuse."""

    def legs(self, query: str, *, depth: int) -> Mapping[str, Sequence[RankedThread]]:
        """Return at most `depth` threads a leg, best first; at least `bm25` and `question`."""
        ...


def baseline_runs(
    ranker: LegRanker, collection: TestCollection, *, depth: int = RUN_DEPTH
) -> dict[str, Run]:
    """Compute the run of every baseline whose legs the ranker has.

    Raises:
        KeyError: If a query lacks a leg that the first query had.
    """
    legs = {q.qid: ranker.legs(q.query, depth=depth) for q in collection.queries}
    offered = next(iter(legs.values()), {})
    return {
        name: {
            qid: expand(_baseline([found[leg] for leg in needed]), depth=depth)
            for qid, found in legs.items()
        }
        for name, needed in BASELINES.items()
        if all(leg in offered for leg in needed)
    }


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[RankedThread]], *, k: int = 60
) -> list[RankedThread]:
    """Fuse rankings by the sum of reciprocal ranks, 1 / (k + rank) with ranks from 1.

    Args:
        rankings: One per retriever, best first; a thread has the same refs in each.
        k: Damping constant; 60 in the paper.

    Returns:
        Best first, ties by the threads' refs; as many as there are distinct threads.

    Raises:
        ValueError: If k is negative.

    References:
        Cormack, Clarke, Buettcher, SIGIR 2009. https://doi.org/10.1145/1571941.1572114
    """
    if k < 0:
        raise ValueError(f"k is {k}; give 0 or more")
    shares: defaultdict[tuple[str, ...], list[float]] = defaultdict(list)
    for ranking in rankings:
        for rank, thread in enumerate(ranking, start=1):
            shares[thread.source_refs].append(1 / (k + rank))
    fused = [RankedThread(refs, math.fsum(share)) for refs, share in shares.items()]
    return sorted(fused, key=lambda thread: (-thread.score, thread.source_refs))


def _baseline(rankings: Sequence[Sequence[RankedThread]]) -> Sequence[RankedThread]:
    return rankings[0] if len(rankings) == 1 else reciprocal_rank_fusion(rankings)

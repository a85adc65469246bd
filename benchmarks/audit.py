"""Measure what `answers audit` proposes, on judged pairs of threads.

Run: python -m benchmarks.audit --bundle BUNDLE

Judged were 60 of all pairs of probability .5 or more (`likely`: 30 of each kind), 60 of those of
.9 or more (`likeliest`), both drawn with seed 7, and the rest of those with the nearest questions
(`nearest`). Prints the share that is right: by sample; by cosine of the questions; of what is
proposed by default; and, in ten folds over pairs, of what a threshold proposes that was chosen on
the other folds as the smallest with a share of .85 there.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.check_posts import SEED, read_pairs
from search import open_engine
from search.auditing import LEAST_COSINE, Auditor
from search.results import Proposal
from search.similarity import ORDER

SHARE = 0.85
N_FOLDS = 10
N_REPEATS = 50
FEWEST = 10
Z = 1.96
SAMPLES = ("likely", "likeliest")
COSINES = (0.75, 0.8, 0.84, 0.9)

Pair = frozenset[str]


def cosine_of(proposal: Proposal) -> float:
    """Return the cosine of the two questions."""
    return proposal.other.why["question"] / ORDER["question"]


def pair_of(proposal: Proposal) -> Pair:
    """Return the ids of both threads."""
    return frozenset({proposal.thread_id, proposal.other.thread_id})


def said(labels: Iterable[int]) -> str:
    """Return how many of some pairs are right, with Wilson's 95 % interval of the share."""
    judged = list(labels)
    n, share = max(len(judged), 1), sum(judged) / max(len(judged), 1)
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    interval = f"{middle - half:.2f} to {middle + half:.2f}"
    return f"{sum(judged)} of {len(judged)} right ({share:.2f}, {interval})"


def threshold(cosines: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Return the smallest cosine from which on enough of at least `FEWEST` pairs are right."""
    order = np.argsort(-cosines, kind="stable")
    shares = np.cumsum(labels[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(shares[FEWEST - 1 :] >= SHARE)
    return float(cosines[order][good[-1] + FEWEST - 1]) if len(good) else 2.0


def cross_validated(cosines: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
    """Choose a threshold on nine folds, and count what it proposes on the tenth."""
    shown: list[int] = []
    chosen = []
    for repeat in range(N_REPEATS):
        fold = np.random.default_rng(SEED + repeat).permutation(len(labels)) % N_FOLDS
        for number in range(N_FOLDS):
            chosen.append(threshold(cosines[fold != number], labels[fold != number]))
            shown += labels[(fold == number) & (cosines >= chosen[-1])].tolist()
    print(
        f"threshold of other folds, from {min(chosen):.2f} to {max(chosen):.2f}: "
        f"{np.mean(shown):.2f} right, {len(shown) / N_REPEATS:.0f} proposals a run"
    )


def main() -> None:
    """Measure a bundle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True)
    engine = open_engine(parser.parse_args().bundle)
    labels = {frozenset({each["thread_id"], each["other"]}): each for each in read_pairs()}
    for sample in SAMPLES:
        own = [int(each["label"]) for each in labels.values() if each["sample"] == sample]
        print(f"{sample}: {said(own)}")
    auditor = Auditor(engine.store, engine.duplicates)
    found = auditor.proposals(limit=10_000, least_cosine=0.0)
    judged = [each for each in found if pair_of(each) in labels]
    right = np.array([int(labels[pair_of(each)]["label"]) for each in judged])
    cosines = np.array([cosine_of(each) for each in judged])
    for least in COSINES:
        n_found = sum(cosine_of(each) >= least for each in found)
        print(f"cosine {least}: {n_found} proposals, {said(right[cosines >= least])}")
    cross_validated(cosines, right)
    shown = auditor.proposals()
    known = [int(labels[pair_of(each)]["label"]) for each in shown if pair_of(each) in labels]
    print(f"by default ({LEAST_COSINE}): {len(shown)} proposals, of which {said(known)}")


if __name__ == "__main__":
    main()

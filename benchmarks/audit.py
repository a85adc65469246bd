"""Fit and measure what `answers audit` proposes, on judged pairs of threads.

Run: python -m benchmarks.audit --bundle BUNDLE [--write]

The pairs (`tests/golden/check/audit.jsonl`, ids alone) are samples of what an earlier rule proposed
(`likely`, `likeliest`, `nearest`), the best pairs by each of several signals (`pool`), and all
answers that were found apart (`apart`). Prints, for threads that are compared, what coefficients
fitted by ten folds over threads propose: a pair is scored by models that saw neither of its
threads. Then how many posts wait for an answer where they stand, and the share that is right of
what is shown by default and of 60 drawn from it with seed 7. With `--write` coefficients fitted on
all compared pairs go to `search/audit_calibration.json` instead.
"""

import argparse
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.check import Model, as_dict, fit
from benchmarks.check_posts import SEED, read_pairs
from search import open_engine
from search.auditing import AUDIT_DATA, AUDIT_SIGNALS, Auditor, audit_calibration_for
from search.engine import Engine
from search.evaluation.calibration import calibration_error, roc_auc
from search.limits import DEFAULT_AT_LEAST
from search.models import AnsweredBy
from search.results import Proposal

DATA = Path(__file__).parent.parent / "search" / AUDIT_DATA
APART = "apart"
N_FOLDS = 10
N_REPEATS = 10
N_DRAWN = 60
FIRST = (10, 20, 30, 40)
Z = 1.96

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """A judged pair with its signals `(n, m)`, a row a direction in which it is compared."""

    threads: frozenset[str]
    right: int
    signals: Values


def said(labels: Iterable[int]) -> str:
    """Return how many of some pairs are right, with Wilson's 95 % interval of the share."""
    judged = list(labels)
    n, share = max(len(judged), 1), sum(judged) / max(len(judged), 1)
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    interval = f"{middle - half:.2f} to {middle + half:.2f}"
    return f"{sum(judged)} of {len(judged)} right ({share:.2f}, {interval})"


def compared_pairs(engine: Engine, auditor: Auditor) -> list[Pair]:
    """Describe the judged pairs that the audit compares, in one direction or both."""
    made = []
    for each in read_pairs():
        if each["sample"] == APART:
            continue
        ids = (each["thread_id"], each["other"])
        one, two = engine.store.threads(list(ids))
        found = [auditor.signals(one, ids[1]), auditor.signals(two, ids[0])]
        rows = [[signals[name] for name in AUDIT_SIGNALS] for signals in found if signals]
        if rows:
            made.append(Pair(frozenset(ids), int(each["label"]), np.array(rows)))
    return made


def fitted(pairs: Sequence[Pair]) -> Model:
    """Fit on each direction of each pair; a pair weighs 1."""
    features = np.concatenate([pair.signals for pair in pairs])
    labels = np.concatenate([np.full(len(pair.signals), float(pair.right)) for pair in pairs])
    weights = np.concatenate(
        [np.full(len(pair.signals), 1.0 / len(pair.signals)) for pair in pairs]
    )
    return fit(features, labels, weights)


def probability(pair: Pair, model: Model) -> float:
    """Return the probability of a pair, as the program computes it: its likelier direction's."""
    logits = pair.signals @ model[0] + model[1]
    return float(1.0 / (1.0 + np.exp(-logits.max())))


def cross_validated(pairs: Sequence[Pair]) -> Values:
    """Return the mean probability of each pair by models that saw neither of its threads."""
    threads = sorted(frozenset().union(*(pair.threads for pair in pairs)))
    total, count = np.zeros(len(pairs)), np.zeros(len(pairs))
    for repeat in range(N_REPEATS):
        order = np.random.default_rng(SEED + repeat).permutation(len(threads))
        for number in range(N_FOLDS):
            held = {threads[place] for place in order[number::N_FOLDS]}
            model = fitted([pair for pair in pairs if pair.threads.isdisjoint(held)])
            for place, pair in enumerate(pairs):
                if not pair.threads.isdisjoint(held):
                    total[place] += probability(pair, model)
                    count[place] += 1
    return total / count


def report_compared(pairs: Sequence[Pair]) -> None:
    """Print what is proposed of the pairs by models that have not seen them."""
    scores = cross_validated(pairs)
    labels = np.array([pair.right for pair in pairs])
    cosines = np.array([pair.signals[:, 0].max() for pair in pairs])
    shown = scores >= DEFAULT_AT_LEAST
    print(f"compared: {len(pairs)} judged pairs, {labels.sum()} right")
    for name, values in (("fitted", scores), ("cosine", cosines)):
        best = labels[np.argsort(-values, kind="stable")]
        firsts = ", ".join(f"{best[:n].mean():.2f} of {n}" for n in FIRST)
        print(f"  {name}: right {firsts}; ROC-AUC {roc_auc(labels.astype(float), values):.3f}")
    print(f"  probability {DEFAULT_AT_LEAST} or more: {said(labels[shown])}")
    error = calibration_error(scores, labels.astype(float), n_bins=5)
    print(f"  calibration error {error:.3f}")


def report_waiting(engine: Engine) -> None:
    """Print how many posts ask and have no answer below them, and whose thread has none."""
    threads = list(engine.store.iter_threads())
    opened = [each for each in threads if each.answered_by is AnsweredBy.NOBODY and each.asks]
    waiting = 0
    for thread in threads:
        own = [each for each in thread.messages if not each.shared]
        asking = {each.source_ref for each in own if each.asks}
        waiting += len(asking - {each.source_ref for each in own if each.answers})
    print(f"{waiting} posts ask without an answer below them; {len(opened)} threads have none")


def report_shown(shown: Sequence[Proposal]) -> None:
    """Print what is right of the proposals that are shown."""
    judged = {pair_of(each["thread_id"], each["other"]): each for each in read_pairs()}
    known = [each for each in shown if pair_of(each.thread_id, each.other.thread_id) in judged]
    print(f"by default: {len(shown)} proposals, {len(known)} of them judged")
    report_some("all", known, judged)
    report_some("near-duplicates", [each for each in known if each.kind == "duplicate"], judged)
    opened = [each for each in known if each.kind != "duplicate"]
    report_some("open, answered apart", [each for each in opened if each.reason], judged)
    report_some("open, compared", [each for each in opened if not each.reason], judged)
    drawn = random.Random(SEED).sample(known, min(N_DRAWN, len(known)))
    report_some(f"{len(drawn)} drawn with seed {SEED}", drawn, judged)


def pair_of(one: str, two: str) -> frozenset[str]:
    """Return the ids of two threads in no order."""
    return frozenset({one, two})


def report_some(
    name: str,
    some: Sequence[Proposal],
    judged: Mapping[frozenset[str], Mapping[str, str]],
) -> None:
    """Print how many of some proposals are right, and how likely they were on average."""
    labels = [int(judged[pair_of(each.thread_id, each.other.thread_id)]["label"]) for each in some]
    mean = np.mean([each.probability for each in some]) if some else 0.0
    print(f"  {name}: {said(labels)}, mean probability {mean:.2f}")


def main() -> None:
    """Measure a bundle, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    engine = open_engine(arguments.bundle)
    fingerprint = engine.encoder.fingerprint
    known = audit_calibration_for(fingerprint)
    auditor = Auditor(engine.store, engine.duplicates, calibration=known)
    pairs = compared_pairs(engine, auditor)
    report_compared(pairs)
    if arguments.write:
        data = json.loads(DATA.read_text("utf-8")) if DATA.is_file() else {}
        made = as_dict(fitted(pairs), AUDIT_SIGNALS)
        data[fingerprint] = {**made, "fitted_on": f"{len(pairs)} pairs"}
        DATA.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", "utf-8")
        print(f"written to {DATA}")
        return
    report_waiting(engine)
    report_shown(auditor.proposals())


if __name__ == "__main__":
    main()

"""What speaks for and against a repair, as a sum that can be read and checked.

Each piece of evidence adds its weight to the log-odds of a repair. The weights are round numbers,
set by hand on read books, and stand as constants beside the rule that uses them.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from search.models import LinkKind

THRESHOLD = 0.6


@dataclass(frozen=True, slots=True)
class Repair:
    """That the post `source_ref` belongs to, or points to, the thread that `target` opens.

    `joins` tells whether the post becomes a message of that thread; otherwise both stay threads
    that name each other.
    """

    kind: LinkKind
    source_ref: str
    target: str
    confidence: float
    reason: str
    joins: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation for or against a repair; `weight` adds to the log-odds."""

    weight: float
    reason: str = ""


def score(evidence: Iterable[Evidence]) -> float:
    """Return the log-odds that evidence gives."""
    return sum(item.weight for item in evidence)


def confidence(evidence: Iterable[Evidence]) -> float:
    """Return the probability that evidence gives."""
    return 1 / (1 + math.exp(-score(evidence)))


def reason(evidence: Iterable[Evidence]) -> str:
    """Join what speaks for a repair into a sentence, the strongest first."""
    found = sorted((item for item in evidence if item.reason), key=lambda item: -item.weight)
    return "; ".join(item.reason for item in found if item.weight > 0)

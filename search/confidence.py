"""Say how likely it is that a thread answers a query, and when to stay silent.

The first version: logistic regression on the largest cosine between the query and a thread's
passages, and on the thread's fused score. The coefficients are data, fitted on judged queries
and valid for one encoder only.

References:
    Platt, "Probabilistic Outputs for Support Vector Machines", 1999.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Self

_DATA = "calibration.json"


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression over named features."""

    intercept: float
    weights: Mapping[str, float]

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the probability for one row of features.

        Raises:
            KeyError: If a feature that has a weight is missing.
        """
        logit = self.intercept + sum(
            weight * features[name] for name, weight in self.weights.items()
        )
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted coefficients for one encoder.

    `hit` gives the probability that a thread's replies answer the query, `useful` that anything
    in the archive helps; below `threshold` of the latter a search is silent.
    """

    hit: Logistic
    useful: Logistic
    threshold: float
    fitted_on: str

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Build from the data file's form."""
        return cls(
            hit=Logistic(**raw["hit"]),
            useful=Logistic(**raw["useful"]),
            threshold=float(raw["threshold"]),
            fitted_on=str(raw["fitted_on"]),
        )


@cache
def _published() -> Mapping[str, Any]:
    """Read the coefficients that ship with the program."""
    text = files("search").joinpath(_DATA).read_text("utf-8")
    data: Mapping[str, Any] = json.loads(text)
    return data


def calibration_for(fingerprint: str) -> Calibration | None:
    """Return the calibration of an encoder, None where none was fitted."""
    raw = _published().get(fingerprint)
    return None if raw is None else Calibration.from_dict(raw)

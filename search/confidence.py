"""Say how likely it is that a thread answers a query, and when to stay silent.

Logistic regressions over the signals of `search.signals`. The coefficients are data, fitted on
judged queries by `python -m benchmarks.fit_confidence` and valid for one encoder only.

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
def published(name: str) -> Mapping[str, Mapping[str, Any]]:
    """Read a data file of coefficients that ships with the program, by encoder fingerprint."""
    source = files("search").joinpath(name)
    data: Mapping[str, Any] = json.loads(source.read_text("utf-8")) if source.is_file() else {}
    return data


def calibration_for(fingerprint: str) -> Calibration | None:
    """Return the calibration of an encoder, None where none was fitted."""
    raw = published(_DATA).get(fingerprint)
    return None if raw is None else Calibration.from_dict(raw)

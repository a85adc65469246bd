"""Say how likely a thread settles a question, and what that means for whoever wants to ask it.

Logistic regressions over the signals of `search.similarity`, fitted on judged posts by
`python -m benchmarks.check` and valid for one encoder only.

References:
    Platt, "Probabilistic Outputs for Support Vector Machines", 1999.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from search.confidence import Logistic, published
from search.results import Verdict

_DATA = "check_calibration.json"
_UNCALIBRATED_RELATED = 0.55


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability on each verdict is given."""

    answered: float
    asked: float
    related: float


@dataclass(frozen=True, slots=True)
class CheckCalibration:
    """Fitted coefficients for one encoder.

    `answers` gives the probability that an answered thread settles a question, `asks` that a
    thread without an answer asks the same.
    """

    answers: Logistic
    asks: Logistic
    thresholds: Thresholds
    fitted_on: str

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Build from the data file's form."""
        return cls(
            answers=Logistic(**raw["answers"]),
            asks=Logistic(**raw["asks"]),
            thresholds=Thresholds(**raw["thresholds"]),
            fitted_on=str(raw["fitted_on"]),
        )

    def verdict(self, answered: float, asked: float) -> Verdict:
        """Decide by the largest probability that a thread answers, and that one asks the same."""
        if answered >= self.thresholds.answered:
            return Verdict.ANSWERED
        if asked >= self.thresholds.asked:
            return Verdict.ASKED
        near = max(answered, asked) >= self.thresholds.related
        return Verdict.RELATED if near else Verdict.NEW


def uncalibrated(cosine: float) -> Verdict:
    """Decide without a calibration: never more than "worth reading first"."""
    return Verdict.RELATED if cosine >= _UNCALIBRATED_RELATED else Verdict.NEW


def overall(verdicts: list[Verdict]) -> Verdict:
    """Sum up the verdicts of a post's parts: the one that leaves most to be asked."""
    order = (Verdict.NEW, Verdict.RELATED, Verdict.ASKED, Verdict.ANSWERED)
    return min(verdicts, key=order.index)


def check_calibration_for(fingerprint: str) -> CheckCalibration | None:
    """Return the calibration of an encoder, None where none was fitted."""
    raw = published(_DATA).get(fingerprint)
    return None if raw is None else CheckCalibration.from_dict(raw)

"""Measure probabilities: whether they come true, and whether they tell yes from no.

Labels are 1 where the event happened and 0 where it did not. Bins hold equally many rows, save
that rows of the same probability are never parted: a bin ends where their run ends, so that no
figure depends on the order of the rows.

References:
    Brier, Monthly Weather Review 1950 (skill over the base rate).
    Hanley, McNeil, Radiology 1982 (ROC-AUC as Mann and Whitney's statistic).
    Naeini, Cooper, Hauskrecht, AAAI 2015 (expected calibration error).
    Wilson, JASA 1927 (interval of a share).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

N_BINS = 10
N_RESAMPLES = 2_000

_Z_95 = 1.959963984540054

Values: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Rows of about the same probability: the mean said, and the share in which it came true."""

    n: int
    said: float
    share: Interval


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far probabilities come true; `brier_skill` is None where all labels are the same."""

    n: int
    base_rate: float
    calibration_error: float
    brier_skill: float | None
    bins: tuple[ReliabilityBin, ...]


def reliability(
    probabilities: ArrayLike, labels: ArrayLike, *, n_bins: int = N_BINS
) -> Reliability | None:
    """Measure how far probabilities come true; None without a row."""
    said, happened = _rows(probabilities, labels)
    if not len(said):
        return None
    return Reliability(
        n=len(said),
        base_rate=float(happened.mean()),
        calibration_error=calibration_error(said, happened, n_bins=n_bins),
        brier_skill=brier_skill(said, happened) if _has_both(happened) else None,
        bins=reliability_bins(said, happened, n_bins=n_bins),
    )


def reliability_bins(
    probabilities: ArrayLike, labels: ArrayLike, *, n_bins: int = N_BINS
) -> tuple[ReliabilityBin, ...]:
    """Part rows into at most `n_bins` bins of equal mass, smallest probabilities first.

    Raises:
        ValueError: If the rows do not fit each other or `n_bins` is below 1.
    """
    said, happened = _rows(probabilities, labels)
    if n_bins < 1:
        raise ValueError(f"n_bins is {n_bins}; give 1 or more")
    order = np.argsort(said, kind="stable")
    bins = _equal_mass(said[order], n_bins)
    return tuple(_bin(said[order[rows]], happened[order[rows]]) for rows in bins)


def calibration_error(
    probabilities: ArrayLike, labels: ArrayLike, *, n_bins: int = N_BINS
) -> float:
    """Return the expected calibration error: the mean gap of the bins, by their sizes.

    Raises:
        ValueError: If there is no row.
    """
    bins = reliability_bins(probabilities, labels, n_bins=n_bins)
    if not bins:
        raise ValueError("no rows; give at least one probability with its label")
    gaps = math.fsum(each.n * abs(each.said - each.share.value) for each in bins)
    return gaps / sum(each.n for each in bins)


def brier_skill(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """Return the share of the base rate's Brier score that is gone; 1 is perfect.

    Raises:
        ValueError: If all labels are the same: then the base rate is already perfect.
    """
    said, happened = _rows(probabilities, labels)
    _require_both(happened)
    base = np.mean((happened.mean() - happened) ** 2)
    return float(1 - np.mean((said - happened) ** 2) / base)


def wilson_interval(n_positive: float, n: int) -> Interval:
    """Return a share of `n` rows with its 95 % interval by Wilson's score.

    Raises:
        ValueError: If `n` is below 1.
    """
    if n < 1:
        raise ValueError(f"n is {n}; give 1 or more")
    share, spread = n_positive / n, _Z_95**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = _Z_95 * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def roc_auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return how often a positive row scores above a negative one; a tie counts half.

    Raises:
        ValueError: If all labels are the same.
    """
    values, happened = _rows(scores, labels)
    _require_both(happened)
    return _area(happened, values)


def auc_interval(
    labels: ArrayLike, scores: ArrayLike, *, seed: int = 0, n_resamples: int = N_RESAMPLES
) -> Interval:
    """Return ROC-AUC with its 95 % bootstrap interval over rows.

    Raises:
        ValueError: If all labels are the same.
    """
    values, happened = _rows(scores, labels)
    _require_both(happened)
    drawn = [
        _area(happened[rows], values[rows]) for rows in _resamples(happened, seed, n_resamples)
    ]
    return Interval(_area(happened, values), *_middle_95(drawn))


def auc_lead(
    labels: ArrayLike,
    scores: ArrayLike,
    against: ArrayLike,
    *,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> Interval:
    """Return how far one score's ROC-AUC leads another's, with its paired bootstrap interval.

    Raises:
        ValueError: If all labels are the same.
    """
    values, happened = _rows(scores, labels)
    others, _ = _rows(against, labels)
    _require_both(happened)

    def lead(rows: NDArray[np.intp] | slice) -> float:
        return _area(happened[rows], values[rows]) - _area(happened[rows], others[rows])

    drawn = [lead(rows) for rows in _resamples(happened, seed, n_resamples)]
    return Interval(lead(slice(None)), *_middle_95(drawn))


def _rows(values: ArrayLike, labels: ArrayLike) -> tuple[Values, Values]:
    """Return both as `(n,)` float64."""
    first, second = np.asarray(values, np.float64), np.asarray(labels, np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"shapes {first.shape} and {second.shape}; give (n,) of the same n")
    if not (np.isfinite(first).all() and np.isin(second, (0.0, 1.0)).all()):
        raise ValueError("a value that is not finite, or a label that is neither 0 nor 1")
    return first, second


def _equal_mass(ordered: Values, n_bins: int) -> list[slice]:
    """Part rows in order into runs of about equal length that do not part equal values."""
    wanted = [len(part) for part in np.array_split(ordered, n_bins)]
    ends = [
        int(np.searchsorted(ordered, ordered[end - 1], side="right"))
        for end in np.cumsum(wanted)
        if end
    ]
    return [slice(start, end) for start, end in pairwise([0, *ends]) if start < end]


def _bin(said: Values, happened: Values) -> ReliabilityBin:
    """Sum a bin up."""
    share = wilson_interval(float(happened.sum()), len(happened))
    return ReliabilityBin(len(said), float(said.mean()), share)


def _has_both(labels: Values) -> bool:
    """Tell whether both labels occur."""
    return bool(0 < labels.sum() < len(labels))


def _require_both(labels: Values) -> None:
    """Refuse rows of which nothing can be told apart."""
    if not _has_both(labels):
        raise ValueError(f"{len(labels)} rows of at most one label; give both 0 and 1")


def _area(labels: Values, scores: Values) -> float:
    """Return ROC-AUC from the sum of the positives' mean ranks."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positive = labels == 1
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    above = float(ranks[positive].sum()) - n_positive * (n_positive + 1) / 2
    return above / (n_positive * n_negative)


def _resamples(labels: Values, seed: int, n_resamples: int) -> Iterator[NDArray[np.intp]]:
    """Yield rows drawn with replacement in which both labels occur."""
    generator = np.random.default_rng(seed)
    made = 0
    while made < n_resamples:
        rows = generator.integers(0, len(labels), len(labels))
        if _has_both(labels[rows]):
            made += 1
            yield rows


def _middle_95(draws: Sequence[float]) -> tuple[float, float]:
    """Return the bounds of the middle 95 %."""
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)

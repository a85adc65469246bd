"""Probabilities against cases worked by hand, and areas against another implementation."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from search.evaluation.calibration import (
    auc_interval,
    auc_lead,
    brier_skill,
    calibration_error,
    reliability,
    reliability_bins,
    roc_auc,
    wilson_interval,
)

SAID = [0.1, 0.2, 0.6, 0.9]
CAME = [0, 1, 0, 1]


def test_bins_have_equal_mass_and_hold_what_is_said_and_what_came() -> None:
    low, high = reliability_bins(SAID, CAME, n_bins=2)
    assert (low.n, high.n) == (2, 2)
    assert (low.said, high.said) == pytest.approx(((0.1 + 0.2) / 2, (0.6 + 0.9) / 2))
    assert (low.share.value, high.share.value) == (1 / 2, 1 / 2)


def test_calibration_error_is_the_mean_gap_by_size() -> None:
    gaps = 3 * abs((0.1 + 0.2 + 0.6) / 3 - 1 / 3) + 1 * abs(0.9 - 1)
    # Four rows in three bins: the first takes two, the others one each.
    expected = (2 * abs(0.15 - 0.5) + abs(0.6 - 0) + abs(0.9 - 1)) / 4
    assert calibration_error(SAID, CAME, n_bins=3) == pytest.approx(expected)
    assert calibration_error(SAID, CAME, n_bins=3) != pytest.approx(gaps / 4)
    assert calibration_error([0.5, 0.5], [0, 1]) == 0


def test_what_is_said_with_the_same_probability_stays_together() -> None:
    """However the rows come, equal probabilities are one bin and the error is the same."""
    said = [0.3] * 6 + [0.8, 0.9]
    came = [1, 1, 1, 0, 0, 0, 1, 1]
    bins = reliability_bins(said, came, n_bins=4)
    assert [each.n for each in bins] == [6, 2]
    orders = [np.random.default_rng(seed).permutation(8) for seed in range(20)]
    errors = {
        round(calibration_error(np.array(said)[rows], np.array(came)[rows], n_bins=4), 12)
        for rows in orders
    }
    assert errors == {round((6 * 0.2 + 2 * 0.15) / 8, 12)}


def test_fewer_rows_than_bins_leave_no_empty_bin() -> None:
    assert [each.n for each in reliability_bins(SAID, CAME, n_bins=10)] == [1, 1, 1, 1]
    assert reliability_bins([], []) == ()


def test_wilson_interval_of_a_share() -> None:
    """The textbook's form, with z = 1.96: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)."""
    z, n, p = 1.96, 20, 5 / 20
    middle = p + z**2 / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    found = wilson_interval(5, 20)
    assert found.value == p
    assert found.low == pytest.approx((middle - half) / (1 + z**2 / n), abs=1e-4)
    assert found.high == pytest.approx((middle + half) / (1 + z**2 / n), abs=1e-4)


def test_wilson_interval_is_open_where_all_are_alike() -> None:
    """None of three is no proof of never."""
    none, everything = wilson_interval(0, 3), wilson_interval(3, 3)
    assert none.low == pytest.approx(0)
    assert none.high > 0.5
    assert (everything.low, everything.high) == pytest.approx((1 - none.high, 1 - none.low))


def test_brier_skill_is_the_gain_over_the_base_rate() -> None:
    base = 4 * 0.5**2
    own = 0.1**2 + (1 - 0.2) ** 2 + 0.6**2 + (1 - 0.9) ** 2
    assert brier_skill(SAID, CAME) == pytest.approx(1 - own / base)
    assert brier_skill([0.5] * 4, CAME) == 0
    assert brier_skill(CAME, CAME) == 1


def test_area_counts_a_tie_half() -> None:
    """Pairs of a positive and a negative row: won, tied, lost, tied."""
    assert roc_auc([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.5]) == (1 + 1 + 0.5 + 0.5) / 4
    assert roc_auc([0, 1], [0.3, 0.3]) == 0.5
    assert roc_auc([0, 0, 1], [0.1, 0.2, 0.3]) == 1


@pytest.mark.parametrize("seed", range(5))
def test_area_is_that_of_another_implementation(seed: int) -> None:
    generator = np.random.default_rng(seed)
    labels = np.r_[0, 1, generator.integers(0, 2, 60)]
    scores = generator.integers(0, 12, 62) / 10 + labels * 0.2
    assert roc_auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores))


def test_interval_of_an_area_holds_it_and_repeats() -> None:
    generator = np.random.default_rng(1)
    labels = np.repeat([0, 1], 40)
    scores = generator.normal(size=80) + labels
    found = auc_interval(labels, scores, seed=7)
    assert found.low < found.value < found.high
    assert found == auc_interval(labels, scores, seed=7)
    assert found != auc_interval(labels, scores, seed=8)
    assert auc_interval([0, 1], [0.1, 0.9], seed=7).low == 1


def test_lead_of_one_area_over_another() -> None:
    labels, scores, against = [0, 0, 1, 1], [1.0, 2, 3, 4], [2.0, 1, 3, 0]
    found = auc_lead(labels, scores, against, seed=7)
    assert found.value == pytest.approx(1 - 2 / 4)
    assert found.low <= found.value <= found.high
    same = auc_lead(labels, scores, scores, seed=7)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_one_label_alone_tells_nothing() -> None:
    for labels in ([1, 1], [0, 0], []):
        with pytest.raises(ValueError, match="give both 0 and 1"):
            roc_auc(labels, [0.5] * len(labels))
        with pytest.raises(ValueError, match="give both 0 and 1"):
            auc_interval(labels, [0.5] * len(labels), seed=7)
        with pytest.raises(ValueError, match="give both 0 and 1"):
            brier_skill([0.5] * len(labels), labels)


def test_reliability_says_what_it_can() -> None:
    assert reliability([], []) is None
    alike = reliability([0.8, 0.9], [1, 1])
    assert alike is not None
    assert alike.brier_skill is None
    assert alike.calibration_error == pytest.approx(0.15)
    both = reliability(SAID, CAME, n_bins=2)
    assert both is not None
    assert (both.n, both.base_rate) == (4, 0.5)
    assert both.brier_skill == brier_skill(SAID, CAME)
    assert both.bins == reliability_bins(SAID, CAME, n_bins=2)


@pytest.mark.parametrize(
    ("values", "labels", "message"),
    [
        ([0.1, 0.2], [1], "give \\(n,\\) of the same n"),
        ([0.1, float("nan")], [1, 0], "not finite"),
        ([0.1, 0.2], [1, 2], "neither 0 nor 1"),
    ],
)
def test_rows_that_do_not_fit_are_refused(
    values: list[float], labels: list[int], message: str
) -> None:
    for measure in (reliability, calibration_error, brier_skill):
        with pytest.raises(ValueError, match=message):
            measure(values, labels)


def test_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match="n_bins is 0"):
        reliability_bins(SAID, CAME, n_bins=0)
    with pytest.raises(ValueError, match="no rows"):
        calibration_error([], [])
    with pytest.raises(ValueError, match="n is 0"):
        wilson_interval(0, 0)

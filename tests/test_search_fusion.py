import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.fusion import (
    DEFAULT_WEIGHTS,
    FIRST_STAGE,
    LIFTING,
    Bounds,
    Leg,
    combine,
    order,
    shares,
)
from search.rankings import Ranking


def ranking(*scores: float) -> Ranking:
    return Ranking(np.arange(len(scores)), np.array(scores, dtype=np.float32))


def test_default_weights_are_shares_of_one() -> None:
    share = shares((*FIRST_STAGE, Leg.LATE))
    assert share[Leg.QUESTION] == pytest.approx(1 / 24)
    assert share[Leg.ANSWER] == pytest.approx(1 / 24)
    assert share[Leg.THREAD] == pytest.approx(2 / 24)
    assert share[Leg.LEXICAL] == pytest.approx(2 / 24)
    assert share[Leg.LATE] == pytest.approx(18 / 24)
    assert sum(share.values()) == pytest.approx(1.0)


def test_bounds_bring_scores_to_the_unit_interval() -> None:
    bounds = Bounds.of(ranking(0.8, 0.5, 0.2), n_threads=3)
    assert bounds.normalise(np.array([0.8, 0.5, 0.2])).tolist() == pytest.approx([1, 0.5, 0])
    assert bounds.normalise(np.array([0.9, 0.1])).tolist() == [1.0, 0.0]


def test_a_short_list_counts_the_others_as_zero() -> None:
    bounds = Bounds.of(ranking(4.0, 2.0), n_threads=100)
    assert bounds == Bounds(0.0, 4.0)
    assert bounds.normalise(np.array([2.0])).tolist() == [0.5]


@pytest.mark.parametrize("scores", [(), (0.0,), (0.0, 0.0)], ids=["empty", "one", "equal"])
def test_a_leg_that_says_nothing_adds_nothing(scores: tuple[float, ...]) -> None:
    bounds = Bounds.of(ranking(*scores), n_threads=len(scores))
    assert bounds.normalise(np.zeros(2)).tolist() == [0.0, 0.0]


def test_missing_evidence_is_zero() -> None:
    bounds = Bounds(0.2, 0.8)
    assert bounds.normalise(np.array([-np.inf], dtype=np.float32)).tolist() == [0.0]


def test_combination_is_the_weighted_sum() -> None:
    evidence = {leg: np.array([0.5]) for leg in (*FIRST_STAGE, Leg.LATE)}
    evidence[Leg.LEXICAL] = np.array([1.0])
    parts = combine(evidence)
    expected = (1 * 0.5 + 1 * 0.5 + 2 * 0.5 + 2 * 1.0 + 18 * 0.5) / 24
    assert sum(float(values[0]) for values in parts.values()) == pytest.approx(expected)


@given(st.lists(st.floats(0, 1), min_size=len(DEFAULT_WEIGHTS), max_size=len(DEFAULT_WEIGHTS)))
def test_scores_stay_in_the_unit_interval(values: list[float]) -> None:
    evidence = {leg: np.array([value]) for leg, value in zip(DEFAULT_WEIGHTS, values, strict=True)}
    total = sum(float(part[0]) for part in combine(evidence).values())
    assert -1e-12 <= total <= 1 + 1e-12


@pytest.mark.parametrize("weights", [{Leg.ANSWER: -1.0}, {Leg.ANSWER: 0.0}])
def test_weights_that_make_no_combination_are_refused(weights: dict[Leg, float]) -> None:
    with pytest.raises(ValueError, match="weights must be at least 0"):
        shares(weights, weights)


def test_order_prefers_score_then_answered_then_smaller_row() -> None:
    scores = np.array([0.5, 0.5, 0.9, 0.5])
    answered = np.array([False, True, False, True])
    rows = np.array([1, 9, 7, 4])
    assert rows[order(scores, answered, rows)].tolist() == [7, 4, 9, 1]


def test_every_leg_has_a_weight() -> None:
    assert set(DEFAULT_WEIGHTS) == {*FIRST_STAGE, Leg.LATE, *LIFTING}

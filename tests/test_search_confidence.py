"""The coefficients that ship: of every encoder that has some, all that is needed."""

import pytest

from search.confidence import calibration_for, published
from search.signals import HIT_SIGNALS, QUERY_SIGNALS
from search.similarity import ASKED_SIGNALS, SIGNALS
from search.verdicts import check_calibration_for

CONFIDENCE = published("calibration.json")
CHECK = published("check_calibration.json")


def test_who_is_sure_of_answers_is_sure_of_posts() -> None:
    assert len(CONFIDENCE) > 1
    assert CONFIDENCE.keys() == CHECK.keys()
    assert calibration_for("unknown") is None
    assert check_calibration_for("unknown") is None


@pytest.mark.parametrize("fingerprint", CONFIDENCE)
def test_probabilities_rise_with_the_score_and_with_the_archive(fingerprint: str) -> None:
    calibration = calibration_for(fingerprint)
    assert calibration is not None
    assert calibration.hit.weights.keys() == set(HIT_SIGNALS)
    assert calibration.useful.weights.keys() == set(QUERY_SIGNALS)
    assert 0.4 < calibration.threshold < 0.8
    low = dict.fromkeys(HIT_SIGNALS, 0.1)
    assert calibration.hit.probability(low) < 0.05
    assert calibration.hit.probability(low | {"score": 0.9}) > 0.8


@pytest.mark.parametrize("fingerprint", CHECK)
def test_a_verdict_needs_more_than_to_be_related(fingerprint: str) -> None:
    calibration = check_calibration_for(fingerprint)
    assert calibration is not None
    assert calibration.answers.weights.keys() == set(SIGNALS)
    assert calibration.asks.weights.keys() == set(ASKED_SIGNALS)
    limits = calibration.thresholds
    assert 0 < limits.related < limits.asked <= 1
    assert limits.related < limits.answered <= 1

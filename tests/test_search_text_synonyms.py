"""Words that hardly anybody in an archive uses give way to those that it has for the same."""

import re

import pytest

from search.engine import Engine
from search.text.synonyms import Synonyms, published_groups

GROUPS = (
    ("live traffic", "production requests", "live requests"),
    ("k8s", "kubernetes"),
    ("ci/cd", "cicd", "continuous integration"),
    ("ml", "machine learning"),
    ("ml engineer", "machine learning engineer"),
    ("specificity", "true negative rate"),
)
WITH = {
    "live traffic": 2,
    "production requests": 7,
    "kubernetes": 22,
    "specificity": 254,
    "cicd": 22,
}
NEAR = {"production requests": 7, "live requests": 1}
SAYING = {
    "live traffic": 1,
    "kubernetes": 22,
    "ci/cd": 21,
    "machine learning engineer": 9,
}


@pytest.fixture
def synonyms() -> Synonyms:
    return Synonyms(
        n_with=lambda phrase: max(WITH.get(phrase, 0), SAYING.get(phrase, 0)),
        n_saying=lambda phrase: SAYING.get(phrase, 0),
        n_near=lambda phrase: NEAR.get(phrase, 0),
        groups=lambda: GROUPS,
    )


@pytest.mark.parametrize(
    ("text", "said", "words"),
    [
        (
            "Try a model on Live Traffic?",
            "Try a model on production requests?",
            {"Live Traffic": "production requests"},
        ),
        ("live-traffic", "production requests", {"live-traffic": "production requests"}),
        ("K8s, and kubernetes", "kubernetes, and kubernetes", {"K8s": "kubernetes"}),
        ("CICD for ML", "ci/cd for ML", {"CICD": "ci/cd"}),
        (
            "an ML engineer",
            "an machine learning engineer",
            {"ML engineer": "machine learning engineer"},
        ),
        ("Kubernetes on k8s'", "Kubernetes on kubernetes'", {"k8s": "kubernetes"}),
        (
            "ML engineers",
            "machine learning engineer",
            {"ML engineers": "machine learning engineer"},
        ),
        ("true negative rate", "true negative rate", {}),
        ("live and traffic", "live and traffic", {}),
        ("k8s2", "k8s2", {}),
        ("", "", {}),
    ],
)
def test_what_nobody_says_is_said_as_others_do(
    synonyms: Synonyms, text: str, said: str, words: dict[str, str]
) -> None:
    found = synonyms.reword(text)
    assert (found.text, found.words) == (said, words)


def test_quoted_words_stay(synonyms: Synonyms) -> None:
    assert synonyms.reword("k8s on live traffic", kept={"traffic"}).words == {"k8s": "kubernetes"}


def test_what_several_threads_have_stays() -> None:
    synonyms = Synonyms(
        n_with=lambda phrase: 3,
        n_saying=lambda phrase: 3,
        n_near=lambda phrase: 90,
        groups=lambda: GROUPS,
    )
    assert synonyms.reword("k8s").words == {}


def test_no_phrase_stands_in_two_groups_and_each_group_has_several() -> None:
    phrases = [phrase for group in published_groups() for phrase in group]
    assert len(phrases) == len(set(phrases)) > 1_000
    assert all(len(group) > 1 for group in published_groups())
    assert all(re.fullmatch(r"[a-z0-9 '/&.+#-]+", phrase) for phrase in phrases)


def test_a_search_says_what_was_put_in_the_place_of_what(sample: Engine) -> None:
    found = sample.search("how do I try a model on live traffic safely?")
    assert found.answerable
    assert found.notes == ('read "live traffic" as "production requests"',)
    assert found.hits[0].answer is not None
    assert "shadow" in found.hits[0].answer.text
    assert sample.search('"live traffic"').notes == ('nobody in the archive says "live traffic"',)

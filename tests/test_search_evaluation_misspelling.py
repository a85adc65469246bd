"""Misspelt queries: the same each time, one error a word, nothing else changed."""

import re
from pathlib import Path

import pytest
from rapidfuzz.distance import OSA

from search.evaluation.collections import JudgedQuery, TestCollection
from search.evaluation.misspelling import (
    SHARE,
    misspell,
    misspelt,
    swapped,
    without_misspelt,
)

QUERY = "How should juniors, in the e-commerce field, learn statistics from Ångström?"
WORDS = [f"question number {place} about machine learning pipelines" for place in range(400)]


def test_same_seed_same_errors_whatever_came_before() -> None:
    first = misspell(QUERY, seed=7)
    for other in WORDS[:5]:
        misspell(other, seed=7)
    assert misspell(QUERY, seed=7) == first
    assert len({misspell(QUERY, seed=seed) for seed in range(20)}) > 10


@pytest.mark.parametrize("seed", range(30))
def test_every_long_word_can_get_exactly_one_error(seed: int) -> None:
    made = misspell(QUERY, seed=seed, share=1)
    pairs = list(zip(QUERY.split(), made.split(), strict=True))
    for before, after in pairs:
        n_long = sum(map(str.isascii, re.findall(r"[^\W\d_]{5,}", before)))
        assert OSA.distance(before, after) == n_long, (before, after)


def test_short_words_and_what_is_no_word_stay() -> None:
    assert misspell("how do I use git in CI? 12345 ~~~~~ データ", seed=7, share=1) == (
        "how do I use git in CI? 12345 ~~~~~ データ"
    )
    assert misspell("", seed=7, share=1) == ""
    assert misspell(QUERY, seed=7, share=0) == QUERY


def test_a_word_of_one_letter_repeated_still_changes() -> None:
    assert all(misspell("aaaaa", seed=seed, share=1) != "aaaaa" for seed in range(50))


def test_first_letters_are_right() -> None:
    made = " ".join(misspell(each, seed=7, share=1) for each in WORDS)
    firsts = [word[0] for word in " ".join(WORDS).split()]
    assert [word[0] for word in made.split()] == firsts


def test_about_the_given_share_of_long_words_is_misspelt() -> None:
    pairs = [
        pair
        for each in WORDS
        for pair in zip(each.split(), misspell(each, seed=7).split(), strict=True)
        if len(pair[0]) >= 5
    ]
    misspelt = sum(before != after for before, after in pairs)
    # 2,400 words: three standard deviations are about 0.03.
    assert abs(misspelt / len(pairs) - SHARE) < 0.03


def test_swapping_two_letters() -> None:
    assert swapped("deploy", 1) == "dpeloy"
    assert swapped("deploy", 4) == "deplyo"


def test_a_collection_is_misspelt_but_for_what_already_is() -> None:
    written = TestCollection(
        name="tiny",
        folder=Path("tiny"),
        queries=(
            JudgedQuery("n1", "nl", WORDS[0]),
            JudgedQuery("t1", "typo", "machin lerning"),
            JudgedQuery("x1", "none", WORDS[1]),
        ),
        qrels={"n1": {"a": 2}, "t1": {"a": 1}, "x1": {}},
    )
    typed = misspelt(written, seed=7)
    assert [(query.qid, query.type) for query in typed.queries] == [("n1", "nl"), ("x1", "none")]
    assert [query.query for query in typed.queries] == [misspell(w, seed=7) for w in WORDS[:2]]
    assert typed.qrels == {"n1": {"a": 2}, "x1": {}}
    assert [query.query for query in without_misspelt(written).queries] == WORDS[:2]

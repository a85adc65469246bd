import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.text.spelling import Speller, count_speakers, english_words

COUNTS = {
    "algorithms": 30,
    "beginner": 20,
    "data": 500,
    "database": 60,
    "engineer": 200,
    "experience": 150,
    "kubernetes": 40,
    "learn": 300,
    "learning": 400,
    "model": 300,
    "models": 250,
    "pytorch": 60,
    "training": 200,
    "wihtout": 1,
    "without": 120,
    "word2vec": 9,
}
DICTIONARY = frozenset(
    {"binning", "gaussian", "the", "mode", "any", "how", "become"} | {"what", "should", "people"}
)


@pytest.fixture
def speller() -> Speller:
    return Speller(COUNTS, dictionary=lambda: DICTIONARY)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("data enginer wihtout any expirience", "data engineer without any experience"),
        ("pytroch", "pytorch"),
        ("my modle in trainning", "my model in training"),
        ("a databse for begginer", "a database for beginner"),
        ("Kubernets", "kubernetes"),
        ("wat shud ppl lern", "what should people learn"),
    ],
)
def test_misspelt_words_are_repaired(speller: Speller, typed: str, meant: str) -> None:
    assert speller.repair(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "binning",  # in the dictionary, though near another word
        "Gaussian",
        "the mode",  # one letter from "model"
        "PyTroch",  # inner capitals: a name
        "MODLE",
        "modle.py",
        "@modle",
        "#modle",
        "word3vec",
        "c++",
        "R",
        "dat",  # too short
        "istio",  # nothing near
        "日本語の質問",
        "naïveté",
        "",
        "  \n",
    ],
)
def test_other_words_are_left_alone(speller: Speller, text: str) -> None:
    assert speller.repair(text) == text


def test_a_text_of_unknown_words_is_another_language(speller: Speller) -> None:
    text = "modle trainieren bruacht viele datne"
    assert speller.repair(text) == text


@given(st.lists(st.sampled_from(sorted(set(COUNTS) - {"wihtout"} | DICTIONARY)), max_size=6))
def test_words_that_the_archive_knows_never_change(words: list[str]) -> None:
    text = " ".join(words)
    assert Speller(COUNTS, dictionary=lambda: DICTIONARY).repair(text) == text


@given(st.text(max_size=60))
def test_any_text_can_be_repaired_and_stays_so(text: str) -> None:
    speller = Speller(COUNTS, dictionary=lambda: DICTIONARY)
    repaired = speller.repair(text)
    assert speller.repair(repaired) == repaired


def test_an_archive_without_words_changes_nothing() -> None:
    assert Speller({}).repair("expirience wihtout") == "expirience wihtout"


def test_one_wrong_letter_in_long_words_is_found_out(speller: Speller) -> None:
    rng = random.Random(7)
    long = [word for word in COUNTS if len(word) >= 7 and word.isalpha() and word != "wihtout"]
    for word in long:
        place = rng.randrange(1, len(word))
        wrong = word[:place] + rng.choice(string.ascii_lowercase) + word[place + 1 :]
        assert speller.repair(wrong) == word


def test_speakers_are_counted_once_for_each_word() -> None:
    posts = [("Ada", "Shadow models, shadow mode"), ("Ben", "a shadow"), ("Ada", "MODELS")]
    assert count_speakers(posts) == {"a": 1, "mode": 1, "models": 1, "shadow": 2}


def test_the_dictionary_has_words_that_models_rarely_see() -> None:
    words = english_words()
    assert {"binning", "gaussian", "imbalanced", "summarization"} <= words
    assert len(words) > 80_000

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
    {"anonymize", "binning", "gaussian", "the", "mode", "any", "how", "become"}
    | {"what", "should", "people"}
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
    assert speller.repair(typed).text == meant


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
        "anonymizes",
        "we are anonymizing and anonymized",
        "",
        "  \n",
    ],
)
def test_other_words_are_left_alone(speller: Speller, text: str) -> None:
    assert speller.repair(text).text == text


def test_other_forms_of_verbs_are_known_but_not_where_letters_are_doubled() -> None:
    speller = Speller(
        {"overfitting": 40, "fitting": 9}, dictionary=lambda: {"overfit", "anonymize"}
    )
    assert speller.has("anonymizes")
    assert not speller.has("anonymizs")
    assert speller.repair("overfiting").text == "overfitting"


def test_a_word_that_is_no_english_but_said_is_a_name() -> None:
    said = {"aequitas", "aif360", "summarize", "roots of trees", "2021"}
    speller = Speller(COUNTS, n_saying=lambda phrase: int(phrase.casefold() in said))
    assert speller.is_name("aequitas")
    assert speller.is_name("AIF360")
    assert not speller.is_name("summarize")
    assert not speller.is_name("2021")
    assert not speller.is_name("weaviate")  # nobody says it
    assert not speller.is_name("roots of trees")
    assert not speller.is_name("")


def test_what_one_person_wrote_changes_by_a_letter_behind_the_first_alone() -> None:
    once = {"graphql": 1, "gnns": 1, "cython": 1, "databse": 1}
    counts = {**COUNTS, "graph": 40, "gans": 20, "python": 90, **once}
    speller = Speller(counts, dictionary=lambda: DICTIONARY)
    assert speller.repair("graphql gnns cython databse").text == "graphql gnns cython database"
    assert speller.share_known("graphql gnns cython") == 1.0


def test_two_changes_leave_the_first_letter() -> None:
    speller = Speller({"metadata": 90, "experience": 90}, dictionary=lambda: DICTIONARY)
    assert speller.repair("teradata any").text == "teradata any"
    assert speller.repair("expirence any").text == "experience any"


def test_words_of_the_dictionary_that_one_person_wrote_are_suggested() -> None:
    words = {*DICTIONARY, "salary"}
    assert Speller({"salary": 1}, dictionary=lambda: words).repair("salery").text == "salary"
    assert Speller({"salary": 1}, dictionary=frozenset).repair("salery").text == "salery"


def test_the_words_beside_one_decide_between_two() -> None:
    threads = ["feature store", "feature store", "future plan"]
    speller = Speller(
        {"feature": 10, "future": 12, "store": 10, "plan": 10},
        dictionary=lambda: DICTIONARY,
        n_with=lambda words: sum(set(words.split()) <= set(each.split()) for each in threads),
    )
    assert speller.repair("feture store").text == "feature store"
    assert speller.repair("any feture").text == "any future"


def test_joined_words_are_parted_where_threads_say_both() -> None:
    counts = {"feature": 10, "store": 10, "data": 90, "base": 10}
    speller = Speller(
        counts, dictionary=lambda: DICTIONARY, n_saying={"feature store": 9, "data base": 1}.get
    )
    assert speller.repair("a featurestore").text == "a feature store"
    assert speller.repair("a database").text == "a database"


def test_parted_words_are_joined_where_hardly_any_thread_parts_them() -> None:
    counts = {"overfitting": 9, "dataset": 9, "over": 9, "data": 90, "set": 9, "fitting": 9}
    speller = Speller(
        counts, dictionary=lambda: DICTIONARY, n_saying=lambda words: 9 if "set" in words else 0
    )
    assert speller.repair("Over-fitting a data set").words == {"Over-fitting": "overfitting"}
    assert speller.repair("over fitting").text == "overfitting"
    assert speller.repair("over fitting", kept={"over"}).words == {}
    assert speller.repair("over, fitting").words == {}


def test_joined_words_that_nobody_writes_are_parted_though_they_are_known() -> None:
    known = {*DICTIONARY, "featurestore"}
    speller = Speller(
        {"feature": 10, "store": 10}, dictionary=lambda: known, n_saying=lambda words: 9
    )
    assert speller.repair("featurestore").text == "feature store"


def test_accents_are_taken_off_words_that_are_known_without() -> None:
    speller = Speller({"naive": 3}, dictionary=lambda: DICTIONARY)
    assert speller.repair("naïve").words == {"naïve": "naive"}


def test_words_in_quotation_marks_are_kept(speller: Speller) -> None:
    assert speller.repair("pytroch modle", kept={"pytroch"}).words == {"modle": "model"}


def test_most_words_may_be_misspelt_if_they_are_long(speller: Speller) -> None:
    typed = "databse trainnig expirience"
    assert speller.repair(typed).text == "database training experience"
    assert speller.repair(f"{typed} lern").words == {}


def test_a_text_of_unknown_words_is_another_language(speller: Speller) -> None:
    text = "modle trainieren bruacht viele datne"
    assert speller.repair(text).text == text


@given(st.lists(st.sampled_from(sorted(set(COUNTS) - {"wihtout"} | DICTIONARY)), max_size=6))
def test_words_that_the_archive_knows_never_change(words: list[str]) -> None:
    text = " ".join(words)
    assert Speller(COUNTS, dictionary=lambda: DICTIONARY).repair(text).text == text


@given(st.text(max_size=60))
def test_any_text_can_be_repaired_and_stays_so(text: str) -> None:
    speller = Speller(COUNTS, dictionary=lambda: DICTIONARY)
    repaired = speller.repair(text).text
    assert speller.repair(repaired).text == repaired


def test_an_archive_without_words_changes_nothing() -> None:
    assert Speller({}).repair("expirience wihtout").text == "expirience wihtout"


def test_one_wrong_letter_in_long_words_is_found_out(speller: Speller) -> None:
    rng = random.Random(7)
    long = [word for word in COUNTS if len(word) >= 7 and word.isalpha() and word != "wihtout"]
    for word in long:
        place = rng.randrange(1, len(word))
        wrong = word[:place] + rng.choice(string.ascii_lowercase) + word[place + 1 :]
        assert speller.repair(wrong).text == word


def test_speakers_are_counted_once_for_each_word() -> None:
    posts = [("Ada", "Shadow models, shadow mode"), ("Ben", "a shadow"), ("Ada", "MODELS")]
    assert count_speakers(posts) == {"a": 1, "mode": 1, "models": 1, "shadow": 2}


def test_the_dictionary_has_words_that_models_rarely_see() -> None:
    words = english_words()
    assert {"binning", "gaussian", "imbalanced", "summarization"} <= words
    assert len(words) > 80_000

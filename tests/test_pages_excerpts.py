from datetime import date

import pytest

from api.pages import words
from api.pages.excerpts import MOST_QUESTION_CHARS, answer_window, question_window
from api.pages.rendering import text_directive
from search.models import CollectionKind, CollectionRef, Span
from search.text.boilerplate import name_words


def cut(text: str, span: Span) -> str:
    return text[span.start : span.end]


def test_a_short_answer_is_shown_whole() -> None:
    assert answer_window("Use shadows. Then shift.", ()) == Span(0, 24)


def test_an_answer_is_cut_at_sentences_around_the_one_that_answers() -> None:
    text = " ".join(f"Sentence number {number:02} says something." for number in range(40))
    start = text.index("Sentence number 20")
    shown = cut(text, answer_window(text, [Span(start, start + 10)]))
    assert shown.startswith("Sentence number 19")
    assert shown.endswith("something.")
    assert "number 20" in shown
    assert len(shown) <= 420


def test_a_question_leaves_the_greeting_out() -> None:
    text = "Hi Ada, thanks for doing this! How do I deploy a model?"
    window = question_window(text, (), name_words(["Ada Lovelace"]))
    assert cut(text, window) == "How do I deploy a model?"


def test_a_long_question_shows_the_sentence_that_asks_what_was_searched() -> None:
    filler = "We have a platform that grew over the years and is hard to change. " * 4
    text = f"{filler}Which database suits us best? {filler}How do we test a pipeline end to end?"
    word = text.index("pipeline")
    shown = cut(text, question_window(text, [Span(word, word + 8)], frozenset()))
    assert shown.endswith("How do we test a pipeline end to end?")
    assert len(shown) <= MOST_QUESTION_CHARS


@pytest.mark.parametrize("text", ["", " ", "\n\n", "?", "Hi!"])
def test_nothing_much_is_no_error(text: str) -> None:
    assert question_window(text, (), frozenset()).end <= len(text)
    assert answer_window(text, ()).end <= len(text)


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (0.5, "Likely answers this"),
        (0.49, "May answer this"),
        (0.08, "Related"),
        (0.0, "Loosely related"),
    ],
)
def test_confidence_in_words(probability: float, expected: str) -> None:
    found = words.confidence(probability)
    assert found is not None
    assert found[1] == expected
    assert words.confidence(None) is None


@pytest.mark.parametrize(("probability", "expected"), [(0.0, "1 %"), (0.5, "50 %"), (1.0, "99 %")])
def test_no_probability_is_a_certainty(probability: float, expected: str) -> None:
    assert words.percent(probability) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, ""),
        (date(2021, 11, 22), date(2021, 11, 26), "22–26 Nov 2021"),
        (date(2021, 11, 29), date(2021, 12, 3), "29 Nov – 3 Dec 2021"),
        (date(2021, 12, 27), date(2022, 1, 2), "27 Dec 2021 – 2 Jan 2022"),
        (date(2021, 11, 22), date(2021, 11, 22), "22 Nov 2021"),
    ],
)
def test_weeks(start: date | None, end: date | None, expected: str) -> None:
    ref = CollectionRef("s", "T", CollectionKind.BOOK, start, end, None)
    assert words.week(ref) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Ada Lovelace", "AL"), ("kevin", "K"), ("", "·"), ("(she) Ada", "A"), ("Ada B. Cee", "AC")],
)
def test_initials(name: str, expected: str) -> None:
    assert words.initials(name) == expected


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        (
            "No. Use *shadow* models, always-on!",
            Span(4, 36),
            "Use%20shadow%20models%2C%20always%2Don%21",
        ),
        ("A b c d e f g h i & j.", Span(0, 22), "A%20b%20c%20d,h%20i%20%26%20j."),
        ("`x`", Span(0, 3), "x"),
    ],
    ids=["short", "long", "code"],
)
def test_a_link_marks_the_words_that_answer(text: str, span: Span, expected: str) -> None:
    assert text_directive(text, [span]) == f":~:text={expected}"


def test_a_link_to_an_answer_without_evidence_marks_nothing() -> None:
    assert text_directive("Use shadow models.", []) == ""

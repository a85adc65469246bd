from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.models import Span
from search.text.boilerplate import content, content_spans, is_courtesy, name_words
from search.text.clean import clean, names_in_addresses, normalise
from search.text.display import display, excerpt
from search.text.sentences import sentences
from search.text.slugs import fold_name, slugify
from search.text.tokens import tokenise, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a &gt; b &amp; c", "a > b & c"),
        ("&amp;lt; once", "&lt; once"),
        ("see [the docs](https://example.org/x?y=1) now", "see the docs now"),
        ("see <https://example.org|the docs> now", "see the docs now"),
        ("see <https://example.org> now", "see now"),
        ("see https://example.org/a/b now", "see now"),
        ("ask <@U123> or <#C1|general>", "ask or general"),
        ("ask @jane.roe today", "ask today"),
        ("mail jane@example.org", "mail jane@example.org"),
        ("nice :smile: :+1: 10:30:45", "nice 10:30:45"),
        ("great 🙂👍🏽 work", "great work"),
        ("> quoted\n&gt; more\nmine", "quoted\nmore\nmine"),
        (
            "*bold* _it_ ~gone~ `code` 2*3*4 snake_case_name",
            "bold it gone code 2*3*4 snake_case_name",
        ),
        ("a\u200bb\u202ec", "abc"),
        ("one  two\r\n\r\n three", "one two\nthree"),
        ("", ""),
    ],
    ids=lambda value: value[:20],
)
def test_clean_keeps_words_and_drops_markup(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text(max_size=300))
def test_cleaning_clean_text_without_entities_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert once == once.strip()
    assert "\r" not in once
    assert "  " not in once


def test_names_in_addresses() -> None:
    post = """See [this](http://aequitas.dssg.io), <https://github.com/dssg/Aequitas?tab=readme|it>
    and www.example-site.org/a/learn_in_public.html#top, not aequitas.dssg.io or a@mail.example."""
    assert names_in_addresses(post) == (
        *("aequitas", "dssg", "github", "example", "site", "learn", "public"),
    )
    escaped = (
        "https://a.example/K%C3%BCnstliche_intelligenz?x=1&amp;b and &lt;http://cogs.example&gt;"
    )
    assert names_in_addresses(escaped) == ("example", "künstliche", "intelligenz", "cogs")
    assert names_in_addresses("https://youtu.be/dQw4w9WgXcQ and https://aif360.mybluemix.net") == (
        *("youtu", "aif360", "mybluemix"),
    )


def test_normalise_folds_what_does_not_make_another_post() -> None:
    assert normalise("Hello,  *World*! 🙂") == normalise("hello world") == "hello world"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Use e.g. Kafka. Then stop.", ["Use e.g. Kafka.", "Then stop."]),
        ("Version 3.11 works. Yes", ["Version 3.11 works.", "Yes"]),
        ("1. First\n2. Second", ["1. First", "2. Second"]),
        ("Wait... what? OK", ["Wait...", "what?", "OK"]),
        ("no end", ["no end"]),
        ("  \n ", []),
    ],
    ids=lambda value: str(value)[:20],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[span.start : span.end] for span in sentences(text)] == expected


@given(st.text(max_size=400))
def test_sentences_lose_only_white_space(text: str) -> None:
    spans = sentences(text)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    kept = "".join(text[span.start : span.end] for span in spans)
    assert "".join(kept.split()) == "".join(text.split())


NAMES = name_words(["Ada Lovelace", "Ben O'Neil"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi Ada Lovelace, how are tests run?", "how are tests run?"),
        ("Hello Ada and Ben!\nWhat is a mesh?", "What is a mesh?"),
        ("Ada Lovelace what is a mesh?", "what is a mesh?"),
        ("Good morning everyone, is it worth it?", "is it worth it?"),
        ("Hi Grace Hopper, is it worth it?", "is it worth it?"),
        ("Thanks for doing this! What is a mesh? Thank you!", "What is a mesh?"),
        ("Thank you. I wonder how tests are run", "I wonder how tests are run"),
        ("I have a question about the fit method.", "I have a question about the fit method."),
        ("I have two questions:\nWhy? How?", "Why?\nHow?"),
        ("High cardinality is a problem", "High cardinality is a problem"),
        ("Hi all 🙂", ""),
        ("Thanks!", ""),
    ],
    ids=lambda value: value[:24],
)
def test_content_drops_greetings_addresses_and_thanks(text: str, expected: str) -> None:
    assert content(text, names=NAMES) == expected


@given(st.text(max_size=300))
def test_content_spans_are_ordered_and_inside(text: str) -> None:
    spans = content_spans(text, names=NAMES)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))


SIGNATURES = [
    "Best,\nAda",
    "Best, Ada Lovelace",
    "Kind regards,\nAda Lovelace",
    "With best regards\nAda",
    "Sincerely,\nAda",
    "Yours faithfully,\nAda",
    "Cheers\nAda",
    "BR\nAda",
    "Take care, Ada!",
    "— Ada",
    "Thanks,\nAda",
]


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature_says_nothing(signature: str) -> None:
    assert content(f"How do I test a model?\n\n{signature}", names=NAMES) == (
        "How do I test a model?"
    )


@pytest.mark.parametrize(
    "text",
    ["Best", "Use pandas.\nBest practices are in chapter 4.", "It is free.\nLove it."],
)
def test_words_of_signatures_are_content_elsewhere(text: str) -> None:
    assert content(text, names=NAMES) == text


def test_long_thanks_are_content() -> None:
    assert is_courtesy("Thanks for the answer")
    assert not is_courtesy("Thanks " + "word " * 60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The B-tree", ["b", "tree", "btree"]),
        ("C++ and C#", ["c++", "c#"]),
        ("Ada's models", ["ada", "model"]),
        ("A/B testing", ["b", "ab", "test"]),
        ("running runs", ["run", "run"]),
        ("", []),
        ("the of and", []),
    ],
    ids=lambda value: str(value)[:16],
)
def test_tokenise(text: str, expected: list[str]) -> None:
    assert tokenise(text) == expected


@given(st.text(max_size=200))
def test_words_are_folded_and_bounded(text: str) -> None:
    assert all(word == word.casefold() and len(word) <= 128 for word in words(text))


@pytest.mark.parametrize(
    ("name", "folded", "slug"),
    [
        ("Savaş Yıldırım", "savas yildirim", "savas-yildirim"),
        ("Hélder  Russa", "helder  russa", "helder-russa"),
        ("!!!", "!!!", "unnamed"),
    ],
)
def test_names_are_folded(name: str, folded: str, slug: str) -> None:
    assert fold_name(name) == folded
    assert slugify(name) == slug


def test_excerpt_keeps_the_highlight_and_says_what_it_cut() -> None:
    text = "x" * 500 + " the answer is 42. " + "y" * 500
    start = text.index("the answer")
    shown, spans = excerpt(text, [Span(start, start + 17)], 100)
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert [shown[span.start : span.end] for span in spans] == ["the answer is 42."]


def test_display_decodes_entities_and_drops_terminal_escapes() -> None:
    assert display("a &lt; b\x1b[31m") == "a < b[31m"


@given(st.text(st.characters(max_codepoint=126), max_size=60) | st.text(" ab[](w.&", max_size=20))
def test_clean_has_one_result_whichever_way_it_takes(text: str) -> None:
    # White space at the end is dropped, but two blanks are a reason to look closer.
    assert clean(text) == clean(text + "  ")

"""Each stretch of a reply is traced to the part that it answers."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.parts import Post, aligned, chosen, read_labels, read_posts
from search.text.alignment import AlignedSegment, align
from search.text.parts import split_parts

ASKED = "1. Which database do you use?\n2. How do you test pipelines?\n3. Who is the book for?"
BULLETS = "- Which database do you use?\n- How do you test pipelines?\n- Who is the book for?"


def parts_of(replies: list[str], question: str = ASKED) -> list[tuple[str, int | None]]:
    """Return the first word of each aligned stretch with its part."""
    segments = align(split_parts(question), replies)
    return [(text_of(segment, replies).split()[0], segment.part) for segment in segments]


def text_of(segment: AlignedSegment, replies: list[str]) -> str:
    """Return a stretch as it was typed."""
    return replies[segment.message][segment.span.start : segment.span.end]


@pytest.mark.parametrize(
    "reply",
    [
        "1. Postgres.\n2. With fixtures.\n3. Beginners.",
        "1) Postgres.\n2) With fixtures.\n3) Beginners.",
        "Q1: Postgres.\nQ2: With fixtures.\nQ3: Beginners.",
        "#1 Postgres.\n#2 With fixtures.\n#3 Beginners.",
        "Re 1: Postgres.\nRe 2: With fixtures.\nRe 3: Beginners.",
        "1. Postgres. 2. With fixtures. 3. Beginners.",
        "- Postgres.\n- With fixtures.\n- Beginners.",
    ],
    ids=lambda reply: reply[:6],
)
@pytest.mark.parametrize("question", [ASKED, BULLETS], ids=["numbers", "bullets"])
def test_marks_are_followed(question: str, reply: str) -> None:
    assert [part for _, part in parts_of([reply], question)] == [0, 1, 2]


def test_order_does_not_matter_where_numbers_do() -> None:
    assert [part for _, part in parts_of(["3. Beginners.\n1. Postgres."])] == [2, 0]


def test_greetings_and_closings_answer_nothing() -> None:
    reply = "Hi Ada, thanks for the questions!\n1. Postgres.\n2. With fixtures.\nHope this helps!"
    assert [part for _, part in parts_of([reply])] == [None, 0, 1, None]


def test_a_number_that_was_not_asked_is_no_part() -> None:
    found = parts_of(["1. Postgres.\n2. Tomorrow."], "1. Which database do you use?")
    assert found == [("1.", 0), ("2.", None)]


def test_joint_numbers_answer_no_single_part() -> None:
    assert parts_of(["1. and 2. See the appendix.\n3. Beginners."])[0][1] is None


@pytest.mark.parametrize(
    "quoted", ["> How do you test pipelines?", "&gt; How do you test pipelines?"]
)
def test_a_quoted_question_names_its_part(quoted: str) -> None:
    assert parts_of([f"{quoted}\nWith fixtures, always."]) == [(quoted.split()[0], 1)]


def test_a_repeated_question_names_its_part() -> None:
    reply = "Who is the book for?\nAnybody, really.\nWhich database do you use?\nA small one."
    assert parts_of([reply]) == [("Who", 2), ("Which", 0)]


def test_ordinals_name_their_part() -> None:
    reply = "For the second question, fixtures.\nAs for the last one, anybody."
    assert parts_of([reply]) == [("For", 1), ("As", 2)]


def test_topics_name_their_part() -> None:
    reply = "Database: a small one.\nPipelines: with fixtures, mostly."
    assert parts_of([reply], BULLETS) == [("Database:", 0), ("Pipelines:", 1)]


def test_replies_in_turn_answer_parts_in_turn() -> None:
    replies = [
        "A plain relational one has served us well for many years now.",
        "With fixtures and a staging copy that is refreshed every night.",
        "Anybody who has written a little code and wants to write more.",
    ]
    assert [part for _, part in parts_of(replies, BULLETS)] == [0, 1, 2]


def test_words_decide_where_nothing_else_does() -> None:
    replies = ["We test every pipeline with fixtures before it ships."]
    assert parts_of(replies) == [("We", 1)]


def test_an_answer_to_everything_is_no_parts() -> None:
    assert parts_of(["It depends."]) == [("It", None)]


def test_the_answerers_own_list_is_no_numbering() -> None:
    reply = "We use this database for two reasons:\n1. It is free.\n2. It is small."
    assert parts_of([reply], BULLETS) == [("We", 0)]


def test_one_part_takes_every_answer() -> None:
    replies = ["Hi!", "A small one.", "Also it is free."]
    assert parts_of(replies, "Which database do you use?") == [
        ("Hi!", None),
        ("A", 0),
        ("Also", 0),
    ]


def test_nothing_asked_and_nothing_said() -> None:
    assert align((), ["A small one."])[0].part is None
    assert align(split_parts(ASKED), ["", " \n"]) == ()


words = st.text(
    alphabet=st.sampled_from("ab 123.?!)-*>\n:Q#&;Thanks\u00e9"), max_size=120
) | st.sampled_from(["1. Yes.\n2. No.", "> Who is the book for?\nMe.", "Thanks!", "- a\n- b\n- c"])


@given(st.lists(words, max_size=4), words | st.just(ASKED))
def test_segments_cover_each_reply_once_and_in_order(replies: list[str], question: str) -> None:
    parts = split_parts(question)
    segments = align(parts, replies)
    assert sorted(segments, key=lambda item: (item.message, item.span.start)) == list(segments)
    for place, reply in enumerate(replies):
        left, end = reply, 0
        for segment in (item for item in segments if item.message == place):
            assert end <= segment.span.start < segment.span.end <= len(reply)
            assert segment.part is None or 0 <= segment.part < len(parts)
            end = segment.span.end
            left = left.replace(text_of(segment, replies), "", 1)
        assert not left.strip()


@given(st.permutations([1, 2, 3]))
def test_numbers_are_followed_in_any_order(order: list[int]) -> None:
    reply = "\n".join(f"{number}. It is number {number}." for number in order)
    assert [part for _, part in parts_of([reply])] == [number - 1 for number in order]


@pytest.fixture(scope="module")
def archive(corpus: Path) -> Mapping[str, Post]:
    """The posts of the whole archive."""
    return read_posts(corpus)


@pytest.mark.parametrize(
    ("kind", "half", "floor"),
    [
        ("numbered", "dev", 0.95),
        ("numbered", "test", 0.92),
        ("numbered", None, 0.94),
        ("free", None, 0.72),
    ],
)
def test_alignment_reaches_its_floor(
    archive: Mapping[str, Post], kind: str, half: str | None, floor: float
) -> None:
    rows = chosen(read_labels("alignment"), kind=kind, half=half)
    assert aligned(rows, archive).recall >= floor


def test_alignment_of_labelled_parts_reaches_its_floor(archive: Mapping[str, Post]) -> None:
    rows = chosen(read_labels("alignment"), kind="numbered")
    assert aligned(rows, archive, split=False).recall >= 0.92


def test_the_labels_are_the_ones_that_were_made() -> None:
    rows = read_labels("alignment")
    assert len(rows) == 129
    assert len(chosen(rows, kind="numbered")) == 91
    assert sum(len(row["answers"]) for row in rows) == 540

"""A post is split into the questions it asks, wherever it greets and however it numbers."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.parts import Post, boundaries, chosen, read_labels, read_posts
from search.models import Span
from search.text.boilerplate import name_words
from search.text.markers import find_markers, line_marker
from search.text.parts import MOST_CONTEXT_CHARS, QuestionPart, split_parts
from tests.growth import LONGER, is_in_proportion

NAMES = name_words(["Ada Lovelace", "Grace Hopper"])
QUESTIONS = (
    "How do you monitor drift in production?",
    "What made you choose Rust for the parser?",
    "Is there a chapter on streaming joins?",
    "Which database suits small teams best?",
    "Please share some resources on feature stores.",
    "I wonder how large the training set has to be.",
)


def texts(post: str) -> list[str]:
    """Return the words of each part of a post."""
    return [part.text for part in split_parts(post, names=NAMES)]


def spans(post: str) -> list[str]:
    """Return each part of a post as it was typed."""
    return [post[part.span.start : part.span.end] for part in split_parts(post, names=NAMES)]


def labels(post: str) -> list[str | None]:
    """Return the numbers of the parts of a post."""
    return [part.label for part in split_parts(post, names=NAMES)]


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        ("Hi Ada! Thanks for coming.", []),
        ("We shipped the new release yesterday.", []),
        ("Hi Ada, how are you?", []),
        ("Can I ask you a question?", []),
        ("> Which index did you use?\nWe used a flat one.", []),
        ("Hi Ada, how do you test it?", ["how do you test it?"]),
        ("What are the limits of bagging", ["What are the limits of bagging"]),
        ("I wonder whether trees scale.", ["I wonder whether trees scale."]),
        ("Any tips on naming columns", ["Any tips on naming columns"]),
        ("Please share your reading list.", ["Please share your reading list."]),
    ],
    ids=lambda value: str(value)[:24],
)
def test_only_what_asks_is_a_part(post: str, expected: list[str]) -> None:
    assert spans(post) == expected


@pytest.mark.parametrize(
    "follow_on",
    [
        "Why?",
        "If so, how?",
        "For example, in a bank?",
        "Is it worth the effort?",
        "Airflow or Prefect?",
        "Or would you rather wait?",
        "Could you share any examples?",
        "Would love to hear your thoughts!",
        "(more specifically, for time series?)",
    ],
)
def test_a_follow_on_stays_with_its_question(follow_on: str) -> None:
    post = f"How do you schedule nightly retraining jobs? {follow_on}"
    assert spans(post) == [post]


@pytest.mark.parametrize(
    ("opener", "question"),
    [
        ("Also,", "which cloud do you deploy to?"),
        ("Second question:", "which cloud do you deploy to?"),
        ("Another one:", "which cloud do you deploy to?"),
        ("Lastly,", "which cloud do you deploy to?"),
        ("", "Which cloud provider do you deploy to?"),
        ("PS:", "is there a discount?"),
        ("", "Are cloud certificates worth it for students?"),
    ],
)
def test_another_need_is_another_part(opener: str, question: str) -> None:
    first, second = "How do you schedule nightly retraining jobs?", f"{opener} {question}".strip()
    assert spans(f"{first} {second}") == [first, second]


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        ("1. How many rows?\n2. Which engine?", ["1", "2"]),
        ("1) How many rows?\n2) Which engine?", ["1", "2"]),
        ("Q1: How many rows?\nQ2: Which engine?", ["1", "2"]),
        ("#1 How many rows?\n#2 Which engine?", ["1", "2"]),
        ("*1.* How many rows?\n*2.* Which engine?", ["1", "2"]),
        ("1️⃣ How many rows?\n2️⃣ Which engine?", ["1", "2"]),
        ("- How many rows?\n- Which engine?", [None, None]),
        ("I have two: 1) how many rows? 2) which engine?", ["1", "2"]),
        ("3) How many rows?", ["3"]),
        ("1. Storage\n  a. How many rows?\n  b. Which engine?\n2. Why?", ["1a", "1b", "2"]),
    ],
    ids=lambda value: str(value)[:24],
)
def test_items_keep_their_numbers(post: str, expected: list[str | None]) -> None:
    assert labels(post) == expected


def test_numbers_inside_a_sentence_do_not_split_it() -> None:
    post = "Does chapter 1. cover Python 3. 8 features (ch. 2) too?"
    assert len(split_parts(post)) == 1


def test_a_list_that_is_no_list_of_questions_stays_whole() -> None:
    post = "We tried:\n- bagging\n- boosting\nWhich one generalises better to new customers?"
    assert spans(post) == [post]


def test_items_behind_a_lead_in_carry_it_along() -> None:
    post = "Hi Ada! Could you suggest a good library for:\n1. Audio\n2. Video"
    lead = "Could you suggest a good library for:"
    assert texts(post) == [f"{lead}\nAudio", f"{lead}\nVideo"]
    assert [post[span.start : span.end] for span in split_parts(post)[1].context] == [lead]


def test_shared_background_is_context_and_not_part() -> None:
    background = "Our team moves a monolith to the cloud."
    first = "How many weeks should the planning phase take?"
    second = "Which database vendor handles analytical queries best?"
    parts = split_parts(f"{background} {first} {second}")
    assert [part.text for part in parts] == [first, second]
    assert [part.context for part in parts] == [(Span(0, len(background)),)] * 2


def test_context_is_carried_where_a_part_does_not_stand_alone() -> None:
    background = "Our team moves a monolith to the cloud."
    assert texts(f"{background} How long should that take? Which vendor is best?") == [
        f"{background} How long should that take?".replace(". ", ".\n"),
        f"{background}\nWhich vendor is best?",
    ]


def test_background_of_one_question_belongs_to_it() -> None:
    post = "Our team moves a monolith to the cloud. How long should that take?"
    assert spans(f"Hi Ada! {post} Thanks!") == [post]


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        (
            "What does grokking mean, and who came up with the title?",
            ["What does grokking mean,", "and who came up with the title?"],
        ),
        (
            "How do you look for seasons and what features do you use then?",
            ["How do you look for seasons", "and what features do you use then?"],
        ),
        ("What is a feature store and why do I need one?", None),
        ("How do I deploy it and who should own it?", None),
    ],
)
def test_two_short_questions_in_a_sentence_are_two_where_each_stands_alone(
    post: str, expected: list[str] | None
) -> None:
    assert spans(post) == (expected or [post])


def test_two_full_questions_in_one_sentence_are_two_parts() -> None:
    post = "What does a lake look like in practice and why do banks avoid building data lakes?"
    assert [text.split()[0] for text in spans(post)] == ["What", "and"]


def test_context_is_bounded() -> None:
    background = "We run a shop with many customers. " * 100
    part = split_parts(f"{background}\n1. What is it?\n2. Why is it so?")[1]
    assert len(part.text) <= MOST_CONTEXT_CHARS + len("Why is it so?") + 20


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2. Yes", ("2",)),
        ("Re 2: yes", ("2",)),
        ("Answer to Q3", ("3",)),
        ("1. and 2. Yes", ("1", "2")),
        ("1ai: yes", ("1ai",)),
        ("`1)` yes", ("1",)),
        ("- yes", ()),
    ],
)
def test_marks_are_read(line: str, expected: tuple[str, ...]) -> None:
    marker = line_marker(line)
    assert marker is not None
    assert marker.labels == expected


@pytest.mark.parametrize("line", ["1.5 million", "3D models", "20 - 30 people", "A lot", "5 tips"])
def test_quantities_are_no_marks(line: str) -> None:
    assert line_marker(line) is None
    assert find_markers(line) == []


posts = st.text(
    alphabet=st.sampled_from("ab 12.?!)(-*>\n\t,:'\"Whatifhow&;#Q`/\u00e9\U0001f600"), max_size=300
)


@given(posts | st.text(max_size=200))
def test_parts_are_in_order_and_do_not_overlap(post: str) -> None:
    end = 0
    for part in split_parts(post):
        assert end <= part.span.start < part.span.end <= len(post)
        assert part.text
        assert all(0 <= span.start < span.end <= len(post) for span in part.context)
        end = part.span.end


@given(posts)
def test_splitting_twice_gives_the_same(post: str) -> None:
    assert split_parts(post) == split_parts(post)


@given(st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=5, unique=True), st.booleans())
def test_greetings_and_thanks_change_nothing(questions: list[str], numbered: bool) -> None:
    lines = [f"{i}. {text}" if numbered else text for i, text in enumerate(questions, start=1)]
    body = "\n".join(lines)
    wrapped = f"Hi Ada Lovelace!\nThanks for doing this.\n{body}\nThank you so much!"
    bare = [(part.text, part.label) for part in split_parts(body, names=NAMES)]
    assert bare == [(part.text, part.label) for part in split_parts(wrapped, names=NAMES)]
    assert len(bare) == len(questions)


DRAWN = ("several", "uniform", "unmarked")
LONG = {
    "prose": "We built a model and it works. How should it be deployed to the cloud? ",
    "numbers": "1. How do I do it?\n",
    "bullets": "- a: what is it?\n",
    "statements": "- a\n",
    "marks": "?",
    "ellipses": "...",
    "no end": "and what is it, and how to do the thing ",
    "quotes": "> what\n",
    "words": "share questions if you ",
}


@pytest.mark.parametrize("pattern", LONG.values(), ids=LONG)
def test_long_drafts_take_time_in_proportion(pattern: str) -> None:
    short, long = (pattern * (size // len(pattern)) for size in (20_000 // LONGER, 20_000))
    assert is_in_proportion(lambda: split_parts(short), lambda: split_parts(long))


@settings(max_examples=20)
@given(st.integers(min_value=2, max_value=60))
def test_every_numbered_question_is_found(count: int) -> None:
    post = "\n".join(f"{i}. How does step {i} of the pipeline work?" for i in range(1, count + 1))
    assert labels(post) == [str(i) for i in range(1, count + 1)]


@pytest.mark.parametrize(
    ("post", "starts"),
    [
        ("How do I find outliers? And to trace their source?", ["How"]),
        ("Shall I sample rows or groups? When do we use the former?", ["Shall"]),
        (
            "Which free hosts are there? When does it make sense to pay for a host?",
            ["Which", "When"],
        ),
        ("What goes wrong in joins? And what is the best way to avoid those?", ["What", "And"]),
        (
            "Where do I begin with compilers, and with which of the many books? Where to start?",
            ["Where"],
        ),
        ("Why is one challenge so hard to name? How large was your team then?", ["Why", "How"]),
        ("I really enjoyed your book. Which index did you use there?", ["Which"]),
        ("So excited to have you here! Which index did you use there?", ["Which"]),
        ("First of all thanks for being here. Which index did you use?", ["Which"]),
        ("My question is about gatekeeping in tech. How do I survive it?", ["My"]),
        (
            "How does it read tables? Suppose I have a report. It has text and tables. The numbers "
            "stand in the tables. Would it answer from them?",
            ["How", "Suppose"],
        ),
        ("I come to the world that everyone talks about. How would I enter?", ["I"]),
    ],
    ids=lambda value: str(value)[:24],
)
def test_where_a_part_starts(post: str, starts: list[str]) -> None:
    assert [text.split()[0] for text in spans(post)] == starts


@pytest.fixture(scope="module")
def archive(corpus: Path) -> Mapping[str, Post]:
    """The posts of the whole archive."""
    return read_posts(corpus)


@pytest.mark.parametrize(
    ("kinds", "half", "floor"),
    [
        (DRAWN, "dev", 0.94),
        (DRAWN, "test", 0.87),
        (DRAWN, None, 0.91),
        (("fresh",), None, 0.79),
    ],
)
def test_boundaries_reach_their_floor(
    archive: Mapping[str, Post], kinds: tuple[str, ...], half: str | None, floor: float
) -> None:
    rows = [row for kind in kinds for row in chosen(read_labels("parts"), kind=kind, half=half)]
    assert boundaries(rows, archive).f1 >= floor


def test_the_labels_are_the_ones_that_were_made() -> None:
    rows = read_labels("parts")
    drawn = [row for row in rows if row["kind"] in DRAWN]
    assert len(drawn) == 120
    assert len(chosen(drawn, half="dev")) == len(chosen(drawn, half="test")) == 60
    assert sum(len(row["parts"]) for row in drawn) == 188
    assert len(chosen(rows, kind="fresh")) == 40


def test_a_part_is_a_value() -> None:
    part = split_parts("Why not?\nWhich tool do you use for tests?")[0]
    assert isinstance(part, QuestionPart)
    assert hash(part) == hash(split_parts("Why not?\nWhich tool do you use for tests?")[0])

"""A thread page numbers the questions of a post and what answers them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.pages.markup.blocks import parse
from api.pages.markup.html import Note, to_html
from tests.support import build_hashed, write_book
from tests.test_pages_hostile import HOSTILE, seen

ASKED = "Hi Ada!\n1. Which database do you use?\n2. How do you test pipelines?\n3. Any news?"
REPLY = "Hello Ben!\n2. With *fixtures*.\n1. Postgres."


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("parts")
    threads = [
        (("Ben Tester", ASKED), [("Ada Lovelace", REPLY)]),
        (("Cleo Tester", "Which editor?"), [("Ada Lovelace", "Vim.")]),
    ]
    write_book(folder, "book", threads)
    build_hashed(folder / "book.md", folder / "bundle")
    with TestClient(create_app(folder / "bundle", watch=False)) as client:
        yield client


def thread_ids(client: TestClient) -> list[str]:
    threads = client.get("/v1/books/book").json()["threads"]
    return [thread["thread_id"] for thread in threads]


def test_questions_lead_to_their_answers_and_back(client: TestClient) -> None:
    text = client.get(f"/threads/{thread_ids(client)[0]}").text
    numbers = re.findall(r'<(a|span) class="part-no"( id="\w+")?( href="#\w+")?', text)
    assert [(tag, anchor.strip(), href.strip()) for tag, anchor, href in numbers] == [
        ("a", 'id="q1"', 'href="#a1"'),
        ("a", 'id="q2"', 'href="#a2"'),
        ("span", 'id="q3"', ""),
        ("a", 'id="a2"', 'href="#q2"'),
        ("a", 'id="a1"', 'href="#q1"'),
    ]
    listed = text[text.index('<nav class="asked-here"') : text.index('<ol class="turns">')]
    assert "3 questions in one post" in listed
    assert listed.count("Answered by") == 2
    assert "No answer of its own" in listed


def test_one_question_is_not_numbered(client: TestClient) -> None:
    text = client.get(f"/threads/{thread_ids(client)[1]}").text
    assert "part-no" not in text
    assert "asked-here" not in text


def test_markdown_lists_the_questions(client: TestClient) -> None:
    text = client.get(f"/threads/{thread_ids(client)[0]}.md").text
    assert "1. Which database do you use? (answered by Ada Lovelace)\n" in text
    assert "3. Any news? (no answer of its own)\n" in text


def test_programs_get_parts_and_follow_ups(client: TestClient) -> None:
    thread = client.get(f"/v1/threads/{thread_ids(client)[0]}").json()
    database = thread["parts"][0]
    span = database["answers"][0]["span"]
    assert REPLY[span["start"] : span["end"]] == "1. Postgres."
    assert database["message"] == 0
    assert database["label"] == "1"
    assert thread["parts"][2]["answers"] == []
    assert thread["follow_ups"] == []


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_numbers_keep_every_string_text(text: str) -> None:
    notes = [Note(0, 1, text, "q1", "#a1"), Note(len(text) // 2, 2, "x", "q2")]
    plain, numbered = seen(to_html(parse(text))), seen(to_html(parse(text), notes=notes))
    assert set(numbered.tags) - set(plain.tags) <= {"a", "span"}
    assert {name for name, _ in numbered.attributes} <= {
        "class", "id", "href", "rel", "value", "role", "aria-label"
    }  # fmt: skip


def test_a_number_stands_before_its_character_whatever_is_marked_there() -> None:
    notes = [Note(2, 1, "one"), Note(8, 2, "two", href="#a2")]
    assert to_html(parse("- *abc* def"), notes=notes) == (
        '<ul><li><strong><span class="part-no" role="img" aria-label="one">1</span>'
        '<span class="unseen">. </span>abc</strong> '
        '<a class="part-no" href="#a2" aria-label="two">2</a>'
        '<span class="unseen">. </span>def</li></ul>'
    )


def test_a_number_stands_in_place_of_the_posts_own() -> None:
    assert seen(to_html(parse("Hi! 2) Why?"), notes=[Note(4, 2, "two", end=7)])).text == (
        "Hi! 2. Why?"
    )
    item = to_html(parse("2. Why?"), notes=[Note(0, 2, "two", end=3)])
    assert '<li value="2" class="renumbered"><span class="part-no"' in item
    other = to_html(parse("2. Why?"), notes=[Note(0, 3, "three")])
    assert '<li value="2"><span class="part-no"' in other


def test_each_question_shows_one_number(client: TestClient) -> None:
    text = client.get(f"/threads/{thread_ids(client)[0]}").text
    asked = text[text.index('<div class="words full">') : text.index("</article>")]
    assert "2. How do you test pipelines?" in seen(asked).text
    assert "2. 2" not in seen(text).text


def test_the_askers_own_numbers_are_kept_where_each_question_has_one(tmp_path: Path) -> None:
    asked = "And more:\n5. Which database do you use?\n6. How do you test pipelines?"
    threads = [(("Ben Tester", asked), [("Ada Lovelace", "5. Postgres.\n6. With fixtures.")])]
    write_book(tmp_path, "book", threads)
    build_hashed(tmp_path / "book.md", tmp_path / "bundle")
    with TestClient(create_app(tmp_path / "bundle", watch=False)) as client:
        text = client.get(f"/threads/{thread_ids(client)[0]}").text
    assert re.findall(r'id="([qa]\d+)"', text) == ["q5", "q6", "a5", "a6"]
    assert '<li value="5"><a href="#q5" dir="auto">Which database do you use?</a>' in text

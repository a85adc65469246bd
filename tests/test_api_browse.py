"""Topics, voices, books and authors: the same from HTTP, the command line and Python."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.browse_output import ANSWERED
from api.cli import main
from api.output import to_plain
from api.pages import words
from api.schemas import AuthorTopics, BookTopics, TopicList, TopicView
from api.topic_map import as_html
from search.engine import Engine
from search.models import AnsweredBy, ThreadFilter
from tests.support import BOOK, OTHER_BOOK, build_hashed

AUTHOR = "ada-lovelace"
SUBJECT = "How do vertices go with edges in graph?"


@pytest.fixture(scope="module")
def client(topical_bundle: Path) -> Iterator[TestClient]:
    with TestClient(create_app(topical_bundle, watch=False)) as client:
        yield client


def expected_of(engine: Engine) -> dict[str, object]:
    """Return what each route has to say, by its address."""
    topic = engine.topics()[0].topic_id
    where = ThreadFilter(author=AUTHOR)
    return {
        "/v1/topics": TopicList.of(engine, None),
        f"/v1/topics?author={AUTHOR}": TopicList.of(engine, where),
        f"/v1/topics/{topic}?limit=2": TopicView.of(engine, topic, None, limit=2, cursor=None),
        f"/v1/books/{BOOK}/topics": BookTopics.of(engine, BOOK),
        f"/v1/authors/{AUTHOR}/topics": AuthorTopics.of(engine, AUTHOR),
        f"/v1/voices?q={SUBJECT}&top_k=3": engine.voices(SUBJECT, top_k=3),
        "/v1/map": engine.topic_map(),
    }


def test_http_says_what_the_engine_says(client: TestClient, topical: Engine) -> None:
    for address, expected in expected_of(topical).items():
        assert client.get(address).json() == json.loads(json.dumps(to_plain(expected))), address


def test_the_command_line_says_what_the_engine_says(
    topical_bundle: Path, topical: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    topic = topical.topics()[0].topic_id
    commands = [
        ["topics"],
        ["topics", "--author", AUTHOR],
        ["topics", topic, "--limit", "2"],
        ["book", BOOK],
        ["author", AUTHOR],
        ["voices", SUBJECT, "--top-k", "3"],
    ]
    for command, expected in zip(commands, expected_of(topical).values(), strict=False):
        assert main([*command, "--bundle", str(topical_bundle), "--json"]) == 0
        printed = json.loads(capsys.readouterr().out)
        assert printed == json.loads(json.dumps(to_plain(expected))), command


def test_what_people_read_names_threads_and_words(
    topical_bundle: Path, topical: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = ["--bundle", str(topical_bundle)]
    topic = topical.topics()[0]
    assert main(["topics", *bundle]) == 0
    assert topic.label in capsys.readouterr().out
    assert main(["topics", topic.topic_id, *bundle]) == 0
    assert topic.examples[0].thread_id in capsys.readouterr().out
    assert main(["book", BOOK, *bundle]) == 0
    assert "waiting" in capsys.readouterr().out
    assert main(["author", AUTHOR, *bundle]) == 0
    (voice,) = topical.voices(SUBJECT).voices
    assert voice.answer.text.split("\n")[0] in capsys.readouterr().out
    assert main(["voices", SUBJECT, *bundle]) == 0
    assert "1. Ada Lovelace" in capsys.readouterr().out
    assert main(["voices", "underwater basket weaving for pigeons", *bundle]) == 0
    assert "No author said anything that is near enough" in capsys.readouterr().out


@pytest.mark.parametrize("state", AnsweredBy)
def test_every_kind_of_answer_has_words(state: AnsweredBy) -> None:
    assert ANSWERED[state]
    assert words.answered(state)


def test_records_are_answered_officially(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = "id,question,answer\n1,How do I enrol in the course?,Fill in the form.\n"
    (tmp_path / "course.csv").write_text(records, "utf-8")
    build_hashed(tmp_path / "course.csv", tmp_path / "bundle")
    assert main(["book", "course", "--bundle", str(tmp_path / "bundle")]) == 0
    assert "   answered officially  thread " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("named", "by_slug"),
    [
        (["book", "a small book"], ["book", BOOK]),
        (["book", "small"], ["book", BOOK]),
        (["author", "lovelace"], ["author", AUTHOR]),
        (["author", "hopper"], ["author", "grace-hopper"]),
        (["topics", "--author", "Ada Lovelace"], ["topics", "--author", AUTHOR]),
        (["search", SUBJECT, "--book", "small"], ["search", SUBJECT, "--book", BOOK]),
        (["check", f"{SUBJECT}?", "--book", "small"], ["check", f"{SUBJECT}?", "--book", BOOK]),
    ],
)
def test_books_and_authors_are_found_by_their_names(
    topical_bundle: Path,
    capsys: pytest.CaptureFixture[str],
    named: list[str],
    by_slug: list[str],
) -> None:
    printed = []
    for command in (named, by_slug):
        assert main([*command, "--bundle", str(topical_bundle)]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v1/topics?book=nothing", 422, "no book or collection 'nothing'"),
        ("/v1/topics/nothing", 404, "no topic 'nothing'"),
        ("/v1/topics/nothing?limit=0", 422, "query.limit"),
        ("/v1/voices", 422, "query.q"),
        ("/v1/voices?q=%20", 422, "the query is empty"),
        ("/v1/voices?q=x&top_k=101", 422, "query.top_k"),
        ("/v1/books/nothing/topics", 404, "no book or collection 'nothing'"),
        ("/v1/authors/nothing/topics", 404, "no author 'nothing'"),
    ],
)
def test_bad_requests_are_problems(client: TestClient, path: str, status: int, words: str) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert words in response.json()["detail"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["topics", "nothing"], "no topic 'nothing'"),
        (["topics", "--map", "map.png"], "ends in none of .html, .svg"),
        (["topics", "nothing", "--map", "map.svg"], "give it alone"),
        (["book", "nothing"], "no book or collection 'nothing'"),
        (["author", "nothing"], "no author 'nothing'"),
        (["voices", " "], "the query is empty"),
        (["book", "book"], "'book' may mean more than one book or collection: 20211122-a-small"),
        (["search", SUBJECT, "--author", "nobody"], "no author 'nobody'"),
    ],
)
def test_bad_commands_are_one_line(
    topical_bundle: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main([*arguments, "--bundle", str(topical_bundle)]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("name", ["map.svg", "map.html"])
def test_a_map_shows_every_thread_and_needs_nothing_else(
    topical_bundle: Path, topical: Engine, tmp_path: Path, name: str
) -> None:
    assert main(["topics", "--map", str(tmp_path / name), "--bundle", str(topical_bundle)]) == 0
    drawn = (tmp_path / name).read_text("utf-8")
    picture = ElementTree.fromstring(re.search(r"<svg.*</svg>", drawn, re.DOTALL)[0])
    space = "{http://www.w3.org/2000/svg}"
    assert len(list(picture.iter(f"{space}circle"))) == len(topical.store.thread_ids())
    labels = [text.text for text in picture.iter(f"{space}text")]
    assert len(labels) == len(topical.topics())
    assert all(label in topic.label for label, topic in zip(labels, topical.topics(), strict=True))
    assert not re.search(r"<script|<link|@import|url\(|src=|\\son\w+=", drawn)
    urls = {link.get("href") for link in picture.iter(f"{space}a")}
    assert urls <= {point.url for point in topical.topic_map().points}
    assert urls


def test_archived_words_cannot_break_out_of_a_map(topical: Engine) -> None:
    found = topical.topic_map()
    evil = '</title><script>alert(1)</script>"onload="x'
    points = [
        type(point)(**{**to_plain(point), "question": evil, "url": "javascript:alert(1)"})
        for point in found.points
    ]
    drawn = as_html(type(found)("1", found.labels, tuple(points)), {BOOK: evil, OTHER_BOOK: evil})
    assert "<script" not in drawn
    assert "javascript:" not in drawn

"""A question asked after an answer is a hit of its own, shown with its parent."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.batch import Checked
from api.check_report import as_csv, as_html
from api.cli import app
from search import open_engine
from search.engine import Engine
from search.hits import follow_up
from search.models import Span
from search.results import FollowUpQuestion, Hit
from tests.support import build_hashed, write_book

OPENING = "How do I deploy a model without downtime?"
FURTHER = "Thanks! And which database suits embedded sensors?"
REPLIES = [
    ("Ada Lovelace", "Use a shadow deployment of the model first, without downtime."),
    ("Ben Tester", FURTHER),
    ("Ada Lovelace", "Embedded sensors do well with a columnar database."),
    ("Cleo Tester", "And what about the statistics of pigeons?"),
]
QUERY = "columnar database for embedded sensors"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("follow-ups")
    write_book(folder, "20211122-a-small-book", [(("Ben Tester", OPENING), REPLIES)])
    build_hashed(folder / "20211122-a-small-book.md", folder / "bundle")
    return folder / "bundle"


@pytest.fixture(scope="module")
def engine(bundle: Path) -> Engine:
    return open_engine(bundle)


def only_hit(engine: Engine, query: str) -> Hit:
    result = engine.search(query)
    (hit,) = (*result.hits, *result.closest)
    return hit


def test_a_hit_names_the_follow_up_that_its_answer_replies_to(engine: Engine) -> None:
    hit = only_hit(engine, QUERY)
    asked = engine.thread(hit.thread_id).messages[2]
    assert hit.question.text == OPENING
    assert hit.answer is not None
    assert hit.answer.text == REPLIES[2][1]
    words = [FURTHER.index(word) for word in ("database", "embedded", "sensors")]
    spans = [
        Span(at, at + len(word))
        for at, word in zip(words, ("database", "embedded", "sensors"), strict=True)
    ]
    assert hit.follow_up == FollowUpQuestion(
        text=FURTHER,
        highlights=tuple(spans),
        asker="Ben Tester",
        message_id=asked.message_id,
        url=asked.url,
    )


def test_its_link_leads_to_the_follow_up(engine: Engine) -> None:
    hit = only_hit(engine, QUERY)
    assert hit.follow_up is not None
    assert hit.url == hit.follow_up.url
    assert hit.url is not None
    assert hit.url.endswith("#:~:text=And%20which%20database%20suits")


def test_a_hit_of_the_opening_question_has_none(engine: Engine) -> None:
    hit = only_hit(engine, "deploy a model without downtime")
    assert hit.follow_up is None
    assert hit.answer is not None
    assert hit.answer.text == REPLIES[0][1]
    assert hit.url == engine.thread(hit.thread_id).question.url


def test_the_question_decides_where_no_answer_has_the_words(tmp_path: Path) -> None:
    replies = [
        ("Ada Lovelace", "Slowly, and only in the night."),
        ("Ben Tester", "Which database suits embedded sensors?"),
        ("Ada Lovelace", "The columnar one, slowly."),
    ]
    write_book(tmp_path, "book", [(("Ben Tester", OPENING), replies)])
    build_hashed(tmp_path / "book.md", tmp_path / "bundle")
    hit = only_hit(open_engine(tmp_path / "bundle"), "deploy a model without downtime")
    assert hit.follow_up is None
    assert hit.answer is not None
    assert hit.answer.text == replies[0][1]


def test_a_question_without_an_answer_is_no_follow_up(engine: Engine) -> None:
    hit = only_hit(engine, "statistics of pigeons")
    assert hit.follow_up is None or "pigeons" not in hit.follow_up.text
    assert follow_up(engine.thread(hit.thread_id), None) is None


def test_voices_name_it(engine: Engine) -> None:
    (voice,) = engine.voices(QUERY).voices
    assert voice.question == OPENING
    assert voice.follow_up is not None
    assert voice.follow_up.text == FURTHER
    (voice,) = engine.voices("deploy a model without downtime").voices
    assert voice.follow_up is None


def test_checked_posts_and_their_reports_show_it(engine: Engine) -> None:
    result = engine.check("Which columnar database suits embedded sensors?")
    (hit,) = result.parts[0].hits
    assert hit.follow_up is not None
    checked = [Checked(line=1, text=result.text, result=result)]
    header, row = as_csv(checked).splitlines()
    assert header.split(",")[9:12] == ["question", "follow_up", "answer"]
    assert FURTHER in row
    assert "later Ben Tester asked:" in as_html(checked)


@pytest.mark.parametrize("command", ["search", "check", "voices"])
def test_the_command_line_prints_it(bundle: Path, command: str) -> None:
    query = f"Which {QUERY}?"
    printed = CliRunner().invoke(app, [command, query, "--bundle", str(bundle)])
    assert f"   later Ben Tester asked: {FURTHER}" in printed.stdout.splitlines()
    printed = CliRunner().invoke(app, [command, query, "--bundle", str(bundle), "--json"])
    assert FURTHER in json.dumps(json.loads(printed.stdout))

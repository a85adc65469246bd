"""What is asked in a thread, part by part, and which stretches of the replies answer it."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.cli import main
from search.engine import Engine
from search.models import Part, Thread
from search.opening import open_engine
from tests.support import build_hashed, write_book

SLUG = "20211122-a-small-book"
ASKED = "Hi Ada!\n1. Which database do you use?\n2. How do you test pipelines?\nThanks!"
REPLY = "Hello Ben.\n2. With fixtures and small files.\n1. Postgres, for years."
LATER = "1. Is Postgres fast enough for logs? 2. What do you use to draw charts?"
THREADS = [
    (
        ("Ben Tester", ASKED),
        [
            ("Ada Lovelace", REPLY),
            ("Cleo Tester", LATER),
            ("Ada Lovelace", "1. Fast enough, with partitions.\n2. Plain scripts draw my charts."),
            ("Ben Tester", "Thanks, and does this also hold for streams?"),
        ],
    ),
    (
        ("Dan Tester", "How do juniors learn statistics?"),
        [("Ada Lovelace", "1. Simulate.\n2. Read.")],
    ),
]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("questions")
    write_book(folder, SLUG, THREADS)
    build_hashed(folder, folder / "bundle")
    return folder / "bundle"


@pytest.fixture(scope="module")
def engine(bundle: Path) -> Engine:
    return open_engine(bundle)


def thread_of(engine: Engine, place: int) -> Thread:
    threads = engine.store.iter_threads()
    return next(each for each in threads if each.source_refs[0] == f"{SLUG}#{place}")


def as_text(thread: Thread, part: Part) -> tuple[str, str | None, list[str]]:
    """Return a part's words, its number, and the words that answer it."""
    answers = [
        thread.messages[each.message].text[each.span.start : each.span.end] for each in part.answers
    ]
    asked = thread.messages[part.message].text[part.span.start : part.span.end]
    return asked, part.label, answers


def test_each_question_has_the_stretches_that_answer_it(engine: Engine) -> None:
    thread = thread_of(engine, 0)
    assert [as_text(thread, part) for part in engine.parts(thread.thread_id)] == [
        ("1. Which database do you use?", "1", ["1. Postgres, for years."]),
        ("2. How do you test pipelines?", "2", ["2. With fixtures and small files."]),
        ("1. Is Postgres fast enough for logs?", "1", ["1. Fast enough, with partitions."]),
        ("2. What do you use to draw charts?", "2", ["2. Plain scripts draw my charts."]),
    ]


def test_parts_say_in_which_messages_they_stand(engine: Engine) -> None:
    parts = engine.parts(thread_of(engine, 0).thread_id)
    assert [part.message for part in parts] == [0, 0, 2, 2]
    assert [[each.message for each in part.answers] for part in parts] == [[1], [1], [3], [3]]


def test_one_question_has_no_parts(engine: Engine) -> None:
    assert engine.parts(thread_of(engine, 1).thread_id) == ()


def test_what_was_posted_apart_and_joined_is_aligned_too(tmp_path: Path) -> None:
    """The answer was posted as a thread of its own, in the archive's order."""
    opening = "Ben, good questions. "
    threads = [
        (("Ben Tester", ASKED), []),
        (("Ada Lovelace", f"{opening}\n1. Postgres is my database.\n2. Fixtures test them."), []),
    ]
    write_book(tmp_path, SLUG, threads)
    build_hashed(tmp_path, tmp_path / "bundle")
    engine = open_engine(tmp_path / "bundle")
    thread = thread_of(engine, 0)
    assert thread.source_refs == (f"{SLUG}#0", f"{SLUG}#1")
    found = [as_text(thread, part)[2] for part in engine.parts(thread.thread_id)]
    assert found == [["1. Postgres is my database."], ["2. Fixtures test them."]]


def test_http_shows_parts_follow_ups_and_links(bundle: Path, engine: Engine) -> None:
    thread = thread_of(engine, 0)
    with TestClient(create_app(bundle, watch=False)) as client:
        got = client.get(f"/v1/threads/{thread.thread_id}").json()
    assert [part["label"] for part in got["parts"]] == ["1", "2", "1", "2"]
    start = REPLY.index("1. Postgres")
    assert got["parts"][0]["answers"] == [
        {"message": 1, "span": {"start": start, "end": len(REPLY)}}
    ]
    assert got["follow_ups"] == [{"question": 2, "answers": [3]}]
    assert got["links"] == []


def test_the_command_numbers_questions_and_answers(
    bundle: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    thread = thread_of(engine, 0)
    assert main(["show", thread.thread_id, "--bundle", str(bundle)]) == 0
    printed = capsys.readouterr().out
    assert "[2] 2. How do you test pipelines?" in printed
    assert "[to 2] 2. With fixtures and small files.\n[to 1] 1. Postgres, for years." in printed
    assert "[to 4] 2. Plain scripts" in printed


def test_the_command_says_why_a_post_was_joined(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    threads = [
        (("Ben Tester", "Which database suits long time series?"), []),
        (("Ada Lovelace", "Ben, a columnar database suits a time series best."), []),
    ]
    write_book(tmp_path, SLUG, threads)
    build_hashed(tmp_path, tmp_path / "bundle")
    thread = thread_of(open_engine(tmp_path / "bundle"), 0)
    assert main(["show", thread.thread_id, "--bundle", str(tmp_path / "bundle")]) == 0
    assert "Ada Lovelace (author)  posted separately: addresses Ben" in capsys.readouterr().out

import json
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import app, main
from tests.support import HASH_MODEL, THREADS, write_book

SLUG = "20211122-a-small-book"
COMMANDS = sorted(command.callback.__name__ for command in app.registered_commands)


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def test_index_search_show_verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_book(tmp_path, SLUG, THREADS)
    assert run("index", f"{SLUG}.md", "--model", HASH_MODEL) == 0
    assert "4 posts as 4 threads" in capsys.readouterr().out

    assert run("search", "deploy a model without downtime", "--top-k", 1) == 0
    printed = capsys.readouterr().out
    assert "Ada Lovelace (author): Use a shadow deployment first." in printed
    thread_id = printed.split("thread ")[1].split()[0]

    assert run("show", thread_id) == 0
    assert "Thanks a lot!" in capsys.readouterr().out
    assert run("verify") == 0
    assert "is intact" in capsys.readouterr().out

    assert run("index", f"{SLUG}.md", "--model", HASH_MODEL) == 0
    assert "nothing has changed" in capsys.readouterr().out


def test_index_reports_each_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    write_book(sources, SLUG, THREADS)
    records = ['{"id": "a", "question": "Is it free?", "answer": "Yes."}', '{"id": "b"}']
    (sources / "pairs.jsonl").write_text("\n".join(records), "utf-8")
    options = ("--model", HASH_MODEL, "--keep-going")
    assert run("index", sources, *options) == 0
    printed = capsys.readouterr()
    lines = [" ".join(line.split()) for line in printed.out.splitlines()]
    assert "book 1 files, 4 threads, 5 replies, rejected 0, notices 0" in lines
    assert "jsonl 1 files, 1 threads, 1 replies, rejected 1, notices 0" in lines
    assert f"error: {sources / 'pairs.jsonl'}:2: the record has no `question`" in printed.err
    assert run("index", sources, *options, "--json") == 0
    found = json.loads(capsys.readouterr().out)["sources"]
    assert [each["format"] for each in found] == ["book", "jsonl"]


def test_json_is_one_document_and_nothing_else(
    hashed_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("search", "deploy a model", "--bundle", hashed_bundle, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result) == {
        "query", "generation", "answerable", "hits", "closest", "books", "named", "notes",
            "warnings", "took_ms",
    }  # fmt: skip
    hit = result["hits"][0]
    assert {"thread_id", "source_refs", "rank", "score", "probability", "question", "asker",
            "collection", "answer", "url", "why"} <= set(hit)  # fmt: skip
    assert set(hit["collection"]) == {"slug", "title", "kind", "start", "end", "url"}
    assert hit["collection"]["start"] == "2021-11-22"


def test_filters_reach_the_engine(hashed_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--bundle", hashed_bundle, "--json", "--unanswered", "--book", SLUG, "--year", 2021]
    assert run("search", "deploy", *options) == 0
    hits = json.loads(capsys.readouterr().out)["hits"]
    assert [hit["source_refs"] for hit in hits] == [[f"{SLUG}#2"]]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["search", "x"], 3, "no bundle at bundle; build one with"),
        (["search", "", "--bundle", "B"], 2, "the query is empty"),
        (["search", "x" * 10_000, "--bundle", "B"], 2, "10,000 characters, 1,000 are allowed"),
        (["search", "x", "--top-k", "0", "--bundle", "B"], 2, "top_k is 0"),
        (["search", "x", "--top-k", str(10**9), "--bundle", "B"], 2, "from 1 to 100"),
        (["search", "x", "--top-k", "many", "--bundle", "B"], 2, "valid integer"),
        (["search", "x", "--book", "smal", "--bundle", "B"], 2, "no book or collection 'smal'"),
        (["search"], 2, "Missing argument"),
        (["show", "nothing", "--bundle", "B"], 2, "no thread 'nothing'"),
        (["verify"], 3, "no bundle"),
        (["index", "missing"], 6, "missing"),
        (["index", "empty", "--model", HASH_MODEL], 6, "empty"),
        (["index", "noise", "--model", HASH_MODEL], 6, "noise"),
        (["index", "one.md", "--model", "/no/such/model"], 5, "/no/such/model"),
        (["eval", "missing", "--bundle", "B"], 6, "missing"),
        (["nonsense"], 2, "No such command"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_errors_are_one_clear_line_and_an_exit_code(
    hashed_bundle: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "noise").mkdir()
    (tmp_path / "noise" / "noise.md").write_bytes(bytes(range(256)) * 40)
    write_book(tmp_path, "one", THREADS)
    bundle = str(hashed_bundle)
    assert run(*(bundle if each == "B" else each for each in arguments)) == code
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert not (tmp_path / "bundle" / "CURRENT").exists()


def test_a_rejected_thread_is_reported_and_the_rest_indexed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_book(tmp_path, "one", THREADS)
    text = path.read_text("utf-8").replace('"text": "Which database suits time series?", ', "")
    path.write_text(text, "utf-8")
    assert run("index", "one.md", "--model", HASH_MODEL) == 6
    captured = capsys.readouterr()
    assert "one.md:7: " in captured.err
    assert "3 posts as 3 threads" in captured.out
    assert run("index", "one.md", "--model", HASH_MODEL, "--keep-going") == 0


def test_losing_many_threads_needs_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_book(tmp_path, "one", THREADS)
    assert run("index", "one.md", "--model", HASH_MODEL) == 0
    write_book(tmp_path, "one", THREADS[:1])
    before = (tmp_path / "bundle" / "CURRENT").read_text()
    assert run("index", "one.md", "--model", HASH_MODEL) == 6
    assert "3 of 4 threads" in capsys.readouterr().err
    assert (tmp_path / "bundle" / "CURRENT").read_text() == before
    assert run("index", "one.md", "--model", HASH_MODEL, "--force") == 0


def test_settings_come_from_the_environment_and_a_file(
    hashed_bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "answers.toml").write_text(f"bundle = {str(hashed_bundle)!r}\n")
    assert run("search", "deploy") == 0
    monkeypatch.setenv("ANSWERS_BUNDLE", str(tmp_path / "elsewhere"))
    assert run("search", "deploy") == 3
    (tmp_path / "answers.toml").write_text("bundel = 'x'\n")
    assert run("search", "deploy") == 2
    assert "bundel" in capsys.readouterr().err


def test_searching_never_imports_torch(sample_bundle: Path) -> None:
    code = (
        "import sys; from api.cli import main\n"
        f"assert main(['search', 'shadow', '--bundle', {str(sample_bundle)!r}, '--json']) == 0\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'sklearn', 'yaml'}\n"
        "heavy |= {f'search.{each}' for each in ('duplicates', 'questions', 'related', 'topics')}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from api.cli import main\n"
        "assert main(['--help']) == 0\n"
        "heavy = {'torch', 'numpy', 'faiss', 'pydantic', 'fastapi', 'onnxruntime'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Find what authors answered" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = "eval" if command == "evaluate" else command
    assert run(name, "--help") == 0
    assert ("--bundle" in capsys.readouterr().out) == (command != "key")


def test_help_tells_of_quotation_marks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("search", "--help") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert 'those in "quotation marks" are looked for as they are' in said


def test_an_error_is_one_line_that_cannot_steer_the_terminal(
    hashed_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b[2J\x9b31m\r\nanswers: forged\u202e"
    assert run("show", evil, "--bundle", hashed_bundle) == 2
    assert run("search", "x", "--book", evil, "--bundle", hashed_bundle) == 2
    assert run("search", "x", "--bundle", f"/nowhere/{evil}") == 3
    said = capsys.readouterr().err
    assert said.count("\n") == 3
    assert said.isprintable() or not set(said) & set("\x1b\x9b\r\u202e")


def test_json_cannot_steer_the_terminal_and_stays_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "Deploy \u202ereversed\u2028 with care \u200b always, in production."
    write_book(tmp_path, "one", [(("Ben Tester", "How to deploy?"), [("Ada Lovelace", evil)])])
    assert run("index", "one.md", "--model", HASH_MODEL, "--keep-going") == 0
    capsys.readouterr()
    query = "deploy\x9b2J\x7f\x1b[2J"
    assert run("search", query, "--json") == 0
    printed = capsys.readouterr().out
    assert json.loads(printed)["query"] == query
    assert not set(printed) & set("\x1b\x9b\x7f\u202e\u2028\u200b")
    steering = [each for hit in json.loads(printed)["hits"] for each in hit["answer"]["text"]]
    assert {"\u202e", "\u200b"} <= set(steering)


def test_archived_text_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "Deploy with \x1b]0;owned\x07 and \x1b[2J care, always."
    write_book(
        tmp_path, "one", [(("Ben\x1b[31m Tester", "How to deploy?"), [("Ada Lovelace", evil)])]
    )
    assert run("index", "one.md", "--model", HASH_MODEL) == 0
    assert run("search", "how to deploy") == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_profile_goes_to_standard_error(
    hashed_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("search", "deploy a model", "--bundle", hashed_bundle, "--json")
    assert run(*arguments) == 0
    plain = json.loads(capsys.readouterr().out)
    assert run(*arguments, "--profile") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) | {"took_ms": 0} == plain | {"took_ms": 0}
    head, *rows = captured.err.splitlines()
    assert head.split() == ["stage", "first,", "ms", "CPU", "ms", "again,", "ms", "CPU", "ms"]
    stages = [row.split()[0] for row in rows]
    assert stages == ["open", "read", "embed", "rank", "late", "judge", "show", "search"]
    assert all(len(row.split()) == (3 if row.startswith("open") else 5) for row in rows)

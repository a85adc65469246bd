"""Checking over HTTP and from the command line, one post or a file of them."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.batch import Checked, check_rows
from api.check_report import as_csv, as_html, as_jsonl, write_report
from api.cli import main
from api.question_files import Row, read_questions
from search.duplicates import NO_CALIBRATION
from search.engine import Engine
from search.errors import InvalidQueryError
from search.limits import MAX_POST_CHARS
from search.opening import open_engine

QUESTION = "How do I deploy a model without downtime?"
OF_A_BOOK = "Will there be a second edition of the book?"
BOOK = "20211122-a-small-book"


@pytest.fixture(scope="module")
def client(hashed_bundle: Path) -> Iterator[TestClient]:
    with TestClient(create_app(hashed_bundle, watch=False)) as client:
        yield client


def test_http_says_what_the_engine_says(client: TestClient, hashed: Engine) -> None:
    got = client.post("/v1/check", json={"text": QUESTION, "top_k": 2}).json()
    expected = hashed.check(QUESTION, top_k=2)
    assert got["verdict"] == expected.verdict
    assert got["draft"] is None
    assert [hit["thread_id"] for hit in got["parts"][0]["hits"]] == [
        hit.thread_id for hit in expected.parts[0].hits
    ]
    assert got["warnings"] == list(expected.warnings)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "text"),
        ({"text": ""}, "at least 1 character"),
        ({"text": "   "}, "the post is empty"),
        ({"text": "Hi all, thanks!"}, "only greets"),
        ({"text": "x" * (MAX_POST_CHARS + 1)}, "at most 20000"),
        ({"text": QUESTION, "top_k": 0}, "top_k"),
        ({"text": QUESTION, "topk": 3}, "topk"),
        ({"text": QUESTION, "collection": "no-such-book"}, "no book or collection 'no-such-book'"),
        ({"text": QUESTION, "collection": "x" * 201}, "at most 200"),
        ({"text": QUESTION, "collection": "one", "book": "other"}, "name two"),
    ],
    ids=[
        "missing",
        "empty",
        "blank",
        "greeting",
        "too long",
        "top_k",
        "unknown field",
        "book",
        "long book",
        "two books",
    ],
)
def test_http_refuses_bad_posts(client: TestClient, body: dict[str, object], words: str) -> None:
    response = client.post("/v1/check", json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert words in response.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b" \xd8", b"[]", b"[" * 50_000, b'{"text": "\xff"}'],
    ids=["none", "open", "bytes", "cut", "array", "deep", "text"],
)
def test_http_refuses_bodies_that_cannot_be_read(client: TestClient, body: bytes) -> None:
    response = client.post("/v1/check", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert "body" in response.json()["detail"]


def test_http_refuses_a_megabyte(client: TestClient) -> None:
    assert client.post("/v1/check", json={"text": "x" * 1_000_000}).status_code == 413


def test_command_prints_the_same_as_json(
    hashed_bundle: Path, hashed: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", QUESTION, "--bundle", str(hashed_bundle), "--json"]) == 0
    got = json.loads(capsys.readouterr().out)
    assert got["verdict"] == hashed.check(QUESTION).verdict


def test_command_reads_standard_input(
    hashed_bundle: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(QUESTION))
    assert main(["check", "-", "--bundle", str(hashed_bundle)]) == 0
    assert "Use a shadow deployment first." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give a text"),
        (["text", "--file", "questions.txt"], "one of the two"),
        (["text", "--out", "report.csv"], "--out goes with --file"),
        (["--file", "missing.csv"], "no such file"),
        (["--file", "questions.pdf"], "ends in none of .csv, .jsonl, .txt"),
        (["--file", "questions.txt", "--out", "report.pdf"], "ends in none of"),
        (["Hi all!"], "only greets"),
        (["text", "--book", "no-such-book"], "no book or collection 'no-such-book'"),
        (["--file", "{questions}", "--book", "no-such-book"], "no book or collection"),
    ],
)
def test_command_refuses(
    hashed_bundle: Path,
    tmp_path: Path,
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "one.txt").write_text(QUESTION, "utf-8")
    arguments = [each.format(questions=tmp_path / "one.txt") for each in arguments]
    assert main(["check", *arguments, "--bundle", str(hashed_bundle)]) == 2
    assert words in capsys.readouterr().err


def test_the_book_is_heeded_everywhere(
    client: TestClient,
    hashed_bundle: Path,
    hashed: Engine,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    expected = hashed.check(OF_A_BOOK, collection=BOOK, top_k=1).parts[0].hits[0].why
    assert expected["book"] > 0
    assert hashed.check(OF_A_BOOK, top_k=1).parts[0].hits[0].why["book"] == 0
    body = {"text": OF_A_BOOK, "collection": BOOK, "top_k": 1}
    assert client.post("/v1/check", json=body).json()["parts"][0]["hits"][0]["why"] == expected
    body = {"text": OF_A_BOOK, "book": BOOK, "top_k": 1}
    assert client.post("/v1/check", json=body).json()["parts"][0]["hits"][0]["why"] == expected
    options = ["--top-k", "1", "--bundle", str(hashed_bundle), "--book", BOOK, "--json"]
    assert main(["check", OF_A_BOOK, *options]) == 0
    assert json.loads(capsys.readouterr().out)["parts"][0]["hits"][0]["why"] == expected
    (row,) = check_rows(hashed, [Row(1, OF_A_BOOK)], top_k=1, collection=BOOK)
    assert row.result is not None
    assert row.result.parts[0].hits[0].why == expected


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "html"])
def test_a_file_goes_on_past_bad_rows(
    hashed_bundle: Path, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = tmp_path / "questions.csv"
    questions.write_text(
        f'id,Question\n1,"{QUESTION}"\n2,Thanks!\n3\n4,"Two\nlines?"\n5,"{QUESTION}"\n'
        "6,Git, or SVN?\n",
        "utf-8",
    )
    out = tmp_path / f"report.{suffix}"
    arguments = ["--file", str(questions), "--out", str(out), "--bundle", str(hashed_bundle)]
    assert main(["check", *arguments]) == 0
    shown = capsys.readouterr()
    assert "line 3: the post only greets" in shown.err
    assert "line 4: has 1 columns" in shown.err
    assert "line 8: has 3 columns, the header 2: put a text with commas in" in shown.err
    assert "7: related (asks the same as line 2)" in shown.out
    assert "3 bad" in shown.out
    assert QUESTION in out.read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("q.txt", "One?\n\n Two? \n", [Row(1, "One?"), Row(3, "Two?")]),
        ("q.csv", "text\nOne?\n", [Row(2, "One?")]),
        ("q.csv", "text\nAWS, GCP, or Azure?\n", [Row(2, "AWS, GCP, or Azure?")]),
        ("q.csv", '\ufeffpost\n"a\nb?"\nc?\n', [Row(2, "a\nb?"), Row(4, "c?")]),
        ("q.jsonl", '"One?"\n{"text": "Two?"}\n', [Row(1, "One?"), Row(2, "Two?")]),
    ],
)
def test_files_are_read_by_line(
    tmp_path: Path, name: str, content: str, expected: list[Row]
) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    assert read_questions(path) == expected


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("q.csv", b"id,name\n1,x\n", "no column of questions"),
        ("q.csv", b"", "no column of questions"),
        ("q.txt", b"\n\n", "holds no questions"),
        ("q.txt", b"\xff\xfe", "not UTF-8"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidQueryError, match=words):
        read_questions(path)


def test_bad_lines_of_json_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"text": 3}\n{\n[]\n{"id": 1}\n', "utf-8")
    problems = [row.problem or "" for row in read_questions(path)]
    expected = ["not a text", "not JSON", "none of the fields", "none of the fields"]
    assert all(words in problem for words, problem in zip(expected, problems, strict=True))


@pytest.fixture(scope="module")
def checked(hashed: Engine) -> list[Checked]:
    rows = [Row(1, "=1+1 <script>alert(1)</script> how do I deploy?"), Row(2, ""), Row(3, QUESTION)]
    return check_rows(hashed, rows, top_k=1)


def test_reports_escape_what_they_show(checked: list[Checked]) -> None:
    page = as_html(checked)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http-equiv" not in page
    (first, *_) = csv.DictReader(as_csv(checked).splitlines())
    assert first["text"].startswith("'=1+1")


def test_a_warning_about_all_rows_is_shown_once(checked: list[Checked]) -> None:
    assert as_html(checked).count(NO_CALIBRATION) == 1
    rows = list(csv.DictReader(as_csv(checked).splitlines()))
    assert [row["warnings"] for row in rows] == [NO_CALIBRATION, "", NO_CALIBRATION]


def test_a_warning_about_one_row_stands_with_it(sample_bundle: Path) -> None:
    german = "Wie kann ich ein Modell in der Produktion überwachen?"
    found = check_rows(open_engine(sample_bundle), [Row(1, QUESTION), Row(2, german)], top_k=1)
    first, second = as_html(found).split("<article>")[1:]
    assert "looks like German" in second
    assert "looks like" not in first


def test_reports_hold_a_record_for_every_row(checked: list[Checked]) -> None:
    records = [json.loads(line) for line in as_jsonl(checked).splitlines()]
    assert [record["line"] for record in records] == [1, 2, 3]
    assert "the post is empty" in records[1]["problem"]
    assert records[2]["result"]["parts"][0]["hits"]


def test_a_report_of_an_unknown_kind(tmp_path: Path, checked: list[Checked]) -> None:
    with pytest.raises(InvalidQueryError, match="none of"):
        write_report(tmp_path / "report.xlsx", checked)


def test_audit_prints_nothing_it_does_not_know(
    hashed_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "--bundle", str(hashed_bundle), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []

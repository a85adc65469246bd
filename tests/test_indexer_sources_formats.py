"""Each format is recognised by its content, and nothing else is taken for one."""

import json
from pathlib import Path

import pytest

from indexer.sources import read_sources
from indexer.sources.files import SourceFile
from indexer.sources.formats import NAMES, SUFFIXES, recognise
from indexer.sources.pairs import FIELDS
from indexer.sources.records import Severity
from indexer.sources.summary import FormatSummary, summarise
from search.errors import CorpusError
from tests.source_samples import (
    BOOK,
    FAQ,
    FULL,
    SHAPE,
    SHORT,
    jsonl,
    make_export,
    message,
    read_days,
    table,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (jsonl(SHORT), "jsonl"),
        ("\ufeff" + jsonl(SHORT), "jsonl"),
        (f"x{jsonl(SHORT)}{jsonl(SHORT)}", "jsonl"),
        (table(SHORT), "csv"),
        ("\ufeffanswer\tid\tquestion\n", "csv"),
        ("Question;Answer\n", "csv"),
        ("- question: x\n  answer: y\n", "faq"),
        ('[{"type": "message", "ts": "1.2"}]', "slack"),
        ("---\ntitle: x\n---\n", "book"),
        ("Question, answer me this: what is it?\n", None),
        ('{"question": "x"}\n', None),
        ("", None),
    ],
)
def test_formats_are_recognised_by_content(text: str, expected: str | None) -> None:
    """Whatever the name."""
    for name in ["x", "x.txt", "x.csv", "x.jsonl", "x.json", "x.yml"]:
        found = recognise(SourceFile(Path(name), text.encode()), named=False)
        assert (found.name if found else None) == expected


UNRELATED = {
    "_layout.yaml": "question: x\nanswer: y\n",
    "config.yml": "title: Site\nplugins: [a, b]\n",
    "labels.yml": "en:\n  question: Ask\n  menu: {home: Home}\nfaq:\n- name: answer\n",
    "landing.yml": "faq:\n- question: x\n  answer: y\nsections:\n- name: hero\n",
    "pipeline.yaml": "- run: make\n- note: 'question: what?'\n",
    "package.json": '{"name": "x", "version": "1.0.0"}\n',
    "tsconfig.json": '{\n  // comment\n  "files": []\n}\n',
    "users.json": '{"question": 1}\n',
    "words.json": '["question", "answer"]\n',
    "broken.json": "{",
    "empty.yml": "",
    "binary.yml": "\x00\x01",
    "numbers.csv": "a,b\n1,2\n",
    "events.jsonl": '{"event": "answer"}\n',
}


def test_unrelated_files_of_a_folder_are_notices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One each."""
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for name, text in UNRELATED.items():
        Path("in", name).write_text(text)
    Path("in/book.md").write_text(BOOK)
    archive = read_sources([Path("in")])
    assert [each.slug for each in archive.collections] == ["book"]
    assert sorted(each.path.name for each in archive.complaints) == sorted(UNRELATED)
    assert {each.severity for each in archive.complaints} == {Severity.NOTICE}
    assert {each.message for each in archive.complaints} == {
        "is left out, as all names that start with `_`",
        "is in no format that can be read (person, jsonl, csv, faq, slack, book)",
    }


NAMED = {
    "config.yml": "1: is a mapping, not a list; write an entry `- question: …` with an "
    "indented `answer: …` for each question",
    "numbers.csv": "1: has no column `id`, `question`, `answer`; found `a`, `b`, needed `id`, "
    "`question`, `answer`; add it",
    "events.jsonl": "1: the record has no `id`; add it",
    "package.json": "1: is no JSON list, as every file of a Slack export is; repair it or export "
    "it again",
}


@pytest.mark.parametrize(("name", "expected"), NAMED.items(), ids=NAMED)
def test_an_unrelated_file_that_is_named_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, expected: str
) -> None:
    """Which says what was expected."""
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(UNRELATED[name])
    Path("book.md").write_text(BOOK)
    complaints = read_sources([Path(name), Path("book.md")]).complaints
    assert [str(each) for each in complaints] == [f"{name}:{expected}"]
    assert complaints[0].severity is Severity.ERROR


def test_a_table_in_another_encoding_is_recognised(folder: Path) -> None:
    """As spreadsheets write it, so that the error says what to do."""
    (folder / "a.csv").write_bytes(table(SHORT, delimiter="\t").encode("utf-16"))
    (folder / "b.csv").write_text(table(SHORT))
    assert [str(each) for each in read_sources([folder]).complaints] == [
        "in/a.csv:1: is encoded as UTF-16; save it as UTF-8"
    ]


def test_a_list_in_one_document_is_one_error(folder: Path) -> None:
    """It is recognised, and the advice is to write lines."""
    (folder / "x.json").write_text(json.dumps([FULL, SHORT] * 5, indent=1))
    (folder / "y.jsonl").write_text(jsonl(SHORT))
    (complaint,) = read_sources([folder]).complaints
    assert str(complaint).startswith(f"in/x.json:1: no line is a record `{SHAPE}`, and there are ")


def test_a_folder_of_other_records_is_no_archive(folder: Path) -> None:
    """It says what was looked for."""
    (folder / "queries.jsonl").write_text('{"qid": "q1", "query": "x", "type": "answer"}\n')
    with pytest.raises(CorpusError, match=r"holds no archive; looked for .*\*\.jsonl, \*\.csv"):
        read_sources([folder])


def test_all_formats_may_lie_in_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is recognised, and summed up."""
    monkeypatch.chdir(tmp_path)
    export = make_export()
    (export / "book.md").write_text("---\ntitle: T\narchive:\n- name: A\n  text: asked\n---\n")
    (export / "list.yml").write_text("- question: x\n  answer: y\n")
    (export / "pairs.jsonl").write_text('{"id": "a", "question": "x", "answer": "y"}\n')
    (export / "table.csv").write_text("id;question;answer\nb;x;y\n")
    (export / "package.json").write_text("{}")
    archive = read_days(export, d01=[message("1.0"), message("2.0", subtype="channel_join")])
    assert [each.slug for each in archive.collections] == [
        "book",
        "general",
        "list",
        "pairs",
        "table",
    ]
    assert summarise(archive) == (
        FormatSummary("book", 1, 1, 0, n_errors=0, n_notices=0),
        FormatSummary("csv", 1, 1, 1, n_errors=0, n_notices=0),
        FormatSummary("faq", 1, 1, 1, n_errors=0, n_notices=0),
        FormatSummary("jsonl", 1, 1, 1, n_errors=0, n_notices=0),
        FormatSummary("slack", 3, 1, 0, n_errors=0, n_notices=1),
        FormatSummary("", 0, 0, 0, n_errors=0, n_notices=1),
    )


def test_an_archive_is_summed_up_by_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in no format comes last, without a name."""
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("in/a.yml").write_text(FAQ + "- question: x\n")
    Path("in/b.yml").write_text("question: x\nanswer: y\n")
    Path("in/c.md").write_text(BOOK)
    Path("in/d.json").write_text("{}")
    assert summarise(read_sources([Path("in")])) == (
        FormatSummary("book", 1, 1, 0, n_errors=0, n_notices=0),
        FormatSummary("faq", 2, 1, 1, n_errors=2, n_notices=0),
        FormatSummary("", 0, 0, 0, n_errors=0, n_notices=1),
    )


def test_every_field_and_format_is_documented() -> None:
    """With what it means."""
    text = (Path(__file__).parent.parent / "docs" / "sources.md").read_text(encoding="utf-8")
    for name in [*FIELDS, *NAMES]:
        assert f"\n| `{name}` | " in text
    for suffix in SUFFIXES:
        assert f"`{suffix}`" in text

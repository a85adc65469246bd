"""Question/answer records are read as written, whatever the format, and filed together."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.sources import read_sources
from indexer.sources.jsonl import read_jsonl
from indexer.sources.records import (
    BrokenSourceError,
    RawCollection,
    RawPost,
    RawThread,
    Severity,
    SourceReport,
)
from indexer.sources.table import read_csv
from search.models import CollectionKind
from tests.source_samples import (
    FULL,
    SHAPE,
    SHORT,
    Reader,
    ids,
    jsonl,
    number,
    read,
    rendered,
    table,
)


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [("x.jsonl", jsonl(FULL, SHORT), (1, 1, 2, 2)), ("x.csv", table(FULL, SHORT), (2, 2, 4, 4))],
    ids=["jsonl", "csv"],
)
def test_records_are_read_as_written(
    folder: Path, name: str, text: str, lines: Sequence[int]
) -> None:
    """Every field; ids stay texts, and the author is the collection's."""
    (folder / name).write_text(text)
    archive = read_sources([folder])
    assert archive.complaints == ()
    assert archive.collections == (
        RawCollection(
            slug="course-one",
            title="Course One",
            kind=CollectionKind.FAQ,
            path=folder / name,
            threads=(
                RawThread(
                    "752e8452",
                    RawPost("Ben Asker", "Is it free?", lines[0]),
                    (RawPost("Ann Author", "Yes.\nAlways.", lines[1], official=True),),
                    url="https://example.org/a?b=c#d",
                    section="General",
                    day=date(2024, 1, 15),
                    named=True,
                ),
            ),
            authors=("Ann Author",),
        ),
        RawCollection(
            slug="x",
            title="X",
            kind=CollectionKind.FAQ,
            path=folder / name,
            threads=(
                RawThread(
                    "09081824",
                    RawPost("", "When?", lines[2]),
                    (RawPost("", "Now.", lines[3], official=True),),
                    named=True,
                ),
            ),
        ),
    )
    assert archive.reports == (SourceReport(folder / name, name[2:], 2, 2),)


@pytest.mark.parametrize("ref", ["752e8452", "09081824", "1e999", "0.10", "9" * 5_000, "-0"])
def test_ids_stay_as_written(ref: str) -> None:
    """In every reader; in JSON, even without quotes where that is allowed."""
    assert ids(read(table({**SHORT, "id": ref}), read_csv)) == [ref]
    assert ids(read(jsonl({**SHORT, "id": ref}))) == [ref]
    if not ref.startswith("09"):
        assert ids(read(f'{{"id": {ref}, "question": "x", "answer": "y"}}')) == [ref]


def test_an_id_used_twice_is_reported_with_both_places(folder: Path) -> None:
    """Within a file, between files and across formats; the second is dropped."""
    (folder / "a.jsonl").write_text(jsonl(FULL, SHORT, {**FULL, "answer": "other"}))
    (folder / "b.csv").write_text(table({**SHORT, "question": "a\nb"}, {**SHORT, "id": "3"}))
    (folder / "c.yml").write_text("- question: x\n  answer: y\n")
    (folder / "d.jsonl").write_text(jsonl({**SHORT, "id": "c#0"}))
    archive = read_sources([folder])
    advice = "this record is left out; give each its own id"
    assert [str(each) for each in archive.complaints] == [
        f"in/a.jsonl:3: id `752e8452` was used before, at in/a.jsonl:1; {advice}",
        f"in/b.csv:2: id `09081824` was used before, at in/a.jsonl:2; {advice}",
        f"in/d.jsonl:1: id `c#0` was used before, at in/c.yml:1; {advice}",
    ]
    assert {each.severity for each in archive.complaints} == {Severity.ERROR}
    assert archive.reports == (
        SourceReport(folder / "a.jsonl", "jsonl", 2, 2),
        SourceReport(folder / "b.csv", "csv", 1, 1),
        SourceReport(folder / "c.yml", "faq", 1, 1),
        SourceReport(folder / "d.jsonl", "jsonl", 0, 0),
    )


def test_files_of_one_collection_are_joined(folder: Path) -> None:
    """In the order of their paths, whatever the order of the sources."""
    records = [{**FULL, "id": str(n), "author": name} for n, name in enumerate("CABA")]
    (folder / "a.jsonl").write_text(jsonl(*records[:2]))
    (folder / "b.csv").write_text(table(*records[2:]))
    sources = [folder / "b.csv", folder / "a.jsonl"]
    assert read_sources(sources).collections == read_sources([folder]).collections
    (joined,) = read_sources(sources).collections
    assert [thread.source_ref for thread in joined.threads] == ["0", "1", "2", "3"]
    assert (joined.authors, joined.path) == (("C", "A", "B"), folder / "a.jsonl")


def test_a_clash_with_a_book_is_an_error(folder: Path) -> None:
    """Once a file; other collections of the file are kept."""
    (folder / "z.md").write_text("---\ntitle: T\narchive:\n- name: A\n  text: asked\n---\n")
    records = [{**SHORT, "id": str(n), "collection": "Z" if n else "y"} for n in range(3)]
    (folder / "a.jsonl").write_text(jsonl(*records))
    archive = read_sources([folder])
    assert [str(each) for each in archive.complaints] == [
        "in/a.jsonl:2: collection `z` has the same name as in/z.md; its records are left out; "
        "rename one of the two"
    ]
    assert [(each.slug, len(each.threads)) for each in archive.collections] == [("y", 1), ("z", 1)]


def test_records_that_are_nearly_the_same_are_all_kept() -> None:
    """Only an id tells two apart."""
    assert len(read(jsonl(*({**SHORT, "id": str(n)} for n in range(3)))).records) == 3


@pytest.mark.parametrize("reader", [read_jsonl, read_csv])
def test_files_that_cannot_be_decoded_are_errors(reader: Reader) -> None:
    """With the line of the first byte that is wrong."""
    for data, expected in [
        (b"", "is empty; fill it or delete it"),
        (b"id,question,answer\na,caf\xe9,y", "byte 0xE9 is not UTF-8; save the file as UTF-8"),
        ("id,question".encode("utf-16"), "is encoded as UTF-16; save it as UTF-8"),
    ]:
        with pytest.raises(BrokenSourceError) as caught:
            read(data, reader)
        assert caught.value.message == expected


def test_a_file_without_any_record_is_one_error() -> None:
    """The same complaint a thousand times helps nobody."""
    with pytest.raises(BrokenSourceError) as caught:
        read(jsonl(*({"qid": n} for n in range(1_000))))
    assert caught.value.message == (
        f"no line is a record `{SHAPE}`, and there are 1000 complaints, the first: the record has "
        "no `id`; add it"
    )
    with pytest.raises(BrokenSourceError, match="no row is a record, and there are 6 complaints"):
        read("id,question,answer\n" + "a,b\n" * 6, read_csv)


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"])
    | st.sampled_from("\n\t\",;'"),
    min_size=1,
    max_size=30,
).filter(lambda text: text.strip() and "\ufeff" not in text)
RECORDS = st.lists(
    st.fixed_dictionaries({"question": TEXTS, "answer": TEXTS, "section": TEXTS | st.just("")}),
    min_size=1,
    max_size=5,
)


@given(RECORDS)
def test_what_is_written_as_jsonl_is_read(records: list[dict[str, str]]) -> None:
    """Every text, exactly."""
    check_round_trip(records, jsonl(*number(records)), read_jsonl)


@given(RECORDS, st.sampled_from(",;\t"))
def test_what_is_written_as_csv_is_read(records: list[dict[str, str]], delimiter: str) -> None:
    """As another program's writer writes it."""
    check_round_trip(records, table(*number(records), delimiter=delimiter), read_csv)


def check_round_trip(records: list[dict[str, str]], text: str, reader: Reader) -> None:
    """Check that reading gives what was written."""
    file = read(text, reader)
    assert rendered(file) == []
    assert ids(file) == [f"{n:03}" for n in range(len(records))]
    assert [
        {
            "question": each.thread.post.text,
            "answer": each.thread.replies[0].text,
            "section": each.thread.section or "",
        }
        for each in file.records
    ] == [{**record, "section": record["section"].strip()} for record in records]


def test_the_course_questions_are_read(test_data: Path) -> None:
    """948 records of three courses, and not one error."""
    source = test_data / "eval" / "datatalks_faq" / "corpus.jsonl"
    if not source.is_file():
        pytest.skip(f"no records in {source}; set ANSWERS_TEST_DATA")
    archive = read_sources([source])
    assert archive.complaints == ()
    assert {each.slug: len(each.threads) for each in archive.collections} == {
        "data-engineering-zoomcamp": 435,
        "machine-learning-zoomcamp": 375,
        "mlops-zoomcamp": 138,
    }
    threads = [thread for each in archive.collections for thread in each.threads]
    lines = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    assert sorted(
        (t.source_ref, t.post.text, t.replies[0].text, t.section, t.replies[0].official)
        for t in threads
    ) == sorted((r["id"], r["question"], r["answer"], r["section"], True) for r in lines)
    assert {"752e8452", "09081824"} <= {thread.source_ref for thread in threads}

"""The health report says where something is wrong, and never where the archive lies."""

from pathlib import Path

import pytest

from indexer.skipped import distinct_names, skipped_of
from indexer.sources import read_sources
from search.statistics import Skipped, collect_statistics
from tests.source_samples import SHORT, jsonl, make_export, message, write_days
from tests.support import THREADS, build_hashed, write_book

PATHS = {
    "a name of its own": (["in/a.md", "in/b.md"], ["a.md", "b.md"]),
    "the same name twice": (["x/_books/t.md", "x/_people/t.md"], ["_books/t.md", "_people/t.md"]),
    "also in the folder above": (["a/in/t.md", "b/in/t.md"], ["a/in/t.md", "b/in/t.md"]),
    "one below the other": (["t.md", "in/t.md"], ["t.md", "in/t.md"]),
    "nothing": ([], []),
}


@pytest.mark.parametrize(("paths", "expected"), PATHS.values(), ids=PATHS)
def test_a_name_is_as_long_as_it_must_be(paths: list[str], expected: list[str]) -> None:
    found = distinct_names([Path(path) for path in paths])
    assert [found[Path(path)] for path in paths] == expected


def test_days_of_two_channels_can_be_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    export = make_export()
    joins = [message("1.0"), message("2.0", subtype="channel_join")]
    write_days(export / "general", {"2021-03-01": joins, "2021-03-02": [message("3.0", "U9")]})
    write_days(export / "random", {"2021-03-01": [message("1.0")]})
    here = skipped_of(read_sources([export]))
    assert [(made.file, made.line) for made in here] == [
        ("2021-03-02.json", 2),
        ("general/2021-03-01.json", 3),
    ]
    assert here == skipped_of(read_sources([export.resolve()]))


def test_the_second_place_of_a_complaint_is_named_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(jsonl(SHORT))
    monkeypatch.chdir(tmp_path)
    said = (
        "id `09081824` was used before, at a.jsonl:1; this record is left out; give each its own id"
    )
    expected = [Skipped("b.jsonl", 1, "error", said)]
    assert skipped_of(read_sources([Path("a.jsonl"), Path("b.jsonl")])) == expected
    assert skipped_of(read_sources([tmp_path])) == expected


def test_what_is_newly_wrong_is_reported_although_nothing_else_changed(tmp_path: Path) -> None:
    books = tmp_path / "books"
    books.mkdir()
    write_book(books, "20211122-a-small-book", THREADS)
    build_hashed(books, tmp_path / "bundle")
    before = collect_statistics(tmp_path / "bundle")
    (books / "list.yml").write_text("question: Is it a list?\nanswer: It is not.\n")
    build_hashed(books, tmp_path / "bundle")
    after = collect_statistics(tmp_path / "bundle")
    assert before.skipped == ()
    assert [(made.file, made.line) for made in after.skipped] == [("list.yml", 1)]
    assert [made.name for made in after.suspicious] == ["list.yml"]
    assert build_hashed(books, tmp_path / "bundle").published is False

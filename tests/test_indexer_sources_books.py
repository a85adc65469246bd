"""A book is read as written, and what is broken in it costs nothing else."""

from datetime import date
from pathlib import Path

import pytest

from indexer.sources.books import is_book, read_book
from indexer.sources.files import SourceFile
from indexer.sources.records import (
    Archive,
    BrokenSourceError,
    RawCollection,
    RawPost,
    RawThread,
    Severity,
)
from search.models import CollectionKind, Link

PATH = Path("books/a-book.md")
BOOK = """---
title: "A Book: Second Edition"
description: "Book of the Week. A Book by A. Writer"
cover: "images/cover.jpg"
image: "images/preview.jpg"
start: 2021-11-22 00:00:00
end: 2021-11-26 22:59:58
authors: [writer, Second Writer]
links:
  - text: Publisher
    link: https://example.org/book
archive:
- name: Ann
  text: 'First question?


    With two paragraphs.'
  replies:
  - name: A. Writer
    text: First answer.
  - name: Ann
    text: Thanks
- name: Bob
  text: Second question?
  replies: []
---

# About

A book.
"""


def read(text: str | bytes, path: Path = PATH) -> Archive:
    """Read a book from its text."""
    data = text if isinstance(text, bytes) else text.encode()
    return read_book(SourceFile(path, data))


def book_of(archive: Archive) -> RawCollection:
    """Get the only book."""
    (book,) = archive.collections
    return book


def with_archive(archive: str) -> str:
    """Write a book without anything but threads, which start on line 4."""
    return f"---\ntitle: T\narchive:\n{archive}---\n"


def complaints(archive: Archive) -> list[str]:
    """Render complaints as `e3 reason`: severity, line, reason."""
    return [f"{each.severity[0]}{each.line} {each.message}" for each in archive.complaints]


def test_a_book_is_read_as_written() -> None:
    """Every field, with the line on which each post starts."""
    archive = read(BOOK)
    assert archive.complaints == ()
    assert book_of(archive) == RawCollection(
        slug="a-book",
        title="A Book: Second Edition",
        kind=CollectionKind.BOOK,
        path=PATH,
        threads=(
            RawThread(
                "a-book#0",
                RawPost("Ann", "First question?\n\nWith two paragraphs.", 13),
                (RawPost("A. Writer", "First answer.", 19), RawPost("Ann", "Thanks", 21)),
            ),
            RawThread("a-book#1", RawPost("Bob", "Second question?", 23)),
        ),
        authors=("writer", "Second Writer"),
        start=date(2021, 11, 22),
        end=date(2021, 11, 26),
        description="Book of the Week. A Book by A. Writer",
        body="# About\n\nA book.",
        cover="images/cover.jpg",
        links=(Link("Publisher", "https://example.org/book"),),
    )


WRONG_FIELDS = {
    "title missing": ("description: D", ["e2 the front matter has no `title`; add it"]),
    "title empty": ("title:", ["e2 `title` of the front matter is empty; fill it in"]),
    "title a list": ("title: [T]", ["e2 `title` of the front matter is not a text; write a text"]),
    "description a mapping": (
        "title: T\ndescription: {a: b}",
        ["e3 `description` of the front matter is not a text; write a text"],
    ),
    "authors a text": (
        "title: T\nauthors: me",
        ["e3 `authors` of the front matter is not a list; write a list"],
    ),
    "authors null": ("title: T\nauthors: ~", []),
    "author a mapping": (
        "title: T\nauthors:\n- me\n- {a: b}",
        ["e5 author 2 is not a text; write a name"],
    ),
    "start no date": (
        "title: T\nstart: soon",
        ["n3 `start` is no date (`soon`); write it as 2021-11-22"],
    ),
    "end no day": (
        "title: T\nend: 2021-02-30 00:00:00",
        ["n3 `end` is no date (`2021-02-30 00:00:00`); write it as 2021-11-22"],
    ),
    "start empty": ("title: T\nstart:", []),
    "start a list": (
        "title: T\nstart: [a]",
        ["e3 `start` of the front matter is not a text; write a text"],
    ),
    "links a text": (
        "title: T\nlinks: x",
        ["e3 `links` of the front matter is not a list; write a list"],
    ),
    "link a text": (
        "title: T\nlinks:\n- x",
        ["e4 link 1 is no mapping; write `key: value` lines"],
    ),
    "link without address": (
        "title: T\nlinks:\n- text: x\n  list: y",
        ["n4 link 1 has no `link`; add its address"],
    ),
    "unknown key": (
        "title: T\nauthor: me",
        ["n3 the front matter has an unknown key `author`; ignored"],
    ),
    "unknown key of many lines": (
        'title: T\n"a\\n\\e[31m": x',
        ["n3 the front matter has an unknown key `a\\n\\x1b[31m`; ignored"],
    ),
    "unknown long key": (
        f"title: T\n{'k' * 100}: x",
        [f"n3 the front matter has an unknown key `{'k' * 40}…`; ignored"],
    ),
    "archive a text": (
        "title: T\narchive: none",
        ["e3 `archive` of the front matter is not a list; write a list"],
    ),
    "archive null": ("title: T\narchive:", ["n3 has no `archive`; nothing to search in it yet"]),
    "archive empty": (
        "title: T\narchive: []",
        ["n3 has no `archive`; nothing to search in it yet"],
    ),
}
WITHOUT_ARCHIVE = "n2 has no `archive`; nothing to search in it yet"


@pytest.mark.parametrize(("fields", "expected"), WRONG_FIELDS.values(), ids=WRONG_FIELDS)
def test_a_wrong_field_is_named_and_the_book_is_kept(fields: str, expected: list[str]) -> None:
    """Each complaint has its line and says what to do."""
    archive = read(f"---\n{fields}\n---\n")
    expected = expected if "archive" in fields else [WITHOUT_ARCHIVE, *expected]
    assert sorted(complaints(archive)) == sorted(expected)
    assert book_of(archive).title in {"T", "a-book"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2021-11-22 00:00:00", date(2021, 11, 22)),
        ("2021-11-22", date(2021, 11, 22)),
        ("'2021-11-22T23:59:59'", date(2021, 11, 22)),
        ("22.11.2021", None),
        ("2021", None),
    ],
)
def test_dates_are_days(written: str, expected: date | None) -> None:
    """The time of day is dropped."""
    assert book_of(read(f"---\ntitle: T\nstart: {written}\n---\n")).start == expected


REFUSED = {
    "empty file": ("", 1, "is empty"),
    "no fence": ("title: T\n", 1, "no front matter"),
    "fence not closed": ("---\ntitle: T\n", 1, "has no end"),
    "empty front matter": ("---\n---\n", 2, "the front matter is no mapping"),
    "front matter a list": ("---\n- a\n---\n", 2, "the front matter is no mapping"),
    "front matter a text": ("---\nhello\n---\n", 2, "the front matter is no mapping"),
    "key twice": ("---\ntitle: T\nend:\ntitle: U\n---\n", 4, "`title` twice, first on line 2"),
    "archive twice": (
        with_archive("- {name: A, text: x}\narchive:\n- {name: B, text: y}\n"),
        5,
        "`archive` twice, first on line 3",
    ),
    "template": ("---\nstart: {{ start }} 00:00\n---\n", 2, "used as a key; put a text that"),
    "quote not closed": (with_archive("- {name: A, text: 'x}\n"), 5, "not YAML at column"),
    "colon in a plain text": (with_archive("- text: Hi: there\n"), 4, "not YAML at column"),
    "tab": (with_archive("- text: x\n\tname: A\n"), 5, "not YAML at column"),
}


@pytest.mark.parametrize(("text", "line", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_broken_file_is_refused_as_a_whole(text: str, line: int, reason: str) -> None:
    """With the line and one reason."""
    with pytest.raises(BrokenSourceError, match=reason) as caught:
        read(text)
    assert caught.value.line == line


def test_threads_below_the_closing_fence_are_missed() -> None:
    """A `---` at column 0 in a text cuts the archive short; that is not silent."""
    archive = read(with_archive("- name: A\n  text: |\n    x\n---\n    y\n- name: B\n  text: z\n"))
    assert [thread.post.text for thread in book_of(archive).threads] == ["x\n"]
    (complaint,) = archive.complaints
    assert (complaint.line, complaint.severity) == (9, Severity.ERROR)
    assert "indent the `---` of line 7" in complaint.message


@pytest.mark.parametrize(
    ("path", "data", "expected"),
    [
        ("a.md", b"\x00\xff", True),
        ("a.MARKDOWN", b"", True),
        ("a.txt", b"---\ntitle: T\n---\n", True),
        ("a.txt", b"hello", False),
    ],
)
def test_books_are_recognised(path: str, data: bytes, expected: bool) -> None:
    """Markdown files claim to be books; others need front matter."""
    assert is_book(SourceFile(Path(path), data)) is expected

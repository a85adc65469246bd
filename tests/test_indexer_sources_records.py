"""A broken thread or reply is reported once and costs no other."""

from pathlib import Path

import pytest

from indexer.sources.books import read_book
from indexer.sources.files import SourceFile
from indexer.sources.records import Archive, RawCollection, RawPost, RawThread


def read(archive: str) -> Archive:
    """Read a book without anything but threads, which start on line 4."""
    data = f"---\ntitle: T\narchive:\n{archive}---\n".encode()
    return read_book(SourceFile(Path("books/a-book.md"), data))


def book_of(archive: Archive) -> RawCollection:
    """Get the only book."""
    (book,) = archive.collections
    return book


def complaints(archive: Archive) -> list[str]:
    """Render complaints as `e3 reason`: severity, line, reason."""
    return [f"{each.severity[0]}{each.line} {each.message}" for each in archive.complaints]


GOOD = "- name: Ann\n  text: good\n"
BROKEN_THREADS = {
    "text missing": ("- name: Bob\n", ["e6 thread #1 has no `text`; add it"]),
    "text empty": (
        "- name: Bob\n  text:\n",
        ["e7 `text` of thread #1 is empty; fill it in"],
    ),
    "text blank": ("- text: '  '\n", ["e6 `text` of thread #1 is empty; fill it in"]),
    "text a list": (
        "- name: Bob\n  text: [x]\n",
        ["e7 `text` of thread #1 is not a text; write a text"],
    ),
    "a text": ("- question?\n", ["e6 thread #1 is no mapping; write `key: value` lines"]),
    "a list": ("- - x\n", ["e6 thread #1 is no mapping; write `key: value` lines"]),
    "null": ("-\n", ["e6 thread #1 is no mapping; write `key: value` lines"]),
    "key twice": (
        "- name: Bob\n  text: x\n  text: y\n",
        ["e8 thread #1 has `text` twice, first on line 7; delete one"],
    ),
    "two threads in one": (
        "- name: Bob\n  text: x\n  name: Cid\n  text: y\n",
        ["e8 thread #1 has `name` twice, first on line 6; delete one"],
    ),
}


@pytest.mark.parametrize(("broken", "expected"), BROKEN_THREADS.values(), ids=BROKEN_THREADS)
def test_a_broken_thread_is_reported_once_and_shifts_nothing(
    broken: str, expected: list[str]
) -> None:
    """The threads around it keep their index."""
    archive = read(GOOD + broken + GOOD)
    assert complaints(archive) == expected
    assert [thread.source_ref for thread in book_of(archive).threads] == ["a-book#0", "a-book#2"]


KEPT_THREADS = {
    "name missing": ("- text: x\n", "", ["e4 thread #0 has no `name`; add it"]),
    "name a list": (
        "- name: [a]\n  text: x\n",
        "",
        ["e4 `name` of thread #0 is not a text; write a text"],
    ),
    "name empty": (
        "- name: ''\n  text: x\n",
        "",
        ["e4 `name` of thread #0 is empty; fill it in"],
    ),
    "replies missing": ("- name: A\n  text: x\n", "A", []),
    "replies empty": ("- name: A\n  text: x\n  replies:\n", "A", []),
    "replies null": ("- name: A\n  text: x\n  replies: null\n", "A", []),
    "replies a tilde": ("- name: A\n  text: x\n  replies: ~\n", "A", []),
    "replies a text": (
        "- name: A\n  text: x\n  replies: y\n",
        "A",
        ["e6 `replies` of thread #0 is not a list; write a list"],
    ),
    "replies a mapping": (
        "- name: A\n  text: x\n  replies:\n    name: B\n    text: y\n",
        "A",
        ["e6 `replies` of thread #0 is not a list; write a list"],
    ),
    "unknown key": (
        "- name: A\n  text: x\n  time: 12:30\n",
        "A",
        ["n6 thread #0 has an unknown key `time`; ignored"],
    ),
    "number as text": ("- name: 007\n  text: x\n", "007", []),
}


@pytest.mark.parametrize(("entry", "speaker", "expected"), KEPT_THREADS.values(), ids=KEPT_THREADS)
def test_a_thread_is_kept_where_its_text_can_be(
    entry: str, speaker: str, expected: list[str]
) -> None:
    """Without a name, or without replies."""
    archive = read(entry)
    assert complaints(archive) == expected
    assert book_of(archive).threads == (RawThread("a-book#0", RawPost(speaker, "x", 4)),)


BROKEN_REPLIES = {
    "text missing": ("{name: B}", (), ["e7 reply 2 of thread #0 has no `text`; add it"]),
    "text a mapping": (
        "{name: B, text: {a: b}}",
        (),
        ["e7 `text` of reply 2 of thread #0 is not a text; write a text"],
    ),
    "a text": ("hello", (), ["e7 reply 2 of thread #0 is no mapping; write `key: value` lines"]),
    "key twice": (
        "{name: B, text: x, name: C}",
        (),
        ["e7 reply 2 of thread #0 has `name` twice, first on line 7; delete one"],
    ),
    "name missing": (
        "{text: x}",
        (RawPost("", "x", 7),),
        ["e7 reply 2 of thread #0 has no `name`; add it"],
    ),
    "text empty": (
        "{name: B, text: ''}",
        (RawPost("B", "", 7),),
        ["n7 `text` of reply 2 of thread #0 is empty; fill it in"],
    ),
    "unknown key": (
        "{name: B, text: x, replies: []}",
        (RawPost("B", "x", 7),),
        ["n7 reply 2 of thread #0 has an unknown key `replies`; ignored"],
    ),
}


@pytest.mark.parametrize(("reply", "kept", "expected"), BROKEN_REPLIES.values(), ids=BROKEN_REPLIES)
def test_a_broken_reply_costs_no_other(
    reply: str, kept: tuple[RawPost, ...], expected: list[str]
) -> None:
    """The thread and the replies around it stay."""
    good = "{name: A, text: good}"
    archive = read(f"- name: A\n  text: q\n  replies: [{good},\n   {reply},\n   {good}]\n")
    assert complaints(archive) == expected
    (thread,) = book_of(archive).threads
    assert thread.replies == (RawPost("A", "good", 6), *kept, RawPost("A", "good", 8))

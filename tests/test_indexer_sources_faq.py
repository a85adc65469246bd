"""A list of frequent questions is read as written, and what is broken costs nothing else."""

from pathlib import Path

import pytest

from indexer.sources import read_sources
from indexer.sources.faq import is_faq, read_faq
from indexer.sources.files import SourceFile
from indexer.sources.records import (
    Archive,
    BrokenSourceError,
    RawCollection,
    RawPost,
    RawThread,
    Severity,
    SourceReport,
)
from indexer.sources.titles import title_of
from search.models import CollectionKind
from tests.source_samples import BOOK, FAQ, rendered


def read(text: str, name: str = "free-ml-courses.yml") -> Archive:
    """Read a list from its text."""
    return read_faq(SourceFile(Path(name), text.encode()))


def threads_of(archive: Archive) -> tuple[RawThread, ...]:
    """Get the threads of the only collection."""
    (faq,) = archive.collections
    return faq.threads


def test_a_list_is_read_as_written() -> None:
    """Nobody asks, and the one reply by nobody is official."""
    archive = read(FAQ)
    assert archive.complaints == ()
    assert archive.collections == (
        RawCollection(
            slug="free-ml-courses",
            title="Free ML Courses",
            kind=CollectionKind.FAQ,
            path=Path("free-ml-courses.yml"),
            threads=(
                RawThread(
                    "free-ml-courses#0",
                    RawPost("", "Is it free?", 1),
                    (RawPost("", "Yes.\n\nAlways.\n", 2, official=True),),
                ),
            ),
        ),
    )


def test_the_first_entry_may_be_a_title() -> None:
    """It takes a place in the list, as every entry does."""
    archive = read("- title: All about it\n" + FAQ)
    assert archive.collections[0].title == "All about it"
    assert [thread.source_ref for thread in threads_of(archive)] == ["free-ml-courses#1"]
    assert rendered(archive) == []


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("ai-dev-tools-zoomcamp", "AI Dev Tools Zoomcamp"),
        ("mlops_zoomcamp", "MLOps Zoomcamp"),
        ("the-state-of-the-art", "The State of the Art"),
        ("McCarthy-LISP", "McCarthy LISP"),
        ("été 日本", "Été 日本"),
        ("faq", "FAQ"),
        ("-", "-"),
    ],
)
def test_titles_are_made_of_names(name: str, title: str) -> None:
    """Known abbreviations keep their spelling, small words stay small."""
    assert title_of(name) == title


BROKEN_ENTRIES = {
    "question missing": ("- answer: x\n", "e6 question #1 has no `question`; add it"),
    "answer missing": ("- question: x\n", "e6 question #1 has no `answer`; add it"),
    "answer empty": (
        "- question: x\n  answer:\n",
        "e7 `answer` of question #1 is empty; fill it in",
    ),
    "answer a list": (
        "- question: x\n  answer: [y]\n",
        "e7 `answer` of question #1 is not a text; write a text",
    ),
    "answer twice": (
        "- question: x\n  answer: y\n  answer: z\n",
        "e8 question #1 has `answer` twice, first on line 7; delete one",
    ),
    "a text": ("- Is it free?\n", "e6 question #1 is no mapping; write `key: value` lines"),
    "a late title": ("- title: x\n", "e6 question #1 has no `question`; add it"),
}


@pytest.mark.parametrize(("broken", "expected"), BROKEN_ENTRIES.values(), ids=BROKEN_ENTRIES)
def test_a_broken_entry_is_reported_once_and_shifts_nothing(broken: str, expected: str) -> None:
    """The entries around it keep their index."""
    archive = read(FAQ + broken + FAQ)
    assert rendered(archive) == [expected]
    assert [thread.source_ref for thread in threads_of(archive)] == [
        "free-ml-courses#0",
        "free-ml-courses#2",
    ]


def test_an_unknown_key_and_an_empty_list_are_notices() -> None:
    """They lose nothing."""
    assert rendered(read("- question: x\n  answer: 007\n  since: 1\n")) == [
        "n3 question #0 has an unknown key `since`; ignored"
    ]
    assert rendered(read("[]\n")) == ["n1 holds no question; nothing to search in it yet"]


ADVICE = "write an entry `- question: …` with an indented `answer: …` for each question"
BROKEN_FILES = {
    "a mapping": ("question: x\nanswer: y\n", f"1: is a mapping, not a list; {ADVICE}"),
    "a mapping of lists": (
        "# courses\ntitle: T\nquestions:\n- question: x\n  answer: y\n",
        f"2: is a mapping, not a list; {ADVICE}",
    ),
    "a mapping of mappings": (
        "first: {question: x, answer: y}\n",
        f"1: is a mapping, not a list; {ADVICE}",
    ),
    "no YAML": (
        "- question: x\n  answer: y\n- question: z\n answer: w\n",
        "4: is not YAML at column 2 (did not find expected '-' indicator); check the indentation "
        "and put a text that starts with a sign or holds `: ` or ` #` in quotes",
    ),
    "two documents": (
        "---\n- question: x\n  answer: y\n---\n- question: z\n  answer: w\n",
        "4: a second document starts here; keep one to a file",
    ),
    "a control character": (
        "- question: x\n  answer: y\n- question: \x00\n  answer: w\n",
        "3: character U+0000 is not allowed; delete it",
    ),
}


@pytest.mark.parametrize(("text", "expected"), BROKEN_FILES.values(), ids=BROKEN_FILES)
def test_a_broken_list_is_one_error_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: str
) -> None:
    """In a folder as when named; what lies beside it is read."""
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("in/bad.yml").write_text(text)
    Path("in/good.yml").write_text(FAQ)
    for sources in [[Path("in")], [Path("in/bad.yml"), Path("in/good.yml")]]:
        archive = read_sources(sources)
        assert [str(each) for each in archive.complaints] == [f"in/bad.yml:{expected}"]
        assert archive.complaints[0].severity is Severity.ERROR
        assert [each.slug for each in archive.collections] == ["good"]


def test_a_list_without_a_byte_is_an_error_in_the_folder_of_lists() -> None:
    """There, no other YAML is expected."""
    file = SourceFile(Path("_data/faqs/x.yml"), b"")
    assert is_faq(file)
    with pytest.raises(BrokenSourceError, match="is empty; fill it or delete it"):
        read_faq(file)


def test_pages_with_questions_in_their_front_matter_are_no_lists() -> None:
    """Whatever their suffix, as long as it is not that of YAML."""
    page = f"---\nfaq:\n{FAQ}---\nText.\n".encode()
    assert not is_faq(SourceFile(Path("page.md"), page))
    assert is_faq(SourceFile(Path("list.txt"), b"---\n" + FAQ.encode()))


def test_the_site_brings_its_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside its books; other data is left alone."""
    monkeypatch.chdir(tmp_path)
    for folder in ["_books", "_data/faqs", "_data/other"]:
        Path("site", folder).mkdir(parents=True)
    Path("site/_books/a.md").write_text(BOOK)
    Path("site/_data/faqs/b.yml").write_text(FAQ)
    Path("site/_data/other/c.yml").write_text(FAQ)
    Path("site/_data/events.yml").write_text("- name: x\n")
    archive = read_sources([Path("site")])
    assert [(each.slug, each.kind) for each in archive.collections] == [
        ("a", CollectionKind.BOOK),
        ("b", CollectionKind.FAQ),
    ]
    assert archive.complaints == ()
    assert archive.reports == (
        SourceReport(Path("site/_books/a.md"), "book", 1, 0),
        SourceReport(Path("site/_data/faqs/b.yml"), "faq", 1, 1),
    )


def test_links_to_data_elsewhere_are_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither of the folder nor of the one that holds it."""
    monkeypatch.chdir(tmp_path)
    Path("site/_books").mkdir(parents=True)
    Path("site/_books/a.md").write_text(BOOK)
    Path("elsewhere/faqs").mkdir(parents=True)
    Path("elsewhere/faqs/b.yml").write_text(FAQ)
    Path("site/_data").symlink_to("../elsewhere")
    assert [each.slug for each in read_sources([Path("site")]).collections] == ["a"]


def test_a_list_and_a_book_of_one_name_clash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is kept."""
    monkeypatch.chdir(tmp_path)
    Path("x.md").write_text(BOOK)
    Path("x.yml").write_text(FAQ)
    archive = read_sources([Path("x.md"), Path("x.yml")])
    assert [str(each) for each in archive.complaints] == [
        "x.yml:1: has the same name `x` as x.md; rename one of the two"
    ]
    assert archive.reports == (
        SourceReport(Path("x.md"), "book", 1, 0),
        SourceReport(Path("x.yml"), "faq", 0, 0),
    )


def test_the_lists_of_the_site_are_read(corpus: Path) -> None:
    """9 lists, 145 questions, and not one complaint."""
    archive = read_sources([corpus / "_data" / "faqs"])
    assert archive.complaints == ()
    assert [each.title for each in archive.collections][::4] == [
        "AI Dev Tools Zoomcamp",
        "Free ML Courses",
        "Open Source Free AI Agent Evaluation Tools",
    ]
    assert len(archive.collections) == 9
    assert sum(len(each.threads) for each in archive.collections) == 145
    assert {each.kind for each in archive.collections} == {CollectionKind.FAQ}
    for each in archive.collections:
        lines = each.path.read_text(encoding="utf-8").split("\n")
        for thread in each.threads:
            assert lines[thread.post.line - 1].startswith("- question:")
            assert lines[thread.replies[0].line - 1].startswith("  answer:")
            assert thread.replies[0].official

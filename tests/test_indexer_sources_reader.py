"""Any mix of sources is read once, whole, and in the same order."""

import os
from pathlib import Path

import pytest
import yaml

from indexer.progress import silent
from indexer.sources import read_sources
from indexer.sources.records import Archive, Severity
from search.errors import CorpusError
from search.models import CollectionKind

BOOK = "---\ntitle: Title of {0}\narchive:\n- name: A\n  text: asked in {0}\n---\n"
PERSON = "---\nshort: {0}\ntitle: Name of {0}\npicture: x.jpg\n---\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the site's repository, and work beside it."""
    root = tmp_path / "site"
    for folder, template, names in [("_books", BOOK, "ab"), ("_people", PERSON, "pq")]:
        (root / folder).mkdir(parents=True)
        (root / folder / "_template.md").write_text("---\n{{ x }}\n---\n")
        for name in names:
            (root / folder / f"{name}.md").write_text(template.format(name))
    (root / "_posts").mkdir()
    (root / "_posts" / "post.md").write_text("---\ntitle: no book\n---\n")
    (root / "index.md").write_text("---\nlayout: home\n---\n")
    monkeypatch.chdir(tmp_path)
    return Path("site")


def slugs(archive: Archive) -> tuple[list[str], list[str]]:
    """Get the slugs of collections and people."""
    return [each.slug for each in archive.collections], [each.slug for each in archive.people]


def errors(archive: Archive) -> list[str]:
    """Render the complaints that are errors."""
    return [str(each) for each in archive.complaints if each.severity is Severity.ERROR]


@pytest.mark.parametrize("source", ["site", "site/_books", "site/", "site/_people/../_books", "."])
def test_a_folder_brings_its_books_and_people(
    site: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site's root, its folder of books, and that folder from inside."""
    if source == ".":
        monkeypatch.chdir(site / "_books")
    archive = read_sources([Path(source)])
    assert slugs(archive) == (["a", "b"], ["p", "q"])
    assert archive.collections[0].threads[0].post.text == "asked in a"
    assert errors(archive) == []


def test_a_file_brings_the_people_beside_its_folder(site: Path) -> None:
    """And no other book."""
    assert slugs(read_sources([site / "_books" / "b.md"])) == (["b"], ["p", "q"])


def test_a_file_in_the_working_folder_does_too(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a path has no parent to name."""
    monkeypatch.chdir(site / "_books")
    assert slugs(read_sources([Path("b.md")])) == (["b"], ["p", "q"])


def test_templates_are_notices(site: Path) -> None:
    """They name the file as the user's path leads to it."""
    assert [str(each) for each in read_sources([site]).complaints] == [
        "site/_books/_template.md:1: is left out, as all names that start with `_`",
        "site/_people/_template.md:1: is left out, as all names that start with `_`",
    ]


def test_overlapping_sources_are_read_once(site: Path) -> None:
    """By whatever path or link, complaints included."""
    Path("link.md").symlink_to(site / "_books" / "a.md")
    whole = read_sources([site])
    sources = [site, site / "_books", Path("site/../site"), site / "_books" / "a.md"]
    assert read_sources([*sources, Path("link.md")]) == whole


def test_the_order_of_sources_changes_nothing(site: Path) -> None:
    """Collections come by slug."""
    books = [site / "_books" / "a.md", site / "_books" / "b.md"]
    forward, backward = read_sources(books), read_sources(books[::-1])
    assert (forward.collections, forward.people) == (backward.collections, backward.people)


def test_a_link_that_is_named_is_read_under_its_name(site: Path) -> None:
    """The user asked for it."""
    Path("link.md").symlink_to(site / "_books" / "a.md")
    (book,) = read_sources([Path("link.md")]).collections
    assert (book.slug, book.path) == ("link", Path("link.md"))


def test_two_books_of_one_name_are_an_error(site: Path) -> None:
    """The first is kept; the complaint names both."""
    Path("more").mkdir()
    Path("more/a.md").write_text(BOOK.format("other"))
    archive = read_sources([site, Path("more")])
    assert errors(archive) == [
        "more/a.md:1: has the same name `a` as site/_books/a.md; rename one of the two"
    ]
    assert archive.collections[0].title == "Title of a"


def test_two_people_of_one_name_are_an_error(site: Path) -> None:
    """As two books are."""
    (site / "_people" / "z.md").write_text(PERSON.format("p"))
    assert errors(read_sources([site])) == [
        "site/_people/z.md:1: has the same name `p` as site/_people/p.md; rename one of the two"
    ]


@pytest.mark.parametrize("missing", ["nowhere", "site/_books/c.md", "a\0b", "x" * 300, "loop"])
def test_a_source_that_does_not_exist_is_refused(site: Path, missing: str) -> None:
    """Before anything is read."""
    Path("loop").symlink_to("loop")
    with pytest.raises(CorpusError, match="no such file or folder; check the path"):
        read_sources([site, Path(missing)])


@pytest.mark.parametrize("names", [[], ["x.jpg"], ["_template.md", "README.md"], [".hidden.md"]])
def test_a_folder_without_archive_is_refused(tmp_path: Path, names: list[str]) -> None:
    """The complaint says what was looked for."""
    for name in names:
        (tmp_path / name).touch()
    wanted = r"holds no archive; looked for a folder _books and for files \*.markdown, \*.md"
    with pytest.raises(CorpusError, match=wanted):
        read_sources([tmp_path])


def test_people_alone_are_no_archive(site: Path) -> None:
    """Nor are no sources."""
    with pytest.raises(CorpusError, match="site/_people: holds no archive"):
        read_sources([site / "_people"])
    with pytest.raises(CorpusError, match="no source was named: holds no archive"):
        read_sources([])


def test_a_file_in_no_known_format_is_an_error(site: Path) -> None:
    """It is one complaint, and the other sources are read."""
    Path("notes.txt").write_text("hello")
    archive = read_sources([Path("notes.txt"), site])
    assert errors(archive) == [
        "notes.txt:1: is in no format that can be read (person, jsonl, csv, faq, slack, book)"
    ]
    assert slugs(archive)[0] == ["a", "b"]


def test_a_link_to_people_elsewhere_is_not_followed(site: Path) -> None:
    """Nothing outside the source is read."""
    (site / "_people").rename("elsewhere")
    (site / "_people").symlink_to("../elsewhere")
    archive = read_sources([site])
    assert slugs(archive) == (["a", "b"], [])
    assert len(errors(archive)) == 1
    assert errors(archive)[0].startswith("site/_people:1: is a link that leads out")


@pytest.mark.parametrize("kind", ["pipe", "unreadable name"])
def test_a_source_that_is_no_file_is_skipped(site: Path, kind: str) -> None:
    """Without waiting for it."""
    path = Path("pipe.md") if kind == "pipe" else Path(os.fsdecode(b"caf\xe9.md"))
    os.mkfifo(path) if kind == "pipe" else path.write_text(BOOK.format("x"))
    archive = read_sources([path, site])
    assert slugs(archive)[0] == ["a", "b"]
    assert len(archive.complaints) == 3


def test_progress_is_told_of_every_file(site: Path) -> None:
    """From the first to the last."""
    calls: list[tuple[str, int, int]] = []

    def note(stage: str, done: int, total: int) -> None:
        calls.append((stage, done, total))

    assert read_sources([site], progress=note) == read_sources([site], progress=silent)
    assert calls == [("read", 1, 4), ("read", 2, 4), ("read", 3, 4), ("read", 4, 4)]


def test_the_whole_archive_is_read(corpus: Path) -> None:
    """98 books, 1,881 threads, 3,534 replies, and not one error."""
    archive = read_sources([corpus])
    books = [each for each in archive.collections if each.kind is CollectionKind.BOOK]
    threads = [thread for book in books for thread in book.threads]
    assert len(books) == 98
    assert len(threads) == 1881
    assert sum(len(thread.replies) for thread in threads) == 3534
    assert len(archive.people) == 437
    assert errors(archive) == []
    assert sum("_template.md" in str(each) for each in archive.complaints) == 2


def test_the_whole_archive_is_read_as_another_reader_does(corpus: Path) -> None:
    """Every speaker and text, in order, as by the loader of the library."""
    for book in read_sources([corpus / "_books"]).collections:
        front = book.path.read_text(encoding="utf-8").split("\n---\n")[0]
        expected = yaml.load(front, Loader=yaml.CBaseLoader)
        entries = [
            (entry["name"], entry["text"], [(reply["name"], reply["text"]) for reply in replies])
            for entry in expected.get("archive", [])
            for replies in [entry["replies"] or []]
        ]
        assert entries == [
            (each.post.speaker, each.post.text, [(r.speaker, r.text) for r in each.replies])
            for each in book.threads
        ]
        assert (book.title, list(book.authors)) == (expected["title"], expected["authors"])
        assert str(book.start) == expected["start"].split()[0]


def test_lines_of_the_whole_archive_are_those_of_its_files(corpus: Path) -> None:
    """Each post starts where its entry does."""
    for book in read_sources([corpus / "_books"]).collections:
        lines = book.path.read_text(encoding="utf-8").split("\n")
        for thread in book.threads:
            for post in (thread.post, *thread.replies):
                assert lines[post.line - 1].lstrip().startswith("- name:")


def test_the_sample_archive_is_read() -> None:
    """It is in the repository, so that this needs no test data."""
    archive = read_sources([Path(__file__).parent.parent / "data"])
    assert [len(book.threads) for book in archive.collections] == [14]
    assert archive.complaints == ()

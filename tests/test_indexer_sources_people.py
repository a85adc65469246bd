"""A person's file says who stands behind a slug."""

from pathlib import Path

import pytest

from indexer.sources.files import SourceFile
from indexer.sources.people import is_person, read_person
from indexer.sources.records import Archive, RawPerson

PERSON = (
    b'---\nshort: jdoe\ntitle: "Jane Doe"\npicture: x.jpg\nweb: http://example.org\n---\nBio: x'
)


def test_a_person_has_slug_and_name() -> None:
    """All else in the file is of no concern."""
    file = SourceFile(Path("_people/jane.md"), PERSON)
    assert read_person(file) == Archive(people=(RawPerson("jdoe", "Jane Doe", file.path),))


def test_the_slug_of_a_person_is_by_default_the_stem() -> None:
    """And it is the name where there is none, which is an error."""
    archive = read_person(SourceFile(Path("_people/jane.md"), b"---\nweb: x\n---\n"))
    assert archive.people == (RawPerson("jane", "jane", Path("_people/jane.md")),)
    (complaint,) = archive.complaints
    assert str(complaint) == "_people/jane.md:2: the front matter has no `title`; add it"


@pytest.mark.parametrize(
    ("path", "data", "expected"),
    [
        ("_people/a.md", b"", True),
        ("elsewhere/a.md", PERSON, True),
        ("elsewhere/a.md", b"\xef\xbb\xbf" + PERSON, True),
        ("elsewhere/a.md", b"---\ntitle: T\nauthors: [a]\n---\n", False),
        ("elsewhere/a.md", b"short: x", False),
    ],
)
def test_people_are_recognised(path: str, data: bytes, expected: bool) -> None:
    """By their folder, or by keys that no book has."""
    assert is_person(SourceFile(Path(path), data)) is expected

"""The formats that sources come in, each recognised by its content."""

from collections.abc import Callable
from dataclasses import dataclass

from indexer.sources import books, people
from indexer.sources.files import SourceFile
from indexer.sources.records import Archive, BrokenSourceError


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file: how to recognise and how to read it.

    In a folder, only files whose names end in one of the `suffixes` are looked at.
    """

    name: str
    suffixes: frozenset[str]
    matches: Callable[[SourceFile], bool]
    read: Callable[[SourceFile], Archive]


FORMATS = (
    Format("person", books.SUFFIXES, people.is_person, people.read_person),
    Format("book", books.SUFFIXES, books.is_book, books.read_book),
)
SUFFIXES = frozenset().union(*(each.suffixes for each in FORMATS))


def recognise(file: SourceFile) -> Format:
    """Find the format of a file; the first that matches.

    Raises:
        BrokenSourceError: If there is none.
    """
    for each in FORMATS:
        if each.matches(file):
            return each
    names = ", ".join(each.name for each in FORMATS)
    raise BrokenSourceError(1, f"is in no format that can be read ({names})")

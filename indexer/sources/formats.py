"""The formats that sources come in, each recognised by its content."""

from collections.abc import Callable
from dataclasses import dataclass

from indexer.sources import books, faq, jsonl, people, slack, table
from indexer.sources.files import SourceFile
from indexer.sources.pairs import PairFile
from indexer.sources.records import Archive
from indexer.sources.slack import SlackFile

Part = Archive | PairFile | SlackFile


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file: how to recognise and how to read it.

    In a folder, only files whose names end in one of the `suffixes` are looked at.
    """

    name: str
    suffixes: frozenset[str]
    matches: Callable[[SourceFile], bool]
    read: Callable[[SourceFile], Part]


# A book comes last, as any file with a fence or the suffix `.md` claims to be one.
FORMATS = (
    Format("person", books.SUFFIXES, people.is_person, people.read_person),
    Format(jsonl.NAME, jsonl.SUFFIXES, jsonl.is_jsonl, jsonl.read_jsonl),
    Format(table.NAME, table.SUFFIXES, table.is_csv, table.read_csv),
    Format("faq", faq.SUFFIXES, faq.is_faq, faq.read_faq),
    Format(slack.NAME, slack.SUFFIXES, slack.is_slack, slack.read_slack),
    Format("book", books.SUFFIXES, books.is_book, books.read_book),
)
SUFFIXES = frozenset().union(*(each.suffixes for each in FORMATS))
NAMES = tuple(each.name for each in FORMATS)


def recognise(file: SourceFile, *, named: bool) -> Format | None:
    """Find the format of a file: the first that its content matches.

    Args:
        file: The file.
        named: Whether the user named it as a source; then the end of its name decides if its
            content does not, so that the format's reader says what is wrong.
    """
    for each in FORMATS:
        if each.matches(file):
            return each
    suffix = file.path.suffix.lower()
    hinted = (each for each in FORMATS if named and suffix in each.suffixes)
    return next(hinted, None)

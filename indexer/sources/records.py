"""The archive as it was written, before anything is interpreted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from search.errors import CorpusError
from search.models import CollectionKind, Link


class Severity(StrEnum):
    """How much a complaint matters: an error lost something, a notice did not."""

    ERROR = "error"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong with a source: where, what, and what to do.

    `other` is a second file that the message names.
    """

    path: Path
    line: int
    message: str
    severity: Severity = Severity.ERROR
    other: Path | None = None

    def __str__(self) -> str:
        """Render as `file:line: message`, the form that editors can follow."""
        return f"{self.path}:{self.line}: {self.message}"


class BrokenSourceError(CorpusError):
    """A file or one record of it cannot be used: the line, what is wrong, what to do."""

    def __init__(self, line: int, message: str) -> None:
        """Keep the line, from 1, and the message apart until the path is known."""
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class RawPost:
    """One message as written; `line` is where it starts in its file, from 1.

    An `official` post is an answer by its place in the source, whoever wrote it: the answer of
    a list of frequent questions or of a question/answer record.
    """

    speaker: str
    text: str
    line: int
    official: bool = False


@dataclass(frozen=True, slots=True)
class RawThread:
    """One entry of an archive with its replies.

    `source_ref` is the record's own id, `<file stem>#<index>` or `<channel>#<ts>`; an id that
    the source itself gave makes the entry `named`. `section` is the heading under which the
    source files the entry, and `day` when it was written.
    """

    source_ref: str
    post: RawPost
    replies: tuple[RawPost, ...] = ()
    url: str | None = None
    section: str | None = None
    day: date | None = None
    named: bool = False


@dataclass(frozen=True, slots=True)
class RawCollection:
    """One book, list of frequent questions or channel; `authors` as the file spells them."""

    slug: str
    title: str
    kind: CollectionKind
    path: Path
    threads: tuple[RawThread, ...] = ()
    authors: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    description: str = ""
    body: str = ""
    cover: str | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class RawPerson:
    """One file of the people folder."""

    slug: str
    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What the archive holds of one file that was recognised."""

    path: Path
    format: str
    n_threads: int = 0
    n_replies: int = 0


@dataclass(frozen=True, slots=True)
class Archive:
    """Everything that the sources hold, and everything that is wrong with them.

    `reports` has one entry for each file in a known format, broken ones included.
    """

    collections: Sequence[RawCollection] = field(default=())
    people: Sequence[RawPerson] = field(default=())
    complaints: Sequence[Complaint] = field(default=())
    reports: Sequence[SourceReport] = field(default=())

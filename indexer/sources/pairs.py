"""Question/answer records: what a record holds, and how files of them are joined.

A record has the fields `id`, `question` and `answer`, and may have `author`, `asker`,
`collection`, `section`, `url` and `date`; see docs/sources.md. All records of all files with
the same `collection` are one collection, in the order of the files' paths. What is broken is
reported once and everything else is kept:

- a record without id, question or answer, with a field twice, or whose id was used before is
  left out;
- an optional field of a wrong type is an error and counts as absent;
- an unreadable date or address counts as absent and is a notice, as is an unknown field, once.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from indexer.sources.fields import Fields, Report
from indexer.sources.printing import is_printable, quote
from indexer.sources.records import (
    Archive,
    BrokenSourceError,
    Complaint,
    RawCollection,
    RawPost,
    RawThread,
    SourceReport,
)
from indexer.sources.titles import title_of
from search.models import CollectionKind
from search.text.slugs import slugify

REQUIRED = ("id", "question", "answer")
OPTIONAL = ("author", "asker", "collection", "section", "url", "date")
FIELDS = (*REQUIRED, *OPTIONAL)

LABEL = "the record"

_MAX_HOPELESS = 5
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PairRecord:
    """One record; `collection` and `author` as written, the author perhaps empty."""

    line: int
    collection: str
    author: str
    thread: RawThread


@dataclass(frozen=True, slots=True)
class PairFile:
    """All records of one file, and everything that is wrong with it."""

    path: Path
    format: str
    records: Sequence[PairRecord]
    complaints: Sequence[Complaint] = ()


@dataclass(slots=True)
class _Collection:
    """A collection to which records are still added."""

    path: Path
    title: str
    threads: list[RawThread] = field(default_factory=list)
    authors: dict[str, None] = field(default_factory=dict)

    def add(self, record: PairRecord) -> None:
        """Add a record at the end."""
        self.threads.append(record.thread)
        if record.author:
            self.authors.setdefault(record.author)

    def finish(self, slug: str) -> RawCollection:
        """Give the collection as it is now."""
        return RawCollection(
            slug=slug,
            title=self.title,
            kind=CollectionKind.FAQ,
            path=self.path,
            threads=tuple(self.threads),
            authors=tuple(self.authors),
        )


def read_record(fields: Fields, *, stem: str, report: Report) -> PairRecord:
    """Read one record; its collection is the file's `stem` where it names none.

    Raises:
        BrokenSourceError: If a required field is missing, empty or no text.
    """
    ref = _read_id(fields)
    question = fields.filled_text("question")
    answer = fields.filled_text("answer")
    author = _optional(fields, "author")
    post = RawPost(_optional(fields, "asker"), question, fields.line_of("question"))
    reply = RawPost(author, answer, fields.line_of("answer"), official=True)
    thread = RawThread(
        ref,
        post,
        (reply,),
        url=_read_url(fields, report),
        section=_optional(fields, "section") or None,
        day=_read_day(fields, report),
        named=True,
    )
    return PairRecord(fields.line, _optional(fields, "collection") or stem, author, thread)


def refuse_hopeless(records: Sequence[PairRecord], report: Report, what: str) -> None:
    """Sum the complaints up where there are many and nothing else.

    Raises:
        BrokenSourceError: If there is no record and more than a few complaints.
    """
    if records or len(report.complaints) <= _MAX_HOPELESS:
        return
    first = report.complaints[0]
    raise BrokenSourceError(
        first.line,
        f"{what}, and there are {len(report.complaints)} complaints, the first: {first.message}",
    )


def join_pairs(files: Sequence[PairFile], taken: Iterable[RawCollection]) -> Archive:
    """File all records under their collections.

    Args:
        files: In any order.
        taken: The collections of other formats, whose slugs and references are in use.
    """
    join = _Join(taken)
    in_order = sorted(files, key=lambda each: each.path)
    for file in in_order:
        for record in file.records:
            join.add(record, file)
    return join.archive(in_order)


def _optional(fields: Fields, key: str) -> str:
    return (fields.text(key) or "").strip()


def _read_id(fields: Fields) -> str:
    ref = fields.filled_text("id").strip()
    if not is_printable(ref):
        raise BrokenSourceError(
            fields.line_of("id"), f"`id` of {LABEL} is not one line of text ({quote(ref)}); mend it"
        )
    return ref


def _read_url(fields: Fields, report: Report) -> str | None:
    url = _optional(fields, "url")
    if not url or _ADDRESS.fullmatch(url):
        return url or None
    reason = f"`url` is no address ({quote(url)}); write it as https://example.org/page"
    report.notice(fields.line_of("url"), reason)
    return None


def _read_day(fields: Fields, report: Report) -> date | None:
    text = _optional(fields, "date")
    try:
        return datetime.fromisoformat(text).date() if text else None
    except ValueError:
        reason = f"`date` is no date ({quote(text)}); write it as 2021-11-22"
        report.notice(fields.line_of("date"), reason)
        return None


class _Join:
    """Collects records, and complains about those that cannot be told apart."""

    def __init__(self, taken: Iterable[RawCollection]) -> None:
        self._taken = {each.slug: each for each in taken}
        self._places = {
            thread.source_ref: (each.path, thread.post.line)
            for each in self._taken.values()
            for thread in each.threads
        }
        self._collections: dict[str, _Collection] = {}
        self._refused: set[tuple[Path, str]] = set()
        self._n_kept: Counter[Path] = Counter()
        self._complaints: list[Complaint] = []

    def add(self, record: PairRecord, file: PairFile) -> None:
        """File a record, or complain."""
        slug, ref = slugify(record.collection), record.thread.source_ref
        if slug in self._taken:
            self._refuse_collection(slug, record, file)
        elif ref in self._places:
            self._refuse_record(ref, record, file)
        else:
            self._places[ref] = (file.path, record.line)
            self._n_kept[file.path] += 1
            self._collection(slug, record, file).add(record)

    def archive(self, files: Iterable[PairFile]) -> Archive:
        """Give what was collected."""
        kept = self._n_kept
        return Archive(
            collections=[each.finish(slug) for slug, each in self._collections.items()],
            complaints=self._complaints,
            reports=[
                SourceReport(each.path, each.format, kept[each.path], kept[each.path])
                for each in files
            ],
        )

    def _collection(self, slug: str, record: PairRecord, file: PairFile) -> _Collection:
        name = record.collection
        title = title_of(name) if name == slug else name
        return self._collections.setdefault(slug, _Collection(file.path, title))

    def _refuse_collection(self, slug: str, record: PairRecord, file: PairFile) -> None:
        """Complain once for each file."""
        if (file.path, slug) in self._refused:
            return
        self._refused.add((file.path, slug))
        other = self._taken[slug].path
        reason = f"collection `{slug}` has the same name as {other}"
        self._complain(
            file, record, f"{reason}; its records are left out; rename one of the two", other
        )

    def _refuse_record(self, ref: str, record: PairRecord, file: PairFile) -> None:
        other, line = self._places[ref]
        reason = f"id {quote(ref)} was used before, at {other}:{line}"
        self._complain(
            file, record, f"{reason}; this record is left out; give each its own id", other
        )

    def _complain(self, file: PairFile, record: PairRecord, message: str, other: Path) -> None:
        self._complaints.append(Complaint(file.path, record.line, message, other=other))

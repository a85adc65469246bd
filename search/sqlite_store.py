"""Threads, authors and collections in one read-only SQLite file of a generation.

Threads are numbered by `row`, their place in the order of thread ids, so that arrays over threads
and ties between scores need no further key.
"""

import json
import sqlite3
import weakref
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.errors import BundleMismatchError
from search.files import storage_errors
from search.models import (
    AnsweredBy,
    Author,
    Collection,
    CollectionKind,
    Link,
    LinkKind,
    Message,
    Passage,
    PassageKind,
    Role,
    Span,
    Thread,
    ThreadFilter,
    ThreadLink,
)
from search.recent import Recent
from search.store import PassageTable
from search.store_writer import SCHEMA_VERSION

_THREADS_A_READ = 500
_REMEMBERED_BYTES = 8_000_000
_BYTES_A_RECORD = 500
_REFS = """
SELECT row, source_ref FROM thread_refs WHERE row IN (SELECT value FROM json_each(?))
ORDER BY position
"""
_FILED = """
SELECT row, collection FROM thread_collections WHERE row IN (SELECT value FROM json_each(?))
ORDER BY position
"""
_MESSAGES = """
SELECT row, message_id, speaker, role, author, text, source_ref, position, answers, asks,
    shared, url FROM messages
WHERE row IN (SELECT value FROM json_each(?)) ORDER BY row, number
"""
_ALIASES = """
SELECT row, alias FROM aliases JOIN threads USING (thread_id)
WHERE row IN (SELECT value FROM json_each(?)) ORDER BY alias
"""
_LINKS = """
SELECT row, kind, source_ref, target_ref, thread_id, confidence, reason, joined FROM links
WHERE row IN (SELECT value FROM json_each(?)) ORDER BY row, number
"""
_PASSAGES = """
SELECT passage_id, thread_id, kind, text, message, start, "end", by_author
FROM passages JOIN threads USING (row) WHERE passage_id IN (SELECT value FROM json_each(?))
"""
_FIRST_COLLECTIONS = """
SELECT collection FROM thread_collections WHERE position = 0 ORDER BY row
"""
_AUTHOR_SPEAKERS = """
SELECT DISTINCT author, speaker FROM messages WHERE author IS NOT NULL ORDER BY author, speaker
"""
_SPEAKERS = """
SELECT DISTINCT speaker FROM messages JOIN thread_collections USING (row)
WHERE :only IS NULL OR collection = :only
"""
_THREAD_COUNTS = """
SELECT collection, COUNT(*), SUM(answered_by != 'nobody')
FROM thread_collections JOIN threads USING (row) GROUP BY collection
"""
_ANSWER_COUNTS = """
SELECT author, COUNT(DISTINCT row) FROM messages
WHERE author IS NOT NULL AND answers GROUP BY author
"""
_THREADS = """
SELECT row, thread_id, answered_by, year FROM threads
WHERE row IN (SELECT value FROM json_each(?))
"""


_TABLE = np.dtype([("rows", "i4"), ("kinds", "i1"), ("messages", "i4"), ("by_author", "?")])


def _day(text: str | None) -> date | None:
    """Parse a day as it is stored."""
    return date.fromisoformat(text) if text else None


class SqliteStore:
    """The store of one generation; safe to share between threads, since it is never written."""

    def __init__(self, path: Path, *, any_version: bool = False) -> None:
        """Open the file read-only.

        Args:
            path: The file.
            any_version: Whether tables of another version of the writer will do; what they lack
                raises `sqlite3.Error` when it is read.

        Raises:
            BundleMismatchError: If it is not such a file.
            StorageError: If it cannot be read.
        """
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        try:
            with storage_errors(path):
                self._open(uri, any_version=any_version)
        except (sqlite3.Error, ValueError) as exc:
            raise BundleMismatchError(f"{path}: {exc}; run `answers index` on its sources") from exc
        self._rows = {thread_id: row for row, thread_id in enumerate(self._ids)}
        self._threads: Recent[int, Thread] = Recent(_REMEMBERED_BYTES, _thread_size)
        self._passages: Recent[int, Passage] = Recent(_REMEMBERED_BYTES, _passage_size)

    def _open(self, uri: str, *, any_version: bool) -> None:
        """Open the file and read what is small."""
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._closing = weakref.finalize(self, self._connection.close)
        if not any_version:
            self._check_schema()
        query = "SELECT thread_id FROM threads ORDER BY row"
        self._ids = tuple(row[0] for row in self._connection.execute(query))
        self._collections = tuple(self._read_collections())

    def _check_schema(self) -> None:
        """Refuse a file that another version of the writer wrote."""
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version != SCHEMA_VERSION:
            raise ValueError(f"tables of version {version}, this program reads {SCHEMA_VERSION}")

    def close(self) -> None:
        """Close the file."""
        self._closing()

    def _read_collections(self) -> Iterator[Collection]:
        """Yield collections by slug."""
        authors: dict[str, list[str]] = {}
        query = "SELECT collection, author FROM collection_authors ORDER BY collection, position"
        for slug, author in self._connection.execute(query):
            authors.setdefault(slug, []).append(author)
        for row in self._connection.execute(
            'SELECT slug, title, kind, start, "end", url, description, body, cover, links'
            " FROM collections ORDER BY slug"
        ):
            slug, title, kind, start, end, url, description, body, cover, links = row
            yield Collection(
                slug=slug,
                title=title,
                kind=CollectionKind(kind),
                authors=tuple(authors.get(slug, ())),
                start=_day(start),
                end=_day(end),
                url=url,
                description=description,
                body=body,
                cover=cover,
                links=tuple(Link(*link) for link in json.loads(links)),
            )

    def collections(self) -> Sequence[Collection]:
        """Return all collections by slug."""
        return self._collections

    def authors(self) -> Sequence[Author]:
        """Return all authors by slug, each with the collections that name them."""
        written: dict[str, list[str]] = {}
        for item in self._collections:
            for slug in item.authors:
                written.setdefault(slug, []).append(item.slug)
        query = "SELECT slug, name FROM authors ORDER BY slug"
        return [
            Author(slug, name, tuple(written.get(slug, ())))
            for slug, name in self._connection.execute(query)
        ]

    def thread_ids(self) -> Sequence[str]:
        """Return all ids; a thread's row is its place here."""
        return self._ids

    def resolve(self, thread_id: str) -> str | None:
        """Return the id that a thread has now, given one it has or had; None if unknown."""
        if thread_id in self._rows:
            return thread_id
        query = "SELECT thread_id FROM aliases WHERE alias = ?"
        try:
            found = self._connection.execute(query, (thread_id,)).fetchone()
        except UnicodeEncodeError:  # A lone surrogate, which no id has.
            return None
        return str(found[0]) if found else None

    def threads(self, ids: Sequence[str]) -> list[Thread]:
        """Return threads by id, in the order asked for; unknown ids are left out."""
        rows = [self._rows[thread_id] for thread_id in ids if thread_id in self._rows]
        known = {row: self._threads.get(row) for row in rows}
        found = {row: thread for row, thread in known.items() if thread is not None}
        missing = [row for row in known if row not in found]
        for start in range(0, len(missing), _THREADS_A_READ):
            found.update(self._read_threads(missing[start : start + _THREADS_A_READ]))
        for row in missing:
            self._threads.put(row, found[row])
        return [found[row] for row in rows]

    def iter_threads(self) -> Iterator[Thread]:
        """Yield all threads by row."""
        for start in range(0, len(self._ids), _THREADS_A_READ):
            rows = range(start, min(start + _THREADS_A_READ, len(self._ids)))
            found = self._read_threads(rows)
            yield from (found[row] for row in rows)

    def _grouped(self, query: str, rows: str) -> dict[int, list[tuple[str, ...]]]:
        """Run a query over some rows; return what stands behind the first column, by it."""
        grouped: dict[int, list[tuple[str, ...]]] = {}
        for row, *values in self._connection.execute(query, (rows,)):
            grouped.setdefault(row, []).append(tuple(values))
        return grouped

    def _read_threads(self, wanted: Sequence[int]) -> dict[int, Thread]:
        """Read threads by row."""
        rows = json.dumps(list(wanted))
        refs = self._grouped(_REFS, rows)
        filed = self._grouped(_FILED, rows)
        messages = self._grouped(_MESSAGES, rows)
        aliases = self._grouped(_ALIASES, rows)
        links = self._grouped(_LINKS, rows)
        return {
            row: Thread(
                thread_id=thread_id,
                source_refs=tuple(ref for (ref,) in refs.get(row, ())),
                collections=tuple(slug for (slug,) in filed.get(row, ())),
                messages=tuple(_message(values) for values in messages.get(row, ())),
                answered_by=AnsweredBy(answered_by),
                year=year,
                aliases=tuple(alias for (alias,) in aliases.get(row, ())),
                links=tuple(_link(values) for values in links.get(row, ())),
            )
            for row, thread_id, answered_by, year in self._connection.execute(_THREADS, (rows,))
        }

    def books_of_rows(self) -> Sequence[str]:
        """Return the collection that each row is filed under first."""
        return [slug for (slug,) in self._connection.execute(_FIRST_COLLECTIONS)]

    def thread_counts(self) -> Mapping[str, tuple[int, int]]:
        """Return for each collection how many threads it has and how many are answered."""
        return {
            slug: (n_threads, n_answered)
            for slug, n_threads, n_answered in self._connection.execute(_THREAD_COUNTS)
        }

    def answer_counts(self) -> Mapping[str, int]:
        """Return for each author how many threads they answer."""
        return dict(self._connection.execute(_ANSWER_COUNTS).fetchall())

    def speakers(self, collection: str | None = None) -> frozenset[str]:
        """Return the display names of all who speak in a collection's threads, None for any."""
        return frozenset(
            name for (name,) in self._connection.execute(_SPEAKERS, {"only": collection})
        )

    def author_speakers(self) -> list[tuple[str, str]]:
        """Return the display names under which each author speaks, as pairs of slug and name."""
        return self._connection.execute(_AUTHOR_SPEAKERS).fetchall()

    def passages(self, passage_ids: Sequence[int]) -> list[Passage]:
        """Return passages by id, in the order asked for."""
        known = {each: self._passages.get(each) for each in passage_ids}
        found = {each: passage for each, passage in known.items() if passage is not None}
        missing = [each for each in known if each not in found]
        if missing:
            found.update(self._read_passages(missing))
        for each in missing:
            self._passages.put(each, found[each])
        return [found[each] for each in passage_ids]

    def _read_passages(self, wanted: Sequence[int]) -> dict[int, Passage]:
        """Read passages by id."""
        return {
            passage_id: Passage(
                thread_id=thread_id,
                kind=PassageKind(kind),
                text=text,
                message=message,
                span=None if start is None else Span(start, end),
                by_author=bool(by_author),
            )
            for passage_id, thread_id, kind, text, message, start, end, by_author in (
                self._connection.execute(_PASSAGES, (json.dumps(list(wanted)),))
            )
        }

    def passage_table(self) -> PassageTable:
        """Return which thread each passage belongs to."""
        kinds = " ".join(f"WHEN '{kind}' THEN {n}" for n, kind in enumerate(PassageKind))
        query = f"""
            SELECT row, CASE kind {kinds} END, COALESCE(message, -1), by_author FROM passages
            ORDER BY passage_id
        """  # noqa: S608 - the names of kinds
        table = np.fromiter(self._connection.execute(query), dtype=_TABLE)
        return PassageTable(**{name: table[name].copy() for name in _TABLE.fields or ()})

    def answered(self) -> NDArray[np.bool_]:
        """Return which rows hold an answer, shape `(n_threads,)`."""
        return self.mask(ThreadFilter(answered=True))

    def asking(self) -> NDArray[np.bool_]:
        """Return which rows ask something, shape `(n_threads,)`."""
        mask = np.zeros(len(self._ids), dtype=np.bool_)
        query = "SELECT DISTINCT row FROM messages WHERE asks"
        mask[[row for (row,) in self._connection.execute(query)]] = True
        return mask

    def mask(self, where: ThreadFilter) -> NDArray[np.bool_]:
        """Return which rows pass a filter, shape `(n_threads,)`."""
        query = """
            SELECT row FROM threads WHERE (:year IS NULL OR year = :year)
            AND (:answered IS NULL OR (answered_by != 'nobody') = :answered)
            AND (:collection IS NULL OR row IN
                 (SELECT row FROM thread_collections WHERE collection = :collection))
            AND (:author IS NULL OR row IN
                 (SELECT row FROM messages WHERE author = :author AND answers))
        """
        values = {
            "year": None if where.year is None else str(where.year),  # May exceed 64 bits.
            "answered": where.answered,
            "collection": where.collection,
            "author": where.author,
        }
        mask = np.zeros(len(self._ids), dtype=np.bool_)
        mask[[row for (row,) in self._connection.execute(query, values)]] = True
        return mask


def _thread_size(thread: Thread) -> int:
    """Estimate how much memory a thread takes."""
    return sum(_BYTES_A_RECORD + 2 * len(message.text) for message in thread.messages)


def _passage_size(passage: Passage) -> int:
    """Estimate how much memory a passage takes."""
    return _BYTES_A_RECORD + 2 * len(passage.text)


def _message(values: Sequence[str]) -> Message:
    """Build a message from its columns."""
    message_id, speaker, role, author, text, source_ref, position, *flags, url = values
    answers, asks, shared = map(bool, flags)
    return Message(
        message_id=message_id,
        speaker=speaker,
        role=Role(role),
        text=text,
        source_ref=source_ref,
        position=int(position),
        author=author,
        answers=answers,
        asks=asks,
        shared=shared,
        url=url,
    )


def _link(values: Sequence[str]) -> ThreadLink:
    """Build a link from its columns."""
    kind, source_ref, target_ref, thread_id, confidence, reason, joined = values
    return ThreadLink(
        kind=LinkKind(kind),
        source_ref=source_ref,
        target_ref=target_ref,
        thread_id=thread_id,
        confidence=float(confidence),
        reason=reason,
        joined=bool(joined),
    )

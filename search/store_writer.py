"""Write the SQLite file that `search.sqlite_store` reads."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import astuple
from pathlib import Path

from search.files import storage_errors
from search.models import Author, Collection, Passage, Thread

_SCHEMA = """
BEGIN;
CREATE TABLE collections (
    slug TEXT PRIMARY KEY, title TEXT NOT NULL, kind TEXT NOT NULL, start TEXT, "end" TEXT,
    url TEXT, description TEXT NOT NULL, body TEXT NOT NULL, cover TEXT, links TEXT NOT NULL
) STRICT;
CREATE TABLE authors (slug TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE collection_authors (
    collection TEXT NOT NULL REFERENCES collections, position INTEGER NOT NULL,
    author TEXT NOT NULL REFERENCES authors, PRIMARY KEY (collection, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE threads (
    row INTEGER PRIMARY KEY, thread_id TEXT NOT NULL UNIQUE, answered_by TEXT NOT NULL, year INTEGER
) STRICT;
CREATE TABLE thread_refs (
    source_ref TEXT PRIMARY KEY, row INTEGER NOT NULL REFERENCES threads, position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE thread_collections (
    row INTEGER NOT NULL REFERENCES threads, position INTEGER NOT NULL,
    collection TEXT NOT NULL REFERENCES collections, PRIMARY KEY (row, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE messages (
    row INTEGER NOT NULL REFERENCES threads, number INTEGER NOT NULL, message_id TEXT NOT NULL,
    speaker TEXT NOT NULL, role TEXT NOT NULL, author TEXT REFERENCES authors, text TEXT NOT NULL,
    source_ref TEXT NOT NULL, position INTEGER NOT NULL, answers INTEGER NOT NULL,
    asks INTEGER NOT NULL, shared INTEGER NOT NULL, url TEXT, PRIMARY KEY (row, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE links (
    row INTEGER NOT NULL REFERENCES threads, number INTEGER NOT NULL, kind TEXT NOT NULL,
    source_ref TEXT NOT NULL, target_ref TEXT NOT NULL, thread_id TEXT NOT NULL,
    confidence REAL NOT NULL, reason TEXT NOT NULL, joined INTEGER NOT NULL,
    PRIMARY KEY (row, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE passages (
    passage_id INTEGER PRIMARY KEY, row INTEGER NOT NULL REFERENCES threads, kind TEXT NOT NULL,
    message INTEGER, start INTEGER, "end" INTEGER, by_author INTEGER NOT NULL, text TEXT NOT NULL
) STRICT;
CREATE TABLE aliases (alias TEXT PRIMARY KEY, thread_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX messages_author ON messages (author, row) WHERE author IS NOT NULL;
CREATE INDEX thread_collections_collection ON thread_collections (collection, row);
CREATE INDEX passages_row ON passages (row);
"""
# Without these a file is read as well, but of many threads slowly.
_INDEXES = (
    "CREATE INDEX thread_refs_row ON thread_refs (row)",
    "CREATE INDEX aliases_thread ON aliases (thread_id)",
)
SCHEMA_VERSION = zlib.crc32(_SCHEMA.encode()) & 0x7FFF_FFFF


def write_store(
    path: Path,
    *,
    collections: Iterable[Collection],
    authors: Iterable[Author],
    threads: Sequence[Thread],
    passages: Iterable[Passage],
) -> None:
    """Write a new file; `threads` must be in the order of their ids, passages as embedded.

    Raises:
        StorageError: If the disk is full, read-only or fails.
    """
    rows = {thread.thread_id: row for row, thread in enumerate(threads)}
    with (
        storage_errors(path),
        closing(sqlite3.connect(path, isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        _write_names(connection, collections, authors)
        _write_threads(connection, threads)
        connection.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    number,
                    rows[passage.thread_id],
                    passage.kind.value,
                    passage.message,
                    passage.span.start if passage.span else None,
                    passage.span.end if passage.span else None,
                    passage.by_author,
                    passage.text,
                )
                for number, passage in enumerate(passages)
            ),
        )
        for statement in _INDEXES:
            connection.execute(statement)
        connection.execute("COMMIT")


def _write_names(
    connection: sqlite3.Connection, collections: Iterable[Collection], authors: Iterable[Author]
) -> None:
    """Write collections, authors and who wrote what."""
    connection.executemany(
        "INSERT INTO authors VALUES (?, ?)", ((author.slug, author.name) for author in authors)
    )
    for item in sorted(collections, key=lambda item: item.slug):
        connection.execute(
            "INSERT INTO collections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                item.slug,
                item.title,
                item.kind.value,
                item.start.isoformat() if item.start else None,
                item.end.isoformat() if item.end else None,
                item.url,
                item.description,
                item.body,
                item.cover,
                json.dumps([[link.text, link.url] for link in item.links], ensure_ascii=False),
            ),
        )
        connection.executemany(
            "INSERT INTO collection_authors VALUES (?, ?, ?)",
            ((item.slug, position, author) for position, author in enumerate(item.authors)),
        )


def _write_threads(connection: sqlite3.Connection, threads: Sequence[Thread]) -> None:
    """Write threads with their messages, references and former ids."""
    for row, thread in enumerate(threads):
        connection.execute(
            "INSERT INTO threads VALUES (?, ?, ?, ?)",
            (row, thread.thread_id, thread.answered_by.value, thread.year),
        )
        connection.executemany(
            "INSERT INTO thread_refs VALUES (?, ?, ?)",
            ((ref, row, position) for position, ref in enumerate(thread.source_refs)),
        )
        connection.executemany(
            "INSERT INTO thread_collections VALUES (?, ?, ?)",
            ((row, position, slug) for position, slug in enumerate(thread.collections)),
        )
        connection.executemany(
            "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    row,
                    number,
                    message.message_id,
                    message.speaker,
                    message.role.value,
                    message.author,
                    message.text,
                    message.source_ref,
                    message.position,
                    message.answers,
                    message.asks,
                    message.shared,
                    message.url,
                )
                for number, message in enumerate(thread.messages)
            ),
        )
        connection.executemany(
            "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((row, number, *astuple(link)) for number, link in enumerate(thread.links)),
        )
        connection.executemany(
            "INSERT INTO aliases VALUES (?, ?)",
            ((alias, thread.thread_id) for alias in thread.aliases),
        )

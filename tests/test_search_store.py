"""Threads in SQLite: what is written is what is read, filters, former ids, hostile text."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.errors import BundleMismatchError, StorageError
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
from search.sqlite_store import SqliteStore
from search.store_writer import write_store

HOSTILE = [
    "'; DROP TABLE threads; --",
    '"quoted" %_ * NEAR( \\',
    "NUL \x00 inside",
    "right to left \u202e and zero\u200bwidth",
    "👩‍💻 e\u0301",
    "line\r\nline\u2028line",
    "x" * 100_000,
    "",
]
AUTHORS = (Author("ada", "Ada Lovelace"), Author("gil", "Gil O'Tester"))
BOOKS = (
    Collection(
        slug="a-book",
        title="A 'book'",
        kind=CollectionKind.BOOK,
        authors=("gil", "ada"),
        start=date(2021, 11, 22),
        end=date(2021, 11, 26),
        url="https://example.org/a",
        description='with "quotes"',
        body="body",
        cover="cover.jpg",
        links=(Link("Página", "https://example.org/?a=1&b=%20"), Link("", "")),
    ),
    Collection(slug="b-faq", title="", kind=CollectionKind.FAQ),
)


def message(number: int, role: Role, text: str, **values: object) -> Message:
    return Message(
        message_id=f"m{number}",
        speaker=f"Tester {number}",
        role=role,
        text=text,
        source_ref=f"ref#{number}",
        position=number,
        **values,
    )


def thread(thread_id: str, *messages: Message, **values: object) -> Thread:
    facts = {
        "source_refs": (f"{thread_id}#0",),
        "collections": ("a-book",),
        "answered_by": AnsweredBy.NOBODY,
        "year": 2021,
        **values,
    }
    return Thread(thread_id=thread_id, messages=messages, **facts)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., SqliteStore]]:
    stores: list[SqliteStore] = []

    def opener(threads: Sequence[Thread], passages: Sequence[Passage] = ()) -> SqliteStore:
        path = tmp_path / f"{len(stores)}.sqlite"
        write_store(path, collections=BOOKS, authors=AUTHORS, threads=threads, passages=passages)
        stores.append(SqliteStore(path))
        return stores[-1]

    yield opener
    for store in stores:
        store.close()


texts = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"])))
messages = st.builds(
    Message,
    message_id=texts,
    speaker=texts,
    role=st.sampled_from(Role),
    text=texts,
    source_ref=texts,
    position=st.integers(0, 9),
    author=st.sampled_from([None, "ada", "gil"]),
    answers=st.booleans(),
    asks=st.booleans(),
    shared=st.booleans(),
    url=st.none() | texts,
)
links = st.builds(
    ThreadLink,
    kind=st.sampled_from(LinkKind),
    source_ref=texts,
    target_ref=texts,
    thread_id=texts,
    confidence=st.floats(0, 1),
    reason=texts,
    joined=st.booleans(),
)
many_threads = st.lists(
    st.builds(
        Thread,
        thread_id=st.just(""),
        source_refs=st.just(()),
        collections=st.sampled_from([("a-book",), ("b-faq", "a-book")]),
        messages=st.lists(messages, min_size=1, max_size=4).map(tuple),
        answered_by=st.sampled_from(AnsweredBy),
        year=st.none() | st.integers(1, 9999),
        links=st.lists(links, max_size=2).map(tuple),
    ),
    max_size=5,
)


@settings(max_examples=50, deadline=None)
@given(many_threads)
def test_threads_come_back_as_they_were_written(drawn: list[Thread]) -> None:
    written = [
        replace(
            each,
            thread_id=f"t{number}",
            source_refs=(f"b#{number}", f"a#{number}"),
            aliases=(f"former-{number}-a", f"former-{number}-b"),
        )
        for number, each in enumerate(drawn)
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "threads.sqlite"
        write_store(path, collections=BOOKS, authors=AUTHORS, threads=written, passages=())
        with closing(SqliteStore(path)) as store:
            assert list(store.iter_threads()) == written
            assert store.threads([each.thread_id for each in written[::-1]]) == written[::-1]


def test_collections_and_authors_come_back(opened: Callable[..., SqliteStore]) -> None:
    store = opened([])
    assert tuple(store.collections()) == BOOKS
    assert store.authors() == [replace(author, collections=("a-book",)) for author in AUTHORS]
    assert list(store.iter_threads()) == list(store.thread_ids()) == []


def test_passages_come_back_in_the_order_asked_for(opened: Callable[..., SqliteStore]) -> None:
    passages = [
        Passage("t0", PassageKind.QUESTION, "what", message=0),
        Passage("t1", PassageKind.QUESTION, HOSTILE[0], message=0, span=Span(0, 4)),
        Passage("t0", PassageKind.ANSWER, "this", message=1, span=Span(2, 9), by_author=True),
        Passage("t0", PassageKind.THREAD, "what this"),
    ]
    question = message(0, Role.ASKER, "what")
    store = opened([thread("t0", question), thread("t1", question)], passages)
    assert store.passages([2, 0, 3, 1, 2]) == [passages[each] for each in (2, 0, 3, 1, 2)]
    table = store.passage_table()
    assert table.rows.tolist() == [0, 1, 0, 0]
    assert table.kinds.tolist() == [0, 0, 1, 2]
    assert table.messages.tolist() == [0, 0, 1, -1]
    assert table.by_author.tolist() == [False, False, True, False]


def by_hand(each: Thread, where: ThreadFilter) -> bool:
    return (
        (where.year is None or each.year == where.year)
        and (where.collection is None or where.collection in each.collections)
        and (
            where.answered is None or where.answered == (each.answered_by is not AnsweredBy.NOBODY)
        )
        and (
            where.author is None
            or any(made.answers and made.author == where.author for made in each.messages)
        )
    )


FILTERED = [
    thread("t0", message(0, Role.ASKER, "a")),
    thread(
        "t1",
        message(0, Role.ASKER, "a"),
        message(1, Role.AUTHOR, "b", author="ada", answers=True),
        answered_by=AnsweredBy.AUTHOR,
        year=2020,
    ),
    thread(
        "t2",
        message(0, Role.AUTHOR, "a", author="gil"),
        message(1, Role.COMMUNITY, "b", answers=True),
        answered_by=AnsweredBy.COMMUNITY,
        collections=("b-faq", "a-book"),
    ),
    thread(
        "t3",
        message(0, Role.ASKER, "a"),
        message(1, Role.AUTHOR, "b", author="gil", answers=True),
        answered_by=AnsweredBy.AUTHOR,
        collections=("b-faq",),
        year=None,
    ),
]


def test_every_filter_keeps_what_it_says(opened: Callable[..., SqliteStore]) -> None:
    store = opened(FILTERED)
    for collection, author, year, answered in product(
        (None, "a-book", "b-faq", "none"),
        (None, "ada", "gil", "none"),
        (None, 2020, 2021, -5, 10**30),
        (None, True, False),
    ):
        where = ThreadFilter(collection=collection, author=author, year=year, answered=answered)
        assert store.mask(where).tolist() == [by_hand(each, where) for each in FILTERED], where
    assert store.answered().tolist() == [False, True, True, True]
    assert store.mask(ThreadFilter()).dtype == np.bool_


def test_counts_and_first_collections(opened: Callable[..., SqliteStore]) -> None:
    store = opened(FILTERED)
    assert store.books_of_rows() == ["a-book", "a-book", "b-faq", "b-faq"]
    assert store.thread_counts() == {"a-book": (3, 2), "b-faq": (2, 2)}
    assert store.answer_counts() == {"ada": 1, "gil": 1}


def test_ids_resolve_now_and_from_before(opened: Callable[..., SqliteStore]) -> None:
    question = message(0, Role.ASKER, "a")
    store = opened([thread("t0", question), thread("t1", question, aliases=("o1", "o2"))])
    asked = ["t0", "t1", "o1", "o2", "T1", "", "%", HOSTILE[0], HOSTILE[2], "\udcff"]
    assert [store.resolve(each) for each in asked] == ["t0", "t1", "t1", "t1", *[None] * 6]
    assert store.threads(["zzz", "t1", "o1"]) == store.threads(["t1"])


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_only_text(text: str, opened: Callable[..., SqliteStore]) -> None:
    written = [thread("t0", message(0, Role.ASKER, text), aliases=(text or "x",))]
    store = opened(written)
    assert store.threads(["t0"]) == written
    assert store.resolve(text or "x") == "t0"
    for where in (ThreadFilter(collection=text or "x"), ThreadFilter(author=text or "x")):
        assert store.mask(where).tolist() == [False]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "tables of version 0, this program reads"),
        (b"not a database" * 99, "file is not a database"),
    ],
)
def test_another_file_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    path.write_bytes(content)
    with pytest.raises(BundleMismatchError, match=f"{message}.*answers index"):
        SqliteStore(path)


def test_a_file_of_another_writer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    write_store(path, collections=BOOKS, authors=AUTHORS, threads=[], passages=())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 1")
    with pytest.raises(BundleMismatchError, match="tables of version 1, this program reads"):
        SqliteStore(path)


def test_a_missing_file_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="unable to open database file"):
        SqliteStore(tmp_path / "threads.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="unable to open database file; check who owns"):
        write_store(
            tmp_path / "none" / "x", collections=BOOKS, authors=AUTHORS, threads=[], passages=()
        )


def test_the_same_threads_give_the_same_bytes(tmp_path: Path) -> None:
    paths = [tmp_path / "one", tmp_path / "two"]
    for path in paths:
        write_store(path, collections=BOOKS, authors=AUTHORS, threads=FILTERED, passages=())
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_store_is_never_written(opened: Callable[..., SqliteStore], tmp_path: Path) -> None:
    store = opened(FILTERED)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        store._connection.execute("DELETE FROM threads")
    assert [path.name for path in tmp_path.iterdir()] == ["0.sqlite"]

"""A query that names an author or a book has answers of that book first."""

from pathlib import Path

import pytest

from search.books import BookFinder
from search.engine import Engine
from search.mentions import Mention, MentionFinder
from search.models import Author, Collection, CollectionKind, ThreadFilter
from search.opening import open_engine
from tests.support import build_hashed, write_book

PARSERS, COMPILERS, BIRDS = (
    "20210101-writing-parsers",
    "20210201-compilers-in-depth",
    "20210301-birds",
)
BOOKS = (
    Collection(PARSERS, "Writing Parsers", CollectionKind.BOOK, authors=("ada",)),
    Collection(COMPILERS, "Compilers in Depth", CollectionKind.BOOK, authors=("grace", "maria")),
    Collection(BIRDS, "Watching Birds", CollectionKind.BOOK, authors=("jo",)),
)
AUTHORS = (
    Author("ada", "Ada Lovelace", (PARSERS,)),
    Author("grace", "Grace Brewster Hopper", (COMPILERS,)),
    Author("maria", "María Telkès", (COMPILERS,)),
    Author("jo", "Jo Hill", (BIRDS,)),
)


@pytest.fixture(scope="module")
def finder() -> MentionFinder:
    books = BookFinder(BOOKS, AUTHORS)
    return MentionFinder(books, AUTHORS, dictionary=lambda: {"hill", "bird", "hopper"})


@pytest.mark.parametrize(
    ("query", "books", "rest"),
    [
        ("What does Ada Lovelace say about tokens?", {PARSERS}, "tokens?"),
        ("what ada lovelace thinks about tokens", {PARSERS}, "tokens"),
        ("lovelace tokens", {PARSERS}, "tokens"),
        ("Lovelace's advice on tokens", {PARSERS}, "advice on tokens"),
        ("tokens according to Ada Lovelace", {PARSERS}, "tokens"),
        ("Ada Lovelace: how do I read tokens?", {PARSERS}, "how do I read tokens?"),
        ("does Telkes read tokens?", {COMPILERS}, "read tokens?"),
        ("Grace Hopper on tokens", {COMPILERS}, "tokens"),
        ("Grace Brewster Hopper on tokens", {COMPILERS}, "tokens"),
        ("Why did Grace Hopper write tokens?", {COMPILERS}, "Why write tokens?"),
        ("tokens of Ada Lovelace and Maria Telkes", {PARSERS, COMPILERS}, "tokens and"),
        ("hopper for tokens", set(), "hopper for tokens"),
        ("tokens on a hill", set(), "tokens on a hill"),
        ("Jo Hill about tokens", {BIRDS}, "tokens"),
        ("Ada Lovelace", {PARSERS}, "Ada Lovelace"),
        ("tokens in Writing Parsers", {PARSERS}, "tokens in Writing Parsers"),
        ("writing parsers for tokens", set(), "writing parsers for tokens"),
        ("ada and tokens", set(), "ada and tokens"),
        ("how do I read tokens?", set(), "how do I read tokens?"),
        ("  \n", set(), "  \n"),
        ("", set(), ""),
    ],
)
def test_what_is_named_and_what_is_left(
    finder: MentionFinder, query: str, books: set[str], rest: str
) -> None:
    assert finder.find(query) == Mention(frozenset(books), rest)


def test_authors_without_books_and_of_one_word_name_nothing() -> None:
    authors = (Author("ada", "Ada Lovelace"), Author("grace", "Hopper", (COMPILERS,)))
    found = MentionFinder(BookFinder(BOOKS, authors), authors, dictionary=frozenset)
    assert found.find("Ada Lovelace and Hopper on tokens").books == frozenset()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("books")
    for slug, author, answer in (
        (PARSERS, "Ada Lovelace", "A tokenizer should be written by hand."),
        (COMPILERS, "Grace Hopper", "A tokenizer should come from a generator."),
    ):
        question = ("Cid", "How should a tokenizer be written?")
        other = ("Cid", "Which editor do you use for your manuscripts?")
        threads = [(question, [(author, answer)]), (other, [(author, "Any that is quick.")])]
        write_book(folder, slug, threads, authors=(author,))
    build_hashed(folder, folder / "bundle")
    return open_engine(folder / "bundle")


@pytest.mark.parametrize(("name", "book"), [("Grace Hopper", COMPILERS), ("Ada Lovelace", PARSERS)])
def test_the_named_book_comes_first(engine: Engine, name: str, book: str) -> None:
    result = engine.search(f"What does {name} say about how a tokenizer should be written?")
    assert [ref.slug for ref in result.named] == [book]
    assert result.hits[0].collection.slug == book
    assert "tokenizer" in result.hits[0].question.text
    assert result.hits[0].why["named"] > 0.0
    assert {hit.collection.slug for hit in result.hits} == {PARSERS, COMPILERS}
    for hit in result.hits:
        assert sum(hit.why.values()) == pytest.approx(hit.score, abs=1e-5)
        assert (hit.why["named"] > 0.0) == (hit.collection.slug == book)


def test_who_names_nobody_has_no_such_part(engine: Engine) -> None:
    result = engine.search("How should a tokenizer be written?")
    assert result.named == ()
    assert all("named" not in hit.why for hit in result.hits)


def test_who_names_somebody_and_asks_nothing_is_led_to_the_book(sample_bundle: Path) -> None:
    result = open_engine(sample_bundle).search("Emmanuel Ameisen: asdf qwer zxcv tyui")
    assert result.answerable is False
    assert result.named
    assert result.books == result.named


def test_a_filter_is_kept(engine: Engine) -> None:
    query = "Grace Hopper on how a tokenizer should be written"
    where = ThreadFilter(collection=PARSERS)
    result = engine.search(query, where=where)
    assert [ref.slug for ref in result.named] == [COMPILERS]
    assert {hit.collection.slug for hit in result.hits} == {PARSERS}
    of_year = engine.search(query, where=ThreadFilter(year=2021))
    assert of_year.hits[0].collection.slug == COMPILERS

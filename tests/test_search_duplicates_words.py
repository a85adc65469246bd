"""The words that tell near questions apart: names, quantities, books."""

from datetime import date

import pytest

from search.books import BookFinder
from search.models import Author, Collection, CollectionKind
from search.text.contrast import (
    compares,
    is_of_a_book,
    is_of_any_book,
    named_things,
    quantities,
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Do you prefer PyTorch or TensorFlow?", {"PyTorch", "TensorFlow"}),
        ("Does dbt run on BigQuery?", {"BigQuery"}),
        ("Which tool is best?", set()),
        ("I think I like GPT4.", {"GPT4"}),
        ("What would Ada say about Spark?", {"Spark"}),
        ("is gpt2 dead?", {"gpt2"}),
        ("Are graph DBs slow?", {"DB"}),
    ],
)
def test_named_things(text: str, names: set[str]) -> None:
    assert set(named_things(text, apart=frozenset({"ada"}))) == names


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Solr vs Elasticsearch?", True), ("Should I learn Rust over Go?", True), ("Why Go?", False)],
)
def test_compares(text: str, expected: bool) -> None:
    assert compares(text) is expected


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("How many rows do I need?", {"count"}),
        ("How long does it take and what does it cost?", {"time", "cost"}),
        ("At what age do kids start?", {"age"}),
        ("How do I start?", set()),
    ],
)
def test_quantities(text: str, kinds: set[str]) -> None:
    assert quantities(text) == kinds


@pytest.mark.parametrize(
    ("text", "of_a_book", "of_any"),
    [
        ("Who is the book for?", True, True),
        ("How long did it take to write the book?", True, True),
        ("Will there be a second edition?", True, True),
        ("Does the book cover bloom filters and skip lists?", True, False),
        ("How do I tune a bloom filter?", False, False),
    ],
)
def test_questions_of_a_book(text: str, of_a_book: bool, of_any: bool) -> None:
    assert is_of_a_book(text) is of_a_book
    assert is_of_any_book(text) is of_any


@pytest.fixture(scope="module")
def books() -> BookFinder:
    def book(slug: str, title: str, *authors: str) -> Collection:
        day = date(2021, 11, 22)
        return Collection(slug, title, CollectionKind.BOOK, authors, day, day)

    return BookFinder(
        [
            book("one", "Street Tester: Rules to Break", "ada"),
            book("two", "Interpretable Machine Learning", "ben"),
            book("three", "Data Teams", "ben", "will"),
        ],
        [Author("ada", "Ada Tester"), Author("ben", "Ben Maker"), Author("will", "Will Maker")],
    )


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        ("Hi Ada, what is new?", {"one"}),
        ("Ben, what is new?", {"two", "three"}),
        ("Hi Ben Maker, what is new?", {"two", "three"}),
        ("Is Street Tester for beginners?", {"one"}),
        ("Does Interpretable ML explain SHAP?", {"two"}),
        ("How do data teams grow?", set()),
        ("How does the book Data Teams define a data engineer?", {"three"}),
        ("Will there be a video?", set()),
        ("What is new?", set()),
    ],
)
def test_books_that_a_post_is_about(books: BookFinder, text: str, slugs: set[str]) -> None:
    assert books.find(text) == slugs

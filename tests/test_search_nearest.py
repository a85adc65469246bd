"""The collections nearest to a query are those whose threads are."""

import numpy as np
import pytest

from search.engine import Engine
from search.nearest import nearest_collections
from search.ranking import Scored


def scored(*cosines: float) -> Scored:
    values = np.array(cosines)
    return Scored(np.arange(len(values)), values, {}, values, np.zeros(len(values)))


@pytest.mark.parametrize(
    ("cosines", "filed_under", "expected"),
    [
        ((0.5, 0.4), "ab", ["a", "b"]),
        ((0.5, 0.3, 0.3), "abb", ["b", "a"]),
        ((0.3, 0.3), "ba", ["a", "b"]),
        ((0.5, 0.5, 0.5, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2), "aaabbbbbbbbb", ["a", "b"]),
        ((0.2, -0.9, -0.9), "bab", ["b", "a"]),
        ((), "", []),
    ],
)
def test_three_best_votes_count(
    cosines: tuple[float, ...], filed_under: str, expected: list[str]
) -> None:
    assert nearest_collections(scored(*cosines), filed_under, n=2) == expected


def test_no_more_than_asked_for() -> None:
    assert nearest_collections(scored(0.3, 0.2, 0.1), "abc", n=2) == ["a", "b"]


def test_silence_names_books_and_an_answer_does_not(sample: Engine) -> None:
    silent = sample.search("which espresso machine makes the best coffee?")
    assert silent.answerable is False
    assert [book.slug for book in silent.books] == [silent.closest[0].collection.slug]
    assert sample.search("asdf qwer zxcv").books == ()
    assert sample.search("can one engineer ship a model alone?").books == ()

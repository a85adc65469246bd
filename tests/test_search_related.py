"""Neighbours of a thread: others than itself, each once, from several books, and why."""

from collections import Counter

import numpy as np

from search.engine import Engine
from search.models import PassageKind
from search.related import neighbours
from tests.support import SUBJECTS


class Cosines:
    """A dense index of one embedding a thread, the same for every kind of passage."""

    def __init__(self, rows: np.ndarray) -> None:
        self._rows = rows.astype(np.float32)

    def embedding(self, kind: PassageKind, row: int) -> np.ndarray:
        return self._rows[row]

    def scores(self, query: np.ndarray, *, kind: PassageKind, rows: np.ndarray) -> np.ndarray:
        return self._rows[rows] @ query

    def top(self, query: np.ndarray, *, kind: PassageKind, depth: int, where: object) -> object:
        class Everything:
            rows = np.arange(len(self._rows))

        return Everything


def at(*cosines: float) -> Cosines:
    """Return an index whose first row has these cosines with the others, unlike among them."""
    rows = np.zeros((len(cosines) + 1, len(cosines) + 1))
    rows[0, 0] = 1.0
    for number, cosine in enumerate(cosines, start=1):
        rows[number, 0], rows[number, number] = cosine, np.sqrt(1 - cosine**2)
    return Cosines(rows)


def found(index: Cosines, books: str, *, top_k: int = 2, answered: str | None = None) -> list[int]:
    mask = np.array([each == "y" for each in answered or "y" * len(books)])
    chosen = neighbours(index, 0, books=books, answered=mask, top_k=top_k)
    return [each.row for each in chosen]


def test_the_nearest_come_first_and_never_the_thread_itself() -> None:
    assert found(at(0.5, 0.9, 0.7), "abcd", top_k=3) == [2, 3, 1]


def test_a_copy_of_the_thread_adds_nothing() -> None:
    assert found(at(0.98, 0.9, 0.7), "abcd") == [2, 3]


def test_a_copy_of_a_better_result_adds_nothing() -> None:
    index = at(0.9, 0.5, 0.8)
    index._rows[2] = index._rows[1]
    assert found(index, "abcd", top_k=3) == [1, 3]


def test_what_nobody_answered_is_left_out() -> None:
    assert found(at(0.9, 0.8, 0.7), "abcd", answered="ynyy") == [2, 3]


def test_another_book_gets_its_turn_unless_it_is_far() -> None:
    assert found(at(0.90, 0.88, 0.85), "abbc") == [1, 3]
    assert found(at(0.90, 0.88, 0.70), "abbc") == [1, 2]


def test_neighbours_are_about_the_same_and_say_why(topical: Engine) -> None:
    for thread_id in topical.store.thread_ids():
        question = topical.thread(thread_id).question.text
        (subject,) = (name for name in SUBJECTS if name in question)
        related = topical.related(thread_id, top_k=3)
        assert len({each.thread_id for each in related} - {thread_id}) == 3
        assert Counter(subject in each.question for each in related)[True] == 3
        for each in related:
            assert each.shared
            assert all(word in each.question for word in each.shared)

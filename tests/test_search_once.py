"""A value that is made once, however many ask for it at the same time."""

import threading

import pytest

from search.once import Once


def test_many_who_ask_at_once_get_the_one_value() -> None:
    made: list[object] = []
    entered, release = threading.Event(), threading.Event()

    def make() -> object:
        entered.set()
        assert release.wait(20)
        made.append(object())
        return made[-1]

    once = Once[object]()
    got: list[object] = []
    asking = [threading.Thread(target=lambda: got.append(once.get(make))) for _ in range(8)]
    for each in asking:
        each.start()
    assert entered.wait(20)
    release.set()
    for each in asking:
        each.join(20)
    assert got == made * 8


def test_a_failure_is_not_kept() -> None:
    values = iter([ZeroDivisionError("first"), 7])

    def make() -> int:
        value = next(values)
        if isinstance(value, Exception):
            raise value
        return value

    once = Once[object]()
    with pytest.raises(ZeroDivisionError):
        once.get(make)
    assert once.get(make) == once.get(make) == 7

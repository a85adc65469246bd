"""Searches of a server run in a few threads; the others wait their turn."""

import asyncio
import threading

import pytest

from api.workers import Workers


def test_no_more_run_at_a_time_than_are_allowed_and_all_are_answered_in_turn() -> None:
    workers = Workers(2, patience_s=60)
    running, most, begun = 0, 0, []
    lock, pair = threading.Lock(), threading.Barrier(2)

    def work(number: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            begun.append(number)
        pair.wait(20)
        with lock:
            running -= 1
        return number

    async def ask() -> list[int]:
        return await asyncio.gather(*(workers.run(work, number) for number in range(10)))

    assert asyncio.run(ask()) == list(range(10))
    assert most == 2
    assert [sorted(begun[i : i + 2]) for i in range(0, 10, 2)] == [
        [i, i + 1] for i in range(0, 10, 2)
    ]


def test_a_failure_leaves_the_place_to_the_next() -> None:
    workers = Workers(1)

    def fail() -> None:
        raise ZeroDivisionError("no")

    async def ask() -> int:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await workers.run(fail)
        return await workers.run(len, "four")

    assert asyncio.run(ask()) == 4


def test_nobody_waits_for_work_that_is_stuck() -> None:
    workers = Workers(1, patience_s=0.01)
    release = threading.Event()

    async def ask() -> tuple[int, bool]:
        stuck = asyncio.create_task(workers.run(release.wait, 60))
        found = await workers.run(len, "four")
        release.set()
        return found, await stuck

    assert asyncio.run(ask()) == (4, True)

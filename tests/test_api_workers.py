"""Searches of a server run in a few threads; the others wait their turn."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
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


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("GET", "/v1/search?q=deploy", {}),
        ("GET", "/v1/voices?q=deploy", {}),
        ("POST", "/v1/check", {"json": {"text": "How do I deploy a model?"}}),
        ("GET", "/?q=deploy", {}),
        ("GET", "/fragments/results?q=deploy", {}),
        ("GET", "/voices?q=deploy", {}),
        ("GET", "/check?text=How+do+I+deploy+a+model%3F", {}),
        ("POST", "/check", {"data": {"text": "How do I deploy a model? " * 300}}),
    ],
)
def test_whatever_searches_waits_its_turn(
    hashed_bundle: Path, method: str, path: str, sent: dict[str, Any]
) -> None:
    class Counting(Workers):
        n_runs = 0

        async def run(self, work: Any, *args: Any, **kwargs: Any) -> Any:
            self.n_runs += 1
            return await super().run(work, *args, **kwargs)

    app = create_app(hashed_bundle, watch=False)
    app.state.workers = Counting()
    with TestClient(app) as client:
        assert client.request(method, path, **sent).status_code == 200
    assert app.state.workers.n_runs == 1

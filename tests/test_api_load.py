"""More requests than can be answered are refused at once; slow ones are answered with 504."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from api.load import LoadLimit
from api.metrics import Metrics

LIMIT = 3
Test = Callable[[httpx.AsyncClient, "Waiting", LoadLimit], Awaitable[None]]


class Waiting:
    """An application that answers when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.n_entered = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.n_entered += 1
        await self.go.wait()
        if scope["path"] == "/fails":
            raise ValueError("late failure")
        await PlainTextResponse("done")(scope, receive, send)


def run(test: Test, *, request_s: float) -> Metrics:
    metrics = Metrics()

    async def inside() -> None:
        waiting = Waiting()
        app = LoadLimit(waiting, metrics=metrics, max_concurrent=LIMIT, request_s=request_s)
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            await test(client, waiting, app)

    asyncio.run(inside())
    return metrics


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0)


def test_beyond_the_limit_requests_are_refused_and_then_taken_again() -> None:
    async def test(client: httpx.AsyncClient, waiting: Waiting, app: LoadLimit) -> None:
        held = [asyncio.create_task(client.get("/")) for _ in range(LIMIT)]
        await until(lambda: waiting.n_entered == LIMIT)
        refused = await asyncio.gather(*(client.get("/") for _ in range(20)))
        assert {response.status_code for response in refused} == {503}
        assert refused[0].headers["retry-after"] == "5"
        assert refused[0].headers["content-type"] == "application/problem+json"
        assert waiting.n_entered == LIMIT
        waiting.go.set()
        assert [(await task).text for task in held] == ["done"] * LIMIT
        assert (await client.get("/")).status_code == 200

    metrics = run(test, request_s=60)
    assert b"answers_shed_total 20.0" in metrics.render()
    assert b"answers_in_flight 0.0" in metrics.render()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_a_busy_server_says_that_it_is_alive(path: str) -> None:
    async def test(client: httpx.AsyncClient, waiting: Waiting, app: LoadLimit) -> None:
        held = [asyncio.create_task(client.get("/")) for _ in range(LIMIT)]
        await until(lambda: waiting.n_entered == LIMIT)
        alive = asyncio.create_task(client.get(path))
        await until(lambda: waiting.n_entered == LIMIT + 1)
        waiting.go.set()
        assert (await alive).status_code == 200
        await asyncio.gather(*held)

    run(test, request_s=60)


@pytest.mark.parametrize("path", ["/", "/fails"])
def test_slow_work_is_answered_with_504_and_keeps_its_place(path: str) -> None:
    async def test(client: httpx.AsyncClient, waiting: Waiting, app: LoadLimit) -> None:
        late = await asyncio.gather(*(client.get(path) for _ in range(LIMIT)))
        assert {response.status_code for response in late} == {504}
        assert (await client.get("/")).status_code == 503
        waiting.go.set()
        await until(lambda: not app._running)
        assert (await client.get("/")).status_code == 200

    metrics = run(test, request_s=0.05)
    assert f"answers_timed_out_total {LIMIT}.0".encode() in metrics.render()

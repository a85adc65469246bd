"""Answer as many requests at a time as can be answered in time; refuse the others at once."""

import asyncio
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from api.problems import problem_response

MAX_CONCURRENT = 64
REQUEST_S = 10.0
ALWAYS_ANSWERED = frozenset({"/healthz", "/readyz", "/metrics"})


class LoadLimit:
    """Answers 503 beyond `max_concurrent` requests, and 504 to those that take too long.

    Work that runs in a thread cannot be stopped: a request that was answered with 504 keeps its
    place until its work is done, so that slow work is refused and never piles up.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        max_concurrent: int = MAX_CONCURRENT,
        request_s: float = REQUEST_S,
    ) -> None:
        """Wrap an application."""
        self._app = app
        self._metrics = metrics
        self._max_concurrent = max_concurrent
        self._request_s = request_s
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"] in ALWAYS_ANSWERED:
            await self._app(scope, receive, send)
            return
        if len(self._running) >= self._max_concurrent:
            self._metrics.shed.inc()
            detail = f"{self._max_concurrent} requests are being answered: try again soon"
            await problem_response(HTTPStatus.SERVICE_UNAVAILABLE, detail)(scope, receive, send)
            return
        await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say that it takes too long."""
        response = _Response(send)
        task = asyncio.create_task(self._run(scope, receive, response.send))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        self._metrics.in_flight.inc()
        task.add_done_callback(lambda _: self._metrics.in_flight.dec())
        try:
            await asyncio.wait({task}, timeout=self._request_s)
            if task.done() or response.started:
                await task
                return
        except asyncio.CancelledError:
            task.cancel()
            raise
        response.abandon()
        task.add_done_callback(_ignore_outcome)
        self._metrics.timed_out.inc()
        detail = f"the answer took longer than {self._request_s:g} s: try again later"
        await problem_response(HTTPStatus.GATEWAY_TIMEOUT, detail)(scope, receive, send)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application to its end."""
        await self._app(scope, receive, send)


class _Response:
    """What a request is answered with; nothing more once it is abandoned."""

    def __init__(self, send: Send) -> None:
        self._send: Send | None = send
        self.started = False

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        if self._send is not None:
            self.started = True
            await self._send(message)

    def abandon(self) -> None:
        """Pass nothing on any more."""
        self._send = None


def _ignore_outcome(task: asyncio.Task[None]) -> None:
    """Take note of how abandoned work ended, so that asyncio does not complain."""
    if not task.cancelled():
        task.exception()

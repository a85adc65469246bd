"""Close connections whose client is slow; uvicorn waits for headers and bodies without end.

A limit runs from the start of a request's headers, or of its body, and not from its last byte: who
sends one byte a second is as slow as who sends none.
"""

import asyncio
import socket
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.pages.headers import SECURITY_HEADERS
from api.problems import problem_response

HEADER_S = 10.0
BODY_S = 10.0
WRITE_S = 20.0
MAX_CONNECTIONS = 2_000
_LATE = {"headers": "the headers", "body": "the body"}


class TimedProtocol(H11Protocol):
    """HTTP/1.1 with limits on the time that a client takes and on the number of clients."""

    header_s = HEADER_S
    body_s = BODY_S
    write_s = WRITE_S
    max_connections = MAX_CONNECTIONS

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Start without a limit running."""
        super().__init__(*args, **kwargs)
        self._awaited: str | None = None
        self._late: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept a client, or refuse it where there are too many."""
        super().connection_made(transport)
        _send_at_once(transport)
        if len(self.connections) > self.max_connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections: try again soon")
        else:
            self._await("headers")

    def data_received(self, data: bytes) -> None:
        """Take bytes in, and go on waiting for what is still missing."""
        super().data_received(data)
        if self.transport.is_closing():
            self._await(None)
        elif self.conn.their_state is h11.SEND_BODY:
            self._await("body")
        elif self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._await("headers")
        else:
            self._await(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the limits."""
        self._await(None)
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Give a client that reads slowly some time."""
        super().pause_writing()
        if self._stuck is None:
            self._stuck = self.loop.call_later(self.write_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the client reads again."""
        super().resume_writing()
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, as every other error is told."""
        self._refuse(HTTPStatus.BAD_REQUEST, "the request is not valid HTTP/1.1, or too long")

    def _await(self, what: str | None) -> None:
        """Start the limit of what is awaited, unless it runs already."""
        if what == self._awaited:
            return
        if self._late is not None:
            self._late.cancel()
        self._awaited = what
        seconds = self.header_s if what == "headers" else self.body_s
        self._late = self.loop.call_later(seconds, self._on_late) if what else None

    def _on_late(self) -> None:
        """Refuse a request that did not come in time."""
        if self._awaited is not None:
            detail = f"{_LATE[self._awaited]} did not come in time"
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, detail)

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer with an error, unless an answer is on its way, and close."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_raw(status, detail))
        self.transport.close()


def _send_at_once(transport: asyncio.Transport) -> None:
    """Do not wait for acknowledgements between the head and the body of an answer.

    asyncio sees to it only for sockets that name their protocol, which accepted ones need not: a
    client that keeps its connection would wait 40 ms for every answer.
    """
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _raw(status: HTTPStatus, detail: str) -> bytes:
    """Return the bytes of a response that closes its connection."""
    response = problem_response(status, detail)
    response.headers.update({**SECURITY_HEADERS, "Connection": "close"})
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
    lines += [name + b": " + value for name, value in response.raw_headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + bytes(response.body)

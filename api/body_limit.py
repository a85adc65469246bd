"""Refuse requests that are too large: bodies before they are read, addresses and headers."""

from http import HTTPStatus
from itertools import chain

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_response

MAX_BODY_BYTES = 64 * 1024
MAX_TARGET_BYTES = 16 * 1024
MAX_HEADER_BYTES = 16 * 1024
MAX_HEADERS = 100


class _TooLargeError(Exception):
    """More of the body has come than is allowed."""


class BodyLimit:
    """Answers 413, 414 or 431 where a body, an address or the headers are too long.

    A body is if it says so, or once more than `max_bytes` of it have come.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int = MAX_BODY_BYTES) -> None:
        """Wrap an application."""
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if (refusal := _too_long(scope)) is not None:
            await _close(refusal, scope, receive, send)
            return
        if self._announced(scope) > self._max_bytes:
            await self._refuse(scope, receive, send)
            return
        started = False
        n_bytes = 0

        async def counted() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._max_bytes:
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except _TooLargeError:
            if not started:
                await self._refuse(scope, receive, send)

    def _announced(self, scope: Scope) -> int:
        """Return the length that the request says its body has, 0 where it does not."""
        for name, value in scope["headers"]:
            if name == b"content-length":
                return int(value) if value.isdigit() else 0
        return 0

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413."""
        detail = f"the body is longer than {self._max_bytes:,} bytes: send less"
        response = problem_response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        await _close(response, scope, receive, send)


def _too_long(scope: Scope) -> JSONResponse | None:
    """Return the refusal of an address or headers that are too long, None where they are not."""
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_TARGET_BYTES:
        detail = f"the address is longer than {MAX_TARGET_BYTES:,} bytes: ask for less"
        return problem_response(HTTPStatus.REQUEST_URI_TOO_LONG, detail)
    headers = scope["headers"]
    if len(headers) > MAX_HEADERS or sum(map(len, chain(*headers))) > MAX_HEADER_BYTES:
        detail = f"more than {MAX_HEADERS} headers, or {MAX_HEADER_BYTES:,} bytes of them"
        return problem_response(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail)
    return None


async def _close(response: JSONResponse, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer, and do not wait for the rest of the request."""
    response.headers["Connection"] = "close"
    await response(scope, receive, send)

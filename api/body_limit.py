"""Refuse bodies that are too large before they are read."""

from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_response

MAX_BODY_BYTES = 64 * 1024


class _TooLargeError(Exception):
    """More of the body has come than is allowed."""


class BodyLimit:
    """Answers 413 where a body is, or says that it is, longer than `max_bytes`."""

    def __init__(self, app: ASGIApp, *, max_bytes: int = MAX_BODY_BYTES) -> None:
        """Wrap an application."""
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
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
        response.headers["Connection"] = "close"
        await response(scope, receive, send)

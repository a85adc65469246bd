"""Answer only to known names, so that a page on the web cannot reach a server by its own."""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem_response

ANY = "*"
_REFUSED = "this server does not answer to that name: use another, or set `allowed_hosts`"


class HostCheck:
    """Answers 400 where a request's `Host` is none of the allowed names.

    A name that begins with `*.` allows every name below it, and `*` any.
    """

    def __init__(self, app: ASGIApp, *, allowed_hosts: Sequence[str]) -> None:
        """Wrap an application."""
        names = [name.casefold() for name in allowed_hosts]
        self._app = app
        self._any = ANY in names
        self._names = frozenset(name.strip("[]") for name in names if not name.startswith("*"))
        self._endings = tuple(name.removeprefix("*") for name in names if name.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or self._any or self._knows(_host_of(Headers(scope=scope))):
            await self._app(scope, receive, send)
            return
        await problem_response(HTTPStatus.BAD_REQUEST, _REFUSED)(scope, receive, send)

    def _knows(self, host: str) -> bool:
        """Tell whether a name is allowed."""
        return host in self._names or host.endswith(self._endings)


def _host_of(headers: Headers) -> str:
    """Return the name that a request asks for, without the port; empty where there is none."""
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""

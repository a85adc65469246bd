"""Errors as a page for people; programs and the HTTP API keep their problem documents."""

import json
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from starlette.responses import Response

from api.pages.headers import SECURITY_HEADERS
from api.pages.rendering import page
from search.limits import MAX_QUERY_CHARS

_FOR_PROGRAMS = ("/v1", "/healthz", "/readyz", "/metrics", "/openapi.json")
_NAMED = ("topics", "books", "authors")
_Handler = Callable[[Request, Exception], Awaitable[Response]]


def wants_html(request: Request) -> bool:
    """Tell whether an error of a request is best shown as a page."""
    path = request.url.path
    if any(path == prefix or path.startswith(f"{prefix}/") for prefix in _FOR_PROGRAMS):
        return False
    return "text/html" in request.headers.get("accept", "").lower()


def _negotiated(handler: _Handler) -> _Handler:
    """Return a handler that shows what another one says in the form that was asked for."""

    async def handle(request: Request, exc: Exception) -> Response:
        response = await handler(request, exc)
        if wants_html(request):
            response = _as_page(request, response)
        response.headers.update(SECURITY_HEADERS)
        response.headers["Vary"] = "Accept"
        return response

    return handle


def _as_page(request: Request, response: Response) -> Response:
    """Show a problem document as a page, with the same status and headers."""
    problem = json.loads(bytes(response.body))
    section, name = _sought(request.url.path)
    shown = page(
        request,
        "error.html",
        status=response.status_code,
        problem=problem,
        section=section,
        name=name,
    )
    for name in ("retry-after", "allow"):
        if name in response.headers:
            shown.headers[name] = response.headers[name]
    return shown


def _sought(path: str) -> tuple[str, str]:
    """Return which kind of thing an address is of, and its name in words where it has one."""
    section, _, slug = path.strip("/").partition("/")
    if section not in _NAMED:
        return section, ""
    return section, slug.replace("-", " ").strip()[:MAX_QUERY_CHARS]


def install(app: FastAPI) -> None:
    """Let every handler of errors that an application has answer people with a page."""
    for key, handler in list(app.exception_handlers.items()):
        app.exception_handlers[key] = _negotiated(handler)  # type: ignore[arg-type]

"""Logs for machines: one JSON object a line on standard error.

JSON escapes control characters, line separators and everything else beyond ASCII, so that nothing
that a client sends can begin a line of its own or reach a terminal. What users ask is not logged
unless `log_queries` is set.
"""

import json
import logging
import re
import secrets
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from search.stages import observe

REQUEST_ID = "X-Request-ID"
OTHER = "(none)"
_LOG = logging.getLogger("answers.access")
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
_FAILED = 500


class JsonFormatter(logging.Formatter):
    """Writes a record, and the fields that were given with it, as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        fields = getattr(record, "fields", None)
        if isinstance(fields, Mapping):
            line |= fields
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str).replace("\x7f", "\\u007f")


def log_as_json(level: str = "INFO") -> None:
    """Write the process's logs as JSON lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("answers").setLevel(level.upper())


class RequestLog:
    """Gives every request an id, measures it and logs it once it is answered."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, log_queries: bool = False) -> None:
        """Wrap an application."""
        self._app = app
        self._metrics = metrics
        self._log_queries = log_queries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(Headers(scope=scope))
        scope.setdefault("state", {})["request_id"] = request_id
        observe(self._metrics.took)
        status = _FAILED

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        try:
            await self._app(scope, receive, named)
        finally:
            self._note(scope, request_id, status, time.perf_counter() - started)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        """Measure and log an answered request."""
        route = getattr(scope.get("route"), "path", OTHER)
        method = scope["method"] if scope["method"] in _METHODS else OTHER
        self._metrics.requests.labels(route, method, str(status)).observe(seconds)
        fields = {
            "request_id": request_id,
            "method": method,
            "route": route,
            "status": status,
            "ms": round(1_000 * seconds, 1),
            "client": scope["client"][0] if scope.get("client") else None,
        }
        if self._log_queries:
            fields["query"] = QueryParams(scope["query_string"]).get("q")
        _LOG.info("request", extra={"fields": fields})


def _request_id(headers: Headers) -> str:
    """Return the id that a request came with if it is harmless, else a new one."""
    given = headers.get(REQUEST_ID, "")
    return given if _SAFE_ID.fullmatch(given) else secrets.token_hex(8)

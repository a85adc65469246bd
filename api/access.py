"""Who may ask, and how often."""

from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.keys import key_in, owner_of
from api.metrics import Metrics
from api.problems import problem_response
from api.rate_limit import RateLimit

OPEN = frozenset({"/healthz", "/readyz"})
PER_S = 60.0
_CHALLENGE = 'Bearer realm="answers", Basic realm="answers", charset="UTF-8"'
_DENIED = "a key is needed: send one that the operator gave you as `Authorization: Bearer KEY`"


class Access:
    """Answers 401 without a known key, where there are keys, and 429 to who asks too often."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        api_keys: Sequence[str] = (),
        rate_limit: int = 0,
    ) -> None:
        """Wrap an application.

        Args:
            app: What is asked.
            metrics: Where refusals are counted.
            api_keys: SHA-256 of the keys that are let in; anybody is where there are none.
            rate_limit: Requests a minute of one client, 0 for any number; a client is a key, or
                an address where there are no keys.
        """
        self._app = app
        self._metrics = metrics
        self._digests = tuple(api_keys)
        self._limit = RateLimit(rate_limit, per_s=PER_S) if rate_limit else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        client = scope["client"][0] if scope.get("client") else ""
        owner = self._owner(Headers(scope=scope))
        if self._limit and not self._limit.allows(owner or client):
            self._metrics.limited.inc()
            response = problem_response(
                HTTPStatus.TOO_MANY_REQUESTS, "that was a lot at once: wait a minute"
            )
            response.headers["Retry-After"] = f"{PER_S:.0f}"
        elif self._digests and owner is None:
            self._metrics.denied.inc()
            response = problem_response(HTTPStatus.UNAUTHORIZED, _DENIED)
            response.headers["WWW-Authenticate"] = _CHALLENGE
        else:
            await self._app(scope, receive, send)
            return
        await response(scope, receive, send)

    def _owner(self, headers: Headers) -> str | None:
        """Return whose key a request carries, as its digest."""
        key = key_in(headers) if self._digests else None
        return owner_of(key, self._digests) if key else None

"""What stands between the network and the routes, in one place and order."""

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api.access import Access
from api.body_limit import BodyLimit
from api.hosts import HostCheck
from api.load import MAX_CONCURRENT, REQUEST_S, LoadLimit
from api.metrics import Metrics
from search.config import Settings

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Guard:
    """Whom a server answers, how often, and for how long.

    Attributes:
        api_keys: SHA-256 of the keys that are let in; none lets everybody in.
        rate_limit: Requests a minute of one client; 0 for any number.
        allowed_hosts: Names under which the server may be asked; none for any name.
        cors_origins: Sites whose scripts may read answers; none for no site.
        max_concurrent: Requests that are answered at a time.
        request_s: Longest time to an answer.
    """

    api_keys: tuple[str, ...] = ()
    rate_limit: int = 0
    allowed_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    max_concurrent: int = MAX_CONCURRENT
    request_s: float = REQUEST_S

    @classmethod
    def of(cls, settings: Settings, *, host: str) -> "Guard":
        """Return what settings ask for when listening on an address.

        A server on the loopback address answers to loopback names only, so that a page on the
        web cannot reach it by pointing its own name there.
        """
        local = LOOPBACK if is_loopback(host) else ()
        return cls(
            api_keys=settings.api_keys,
            rate_limit=settings.rate_limit,
            allowed_hosts=settings.allowed_hosts or local,
            cors_origins=settings.cors_origins,
            max_concurrent=settings.max_concurrent,
            request_s=settings.request_s,
        )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    return host in {"localhost", "::1"} or host.startswith("127.")


def install(app: FastAPI, guard: Guard, metrics: Metrics) -> None:
    """Put the guard around an application; what is added last sees a request first."""
    app.add_middleware(BodyLimit)
    app.add_middleware(
        LoadLimit,
        metrics=metrics,
        max_concurrent=guard.max_concurrent,
        request_s=guard.request_s,
    )
    app.add_middleware(
        Access, metrics=metrics, api_keys=guard.api_keys, rate_limit=guard.rate_limit
    )
    if guard.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=guard.cors_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "X-API-Key", "Content-Type"),
        )
    if guard.allowed_hosts:
        app.add_middleware(HostCheck, allowed_hosts=guard.allowed_hosts)

"""The HTTP application."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI

from api import guard as guarding
from api import openapi, problems
from api.guard import Guard
from api.logs import RequestLog
from api.metrics import Metrics
from api.pages import install as pages
from api.routes import authors, books, check, health, search, threads, topics, voices
from api.service import POLL_S, EngineService
from api.workers import Workers
from search.engine import Engine
from search.opening import open_engine

_DESCRIPTION = """
Find what authors answered. Scores are in [0, 1] and add up from `why`; `probability` is the
calibrated chance that the replies answer the query. Every error is an RFC 9457 problem.
"""


_OPEN = Guard()


def create_app(
    bundle: Path,
    *,
    watch: bool = True,
    poll_s: float = POLL_S,
    guard: Guard = _OPEN,
    log_queries: bool = False,
    opener: Callable[[Path], Engine] = open_engine,
) -> FastAPI:
    """Build the application over a bundle; it also starts without one and then says so.

    Args:
        bundle: The folder that `answers index` writes.
        watch: Whether to follow new generations.
        poll_s: How often to look for one, in seconds.
        guard: Whom to answer, how often, and for how long; anybody by default.
        log_queries: Whether the log says what was asked.
        opener: Opens a bundle's live generation.
    """
    metrics = Metrics()
    service = EngineService(bundle, opener=opener, metrics=metrics)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service.reload()
        pages.warm(app)
        if watch:
            service.follow(poll_s=poll_s)
        yield
        service.close()

    app = FastAPI(
        title="Answers",
        version=version("author-answers"),
        description=_DESCRIPTION.strip(),
        license_info={"name": "MIT"},
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    app.state.metrics = metrics
    app.state.workers = Workers()
    guarding.install(app, guard, metrics)
    problems.install(app)
    for module in (search, check, voices, threads, topics, books, authors, health):
        app.include_router(module.router)
    openapi.install(app)
    pages.install(app, bundle)
    app.add_middleware(RequestLog, metrics=metrics, log_queries=log_queries)
    return app

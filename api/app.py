"""The HTTP application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI

from api import openapi, problems
from api.body_limit import BodyLimit
from api.pages import install as pages
from api.routes import authors, books, check, health, search, threads
from api.service import POLL_S, EngineService

_DESCRIPTION = """
Find what authors answered. Scores are in [0, 1] and add up from `why`; `probability` is the
calibrated chance that the replies answer the query. Every error is an RFC 9457 problem.
"""


def create_app(bundle: Path, *, watch: bool = True, poll_s: float = POLL_S) -> FastAPI:
    """Build the application over a bundle; it also starts without one and then says so.

    Args:
        bundle: The folder that `answers index` writes.
        watch: Whether to follow new generations.
        poll_s: How often to look for one, in seconds.
    """
    service = EngineService(bundle)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service.reload()
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
    app.add_middleware(BodyLimit)
    problems.install(app)
    for module in (search, check, threads, books, authors, health):
        app.include_router(module.router)
    openapi.install(app)
    pages.install(app, bundle)
    return app

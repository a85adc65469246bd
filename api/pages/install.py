"""Add the pages to an application."""

import logging
import threading
from pathlib import Path

from fastapi import FastAPI

from api.feedback import FEEDBACK_FILE, FeedbackStore
from api.pages import (
    authors,
    books,
    check,
    errors,
    feedback,
    machines,
    map,
    search,
    threads,
    topics,
    voices,
)
from api.pages.assets import FOLDER, Assets
from api.pages.facts import FactsCache
from api.pages.headers import SecurityHeaders
from api.pages.rendering import environment
from api.rate_limit import RateLimit

_LOG = logging.getLogger("answers.pages")
VERDICTS_A_MINUTE = 30
_FIRST_TEMPLATES = ("search.html", "thread.html")
_PAGES = (search, threads, books, authors, topics, map, voices, check, feedback, machines)


def install(app: FastAPI, bundle: Path) -> None:
    """Add the pages, their files, their headers and errors that people can read.

    Args:
        app: An application with its handlers of errors.
        bundle: The folder of the bundle; feedback is kept in it, beside the generations.
    """
    app.state.facts = FactsCache()
    app.state.feedback = FeedbackStore(bundle / FEEDBACK_FILE)
    app.state.feedback_limit = RateLimit(VERDICTS_A_MINUTE, per_s=60)
    app.mount("/static", Assets(directory=str(FOLDER)), name="static")
    for module in _PAGES:
        app.include_router(module.router)
    errors.install(app)
    app.add_middleware(SecurityHeaders)


def warm(app: FastAPI) -> threading.Thread:
    """Read beside the server what its first page would otherwise wait for: a tenth of a second."""

    def read() -> None:
        engine = app.state.service.state.engine
        try:
            for name in _FIRST_TEMPLATES:
                environment().get_template(name)
            if engine is not None:
                app.state.facts.of(engine)
        except Exception:
            _LOG.exception("the first page will be slow")

    thread = threading.Thread(target=read, name="warm", daemon=True)
    thread.start()
    return thread

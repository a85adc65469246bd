"""Authors: all of them, and one with everything that they answered."""

import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from api.pages.rendering import page
from api.pages.routing import FactsNow, page_route
from api.routes.common import EngineNow
from search.engine import Engine
from search.models import Message, Thread, ThreadFilter

router = APIRouter()
N_THREADS = 20


@dataclass(frozen=True, slots=True)
class Said:
    """What one author says in one thread; each message with its place there, from 1."""

    thread: Thread
    messages: tuple[tuple[int, Message], ...]


@page_route(router, "/authors")
def authors_page(request: Request, facts: FactsNow) -> Response:
    """List the authors by the letter that their name begins with."""
    authors = sorted(facts.authors.values(), key=lambda author: author.name.casefold())
    letters = [
        (key, list(group)) for key, group in groupby(authors, lambda each: _letter(each.name))
    ]
    return page(request, "authors.html", letters=letters, titles=facts.titles, facts=facts)


def _letter(name: str) -> str:
    """Return the letter under which a name is listed."""
    first = unicodedata.normalize("NFD", name.strip()[:1]).upper()[:1]
    return first if first.isalpha() else "#"


@page_route(router, "/authors/{slug}")
def author_page(
    request: Request,
    engine: EngineNow,
    facts: FactsNow,
    slug: Annotated[str, Path(max_length=200)],
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Show an author with what they said, book by book."""
    author = engine.author(slug)
    listed = engine.threads(ThreadFilter(author=slug), limit=N_THREADS, cursor=cursor)
    return page(
        request,
        "author.html",
        author=author,
        listed=listed,
        said=_said(engine, slug, [item.thread_id for item in listed.items]),
        books=[engine.summary(book) for book in author.collections],
        titles=facts.titles,
        names=facts.names([slug]),
    )


def _said(engine: Engine, slug: str, thread_ids: list[str]) -> list[Said]:
    """Return what an author says in some threads."""
    return [
        Said(
            thread,
            tuple(
                (place, message)
                for place, message in enumerate(thread.messages, start=1)
                if message.author == slug and message.answers
            ),
        )
        for thread in engine.store.threads(thread_ids)
    ]

"""Authors: all of them, and one with everything that they answered."""

import unicodedata
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.pages.rendering import page
from api.pages.routing import FactsNow, page_route
from api.routes.common import EngineNow
from search.limits import MAX_NAME_CHARS

router = APIRouter()


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
    slug: Annotated[str, Path(max_length=MAX_NAME_CHARS)],
) -> Response:
    """Show an author with everything that they said, by topic."""
    author = engine.author(slug)
    return page(
        request,
        "author.html",
        author=author,
        groups=engine.said_by(slug),
        books=[engine.summary(book) for book in author.collections],
        names=facts.names([slug]),
    )

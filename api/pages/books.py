"""Books: all of them, and one with its questions."""

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from api.pages.rendering import page
from api.pages.routing import FactsNow, page_route
from api.routes.common import EngineNow
from search.limits import MAX_NAME_CHARS
from search.models import ThreadFilter
from search.results import CollectionSummary

router = APIRouter()
N_QUESTIONS = 60
GROUPED = range(8, 201)


@page_route(router, "/books")
def books_page(request: Request, facts: FactsNow) -> Response:
    """List the books, the newest first, by year."""
    newest = [book for book in reversed(facts.books) if book.n_threads]
    unasked = [book for book in reversed(facts.books) if not book.n_threads]
    years = [(year, list(books)) for year, books in groupby(newest, key=_year)]
    shelves = [(str(year or "Undated"), books) for year, books in years]
    if facts.others:
        shelves.append(("Beside the books", list(facts.others)))
    if unasked:
        shelves.append(("Without questions so far", unasked))
    return page(request, "books.html", shelves=shelves, facts=facts)


def _year(book: CollectionSummary) -> int | None:
    """Return the year of a book's week."""
    return book.start.year if book.start else None


@page_route(router, "/books/{slug}")
def book_page(
    request: Request,
    engine: EngineNow,
    facts: FactsNow,
    slug: Annotated[str, Path(max_length=MAX_NAME_CHARS)],
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Show a book with its questions: by topic, or a page at a time where they are very many."""
    item = engine.collection(slug)
    where = ThreadFilter(collection=slug)
    book = engine.summary(slug)
    grouped = book.n_threads in GROUPED
    return page(
        request,
        "book.html",
        book=book,
        item=item,
        groups=engine.threads_by_topic(where) if grouped else (),
        listed=None if grouped else engine.threads(where, limit=N_QUESTIONS, cursor=cursor),
        names=facts.names(item.authors),
        first_page=cursor is None,
    )

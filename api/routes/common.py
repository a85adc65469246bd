"""What several routes take."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request

from api.problems import responses
from api.service import EngineService
from api.workers import Workers
from search.engine import Engine
from search.errors import InvalidQueryError
from search.limits import MAX_LIMIT, MAX_NAME_CHARS
from search.models import ThreadFilter

_ANY = (401, 429, 503, 504)
READ_ERRORS = responses(422, *_ANY)
ITEM_ERRORS = responses(404, 422, *_ANY)
MOVED: dict[int | str, dict[str, Any]] = {
    308: {"description": "It has another id now: see `Location`."}
}


async def get_service(request: Request) -> EngineService:
    """Return the service of the application."""
    service: EngineService = request.app.state.service
    return service


async def get_workers(request: Request) -> Workers:
    """Return the threads in which searches run."""
    workers: Workers = request.app.state.workers
    return workers


async def get_engine(service: Annotated[EngineService, Depends(get_service)]) -> Engine:
    """Return the engine that this request uses to its end."""
    return service.engine()


def one_collection(collection: str | None, book: str | None) -> str | None:
    """Return the one collection that a request names, under either name.

    Raises:
        InvalidQueryError: If it names two.
    """
    if collection is not None and book is not None and collection != book:
        raise InvalidQueryError("`collection` and `book` name two: give one of them")
    return collection if collection is not None else book


async def get_filter(
    collection: Annotated[
        str | None,
        Query(max_length=MAX_NAME_CHARS, description="Slug of a book or other collection."),
    ] = None,
    book: Annotated[
        str | None, Query(max_length=MAX_NAME_CHARS, description="Another name for `collection`.")
    ] = None,
    author: Annotated[
        str | None, Query(max_length=MAX_NAME_CHARS, description="Slug of an author who answers.")
    ] = None,
    year: Annotated[int | None, Query(ge=1900, le=9999, description="Year of the week.")] = None,
    answered: Annotated[
        bool | None, Query(description="Only threads with, or without, an answer.")
    ] = None,
) -> ThreadFilter:
    """Return the filter that the query string describes."""
    return ThreadFilter(
        collection=one_collection(collection, book),
        author=author,
        year=year,
        answered=answered,
    )


WorkersNow = Annotated[Workers, Depends(get_workers)]
EngineNow = Annotated[Engine, Depends(get_engine)]
Filter = Annotated[ThreadFilter, Depends(get_filter)]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Length of a page.")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="`next_cursor` of the page before.")
]

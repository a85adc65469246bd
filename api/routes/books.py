"""Books and their threads."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.routes.common import ITEM_ERRORS, READ_ERRORS, Cursor, EngineNow, Limit
from api.schemas import BookList, BookTopics, BookView
from search.limits import DEFAULT_LIMIT, MAX_NAME_CHARS

router = APIRouter(prefix="/v1/books", tags=["books"])

Slug = Annotated[str, Path(max_length=MAX_NAME_CHARS, description="A book's slug.")]


@router.get(
    "",
    operation_id="listBooks",
    summary="List the books by week",
    response_model=BookList,
    responses=READ_ERRORS,
)
def list_books(engine: EngineNow, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> BookList:
    """Return books with how many of their questions are answered."""
    return BookList.of(engine, engine.books(limit=limit, cursor=cursor))


@router.get(
    "/{slug}",
    operation_id="getBook",
    summary="Read one book's questions",
    response_model=BookView,
    responses=ITEM_ERRORS,
)
def get_book(
    engine: EngineNow,
    slug: Slug,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> BookView:
    """Return a book with its threads in the order of its page."""
    return BookView.of(engine, slug, limit=limit, cursor=cursor)


@router.get(
    "/{slug}/topics",
    operation_id="getBookTopics",
    summary="Read one book's questions by topic",
    response_model=BookTopics,
    responses=ITEM_ERRORS,
)
def get_book_topics(engine: EngineNow, slug: Slug) -> BookTopics:
    """Return a book's questions with who answered them, the largest topic first."""
    return BookTopics.of(engine, slug)

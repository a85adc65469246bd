"""Authors and what they answered."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.routes.common import DEFAULT_PAGE, ITEM_ERRORS, READ_ERRORS, Cursor, EngineNow, Limit
from api.schemas import AuthorList, AuthorView

router = APIRouter(prefix="/v1/authors", tags=["authors"])


@router.get(
    "",
    operation_id="listAuthors",
    summary="List the authors",
    response_model=AuthorList,
    responses=READ_ERRORS,
)
def list_authors(
    engine: EngineNow, limit: Limit = DEFAULT_PAGE, cursor: Cursor = None
) -> AuthorList:
    """Return authors with how many threads they answer."""
    return AuthorList.of(engine, engine.authors(limit=limit, cursor=cursor))


@router.get(
    "/{slug}",
    operation_id="getAuthor",
    summary="Read what one author answered",
    response_model=AuthorView,
    responses=ITEM_ERRORS,
)
def get_author(
    engine: EngineNow,
    slug: Annotated[str, Path(max_length=200, description="An author's slug.")],
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
) -> AuthorView:
    """Return an author with the threads that they answer."""
    return AuthorView.of(engine, slug, limit=limit, cursor=cursor)

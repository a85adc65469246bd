"""Authors and what they answered."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.routes.common import ITEM_ERRORS, READ_ERRORS, Cursor, EngineNow, Limit
from api.schemas import AuthorList, AuthorTopics, AuthorView
from search.limits import DEFAULT_LIMIT, MAX_NAME_CHARS

router = APIRouter(prefix="/v1/authors", tags=["authors"])

Slug = Annotated[str, Path(max_length=MAX_NAME_CHARS, description="An author's slug.")]


@router.get(
    "",
    operation_id="listAuthors",
    summary="List the authors",
    response_model=AuthorList,
    responses=READ_ERRORS,
)
def list_authors(
    engine: EngineNow, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
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
    slug: Slug,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> AuthorView:
    """Return an author with the threads that they answer."""
    return AuthorView.of(engine, slug, limit=limit, cursor=cursor)


@router.get(
    "/{slug}/topics",
    operation_id="getAuthorTopics",
    summary="Read everything that one author said, by topic",
    response_model=AuthorTopics,
    responses=ITEM_ERRORS,
)
def get_author_topics(engine: EngineNow, slug: Slug) -> AuthorTopics:
    """Return an author's own words in the threads that they answer, the largest topic first."""
    return AuthorTopics.of(engine, slug)

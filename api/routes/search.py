"""Search."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.routes.common import READ_ERRORS, EngineNow, Filter, WorkersNow
from search.limits import DEFAULT_TOP_K, MAX_QUERY_CHARS, MAX_TOP_K
from search.results import SearchResult

router = APIRouter(prefix="/v1", tags=["search"])


@router.get(
    "/search",
    operation_id="search",
    summary="Find the nearest answered questions",
    response_model=SearchResult,
    responses=READ_ERRORS,
)
async def search(
    workers: WorkersNow,
    engine: EngineNow,
    where: Filter,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=MAX_QUERY_CHARS,
            description="What you want to know, in your own words.",
            examples=["how can I test a model in production without users seeing its output?"],
        ),
    ],
    top_k: Annotated[
        int, Query(ge=1, le=MAX_TOP_K, description="How many hits at the most.")
    ] = DEFAULT_TOP_K,
) -> SearchResult:
    """Return hits with the reply that answers, or silence and the closest threads."""
    return await workers.run(engine.search, q, top_k=top_k, where=where or None)

"""What different authors said."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.routes.common import READ_ERRORS, EngineNow, WorkersNow
from search.limits import DEFAULT_VOICES, MAX_QUERY_CHARS, MAX_TOP_K
from search.results import VoicesResult

router = APIRouter(prefix="/v1", tags=["voices"])


@router.get(
    "/voices",
    operation_id="getVoices",
    summary="Read what different authors said about a subject",
    response_model=VoicesResult,
    responses=READ_ERRORS,
)
async def get_voices(
    workers: WorkersNow,
    engine: EngineNow,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=MAX_QUERY_CHARS,
            description="A subject or a question.",
            examples=["monitoring models in production"],
        ),
    ],
    top_k: Annotated[
        int, Query(ge=1, le=MAX_TOP_K, description="How many authors at the most.")
    ] = DEFAULT_VOICES,
) -> VoicesResult:
    """Return the best passage of each author who said something about it, verbatim."""
    return await workers.run(engine.voices, q, top_k=top_k)

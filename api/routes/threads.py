"""Threads and their neighbours."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse

from api.routes.common import ITEM_ERRORS, MOVED, EngineNow
from api.schemas import RelatedThreads, ThreadView
from search.limits import DEFAULT_RELATED, MAX_NAME_CHARS, MAX_TOP_K

router = APIRouter(prefix="/v1/threads", tags=["threads"])

ThreadId = Annotated[
    str, Path(max_length=MAX_NAME_CHARS, description="A thread's id, now or formerly.")
]


@router.get(
    "/{thread_id}",
    operation_id="getThread",
    summary="Read a whole thread",
    response_model=ThreadView,
    responses={**ITEM_ERRORS, **MOVED},
)
def get_thread(engine: EngineNow, thread_id: ThreadId, request: Request) -> object:
    """Return a thread with the role of everybody who speaks in it."""
    thread = engine.thread(thread_id)
    if thread.thread_id != thread_id:
        url = request.url_for("get_thread", thread_id=thread.thread_id)
        return RedirectResponse(url.path, status_code=308)
    return ThreadView.of(engine, thread)


@router.get(
    "/{thread_id}/related",
    operation_id="getRelatedThreads",
    summary="Find threads near another",
    response_model=RelatedThreads,
    responses=ITEM_ERRORS,
)
def get_related(
    engine: EngineNow,
    thread_id: ThreadId,
    top_k: Annotated[
        int, Query(ge=1, le=MAX_TOP_K, description="How many at the most.")
    ] = DEFAULT_RELATED,
) -> RelatedThreads:
    """Return answered threads near in meaning, spread over books."""
    related = engine.related(thread_id, top_k=top_k)
    return RelatedThreads(
        generation=engine.generation,
        thread_id=engine.thread(thread_id).thread_id,
        related=tuple(related),
    )

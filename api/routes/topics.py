"""What the archive is about."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse

from api.routes.common import (
    ITEM_ERRORS,
    MOVED,
    READ_ERRORS,
    Cursor,
    EngineNow,
    Filter,
    Limit,
)
from api.schemas import TopicList, TopicView
from search.limits import DEFAULT_LIMIT, MAX_NAME_CHARS
from search.topics import TopicMap

router = APIRouter(prefix="/v1", tags=["topics"])


@router.get(
    "/topics",
    operation_id="listTopics",
    summary="List the topics of the archive, of a book or of an author",
    response_model=TopicList,
    responses=READ_ERRORS,
)
def list_topics(engine: EngineNow, where: Filter) -> TopicList:
    """Return topics with how many threads each has, the largest first."""
    return TopicList.of(engine, where or None)


@router.get(
    "/topics/{topic_id}",
    operation_id="getTopic",
    summary="Read the threads of one topic",
    response_model=TopicView,
    responses={**ITEM_ERRORS, **MOVED},
)
def get_topic(
    request: Request,
    engine: EngineNow,
    topic_id: Annotated[
        str, Path(max_length=MAX_NAME_CHARS, description="A topic's id, now or formerly.")
    ],
    where: Filter,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> object:
    """Return a topic with its threads, the most typical first."""
    current = engine.topic_id(topic_id)
    if current != topic_id:
        url = request.url.replace(path=request.url_for("get_topic", topic_id=current).path)
        return RedirectResponse(f"{url.path}?{url.query}".rstrip("?"), status_code=308)
    return TopicView.of(engine, topic_id, where or None, limit=limit, cursor=cursor)


@router.get(
    "/map",
    operation_id="getMap",
    summary="Place all threads on a plane",
    response_model=TopicMap,
    responses=READ_ERRORS,
)
def get_map(engine: EngineNow) -> TopicMap:
    """Return a point for each thread, near to what is near in meaning, and names of topics."""
    return engine.topic_map()

"""Topics: all of them, and one with its questions."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.pages.hits import names_by_book
from api.pages.rendering import page, path_segment
from api.pages.routing import FactsNow, page_route
from api.routes.common import EngineNow
from search.limits import MAX_NAME_CHARS

router = APIRouter()
N_QUESTIONS = 60


@page_route(router, "/topics")
def topics_page(request: Request, engine: EngineNow, facts: FactsNow) -> Response:
    """List the topics, the largest first."""
    topics = engine.topics()
    examples = [thread for topic in topics for thread in topic.examples]
    names = names_by_book(engine, facts, examples)
    return page(request, "topics.html", topics=topics, facts=facts, names=names)


@page_route(router, "/topics/{topic_id}")
def topic_page(
    request: Request,
    engine: EngineNow,
    facts: FactsNow,
    topic_id: Annotated[str, Path(max_length=MAX_NAME_CHARS)],
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Show a topic with its questions, the most typical first."""
    topic = engine.topic(topic_id)
    if topic.topic_id != topic_id:
        return RedirectResponse(f"/topics/{path_segment(topic.topic_id)}", status_code=308)
    listed = engine.topic_threads(topic_id, limit=N_QUESTIONS, cursor=cursor)
    return page(
        request,
        "topic.html",
        topic=topic,
        listed=listed,
        names=names_by_book(engine, facts, listed.items),
        voices=f"/voices?{urlencode({'q': ' '.join(topic.terms[:3]) or topic.label})}",
        first_page=cursor is None,
    )

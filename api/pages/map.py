"""All questions on a plane, what is near in meaning near each other."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from api.pages.facts import Facts
from api.pages.rendering import page
from api.pages.routing import FactsNow, page_route
from api.routes.common import EngineNow
from search.engine import Engine

router = APIRouter()
SCALE = 1_000


@page_route(router, "/map")
def map_page(request: Request, engine: EngineNow, facts: FactsNow) -> Response:
    """Show the map, and its topics as a list."""
    return page(request, "map.html", topics=engine.topics(), facts=facts)


@page_route(router, "/fragments/map")
def map_points(engine: EngineNow, facts: FactsNow) -> Response:
    """Return what the map draws."""
    return JSONResponse(_drawn(engine, facts), headers={"Cache-Control": "no-cache"})


def _drawn(engine: Engine, facts: Facts) -> dict[str, Any]:
    """Describe the map in few bytes: books and topics by number, places in thousandths.

    A point is id, x, y, number of its topic (-1 for none), number of its book, whether it is
    answered (1 or 0) and its question.
    """
    found = engine.topic_map()
    titles = facts.titles
    books = {slug: number for number, slug in enumerate(titles)}
    topics = {label.topic_id: number for number, label in enumerate(found.labels)}
    return {
        "books": list(titles.values()),
        "topics": [
            [label.topic_id, label.label, round(SCALE * label.x), round(SCALE * label.y)]
            for label in found.labels
        ],
        "points": [
            [
                point.thread_id,
                round(SCALE * point.x),
                round(SCALE * point.y),
                topics.get(point.topic_id or "", -1),
                books[point.collection],
                int(point.answered),
                point.question,
            ]
            for point in found.points
        ],
    }

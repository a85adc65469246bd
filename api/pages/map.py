"""All questions on a plane, what is near in meaning near each other."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from api.pages.facts import Facts
from api.pages.rendering import page, question_words
from api.pages.routing import FactsNow, page_route
from api.routes.common import EngineNow
from search.engine import Engine

router = APIRouter()
SCALE = 1_000
MOST_QUESTIONS = 50
_FRESH = {"Cache-Control": "no-cache"}


@page_route(router, "/map")
def map_page(request: Request, engine: EngineNow, facts: FactsNow) -> Response:
    """Show the map, and its topics as a list."""
    return page(request, "map.html", topics=engine.topics(), facts=facts)


@page_route(router, "/fragments/map")
def map_points(engine: EngineNow, facts: FactsNow) -> Response:
    """Return what the map draws."""
    return JSONResponse(_drawn(engine, facts), headers=_FRESH)


@page_route(router, "/fragments/questions")
def map_questions(
    engine: EngineNow,
    facts: FactsNow,
    thread: Annotated[list[str], Query(max_length=MOST_QUESTIONS)],
) -> Response:
    """Return by id what is asked in some threads; those that do not exist are left out."""
    found = engine.store.threads(thread)
    words = {
        each.thread_id: question_words(
            each.question.text, facts.names(engine.collection(each.collections[0]).authors)
        )
        for each in found
    }
    return JSONResponse(words, headers=_FRESH)


def _drawn(engine: Engine, facts: Facts) -> dict[str, Any]:
    """Describe the map in few bytes.

    Points come as columns: ids in one string with blanks between, `x` and `y` in thousandths, the
    numbers of `topic` (-1 for none) and `book`, and a string that has a 1 for each that is
    answered. What they ask is fetched when it is looked at.
    """
    found = engine.topic_map()
    titles = facts.titles
    books = {slug: number for number, slug in enumerate(titles)}
    topics = {label.topic_id: number for number, label in enumerate(found.labels)}
    points = found.points
    return {
        "books": list(titles.values()),
        "topics": [
            [label.topic_id, label.label, round(SCALE * label.x), round(SCALE * label.y)]
            for label in found.labels
        ],
        "ids": " ".join(point.thread_id for point in points),
        "x": [round(SCALE * point.x) for point in points],
        "y": [round(SCALE * point.y) for point in points],
        "topic": [topics.get(point.topic_id or "", -1) for point in points],
        "book": [books[point.collection] for point in points],
        "answered": "".join(str(int(point.answered)) for point in points),
    }

"""What different authors say about one subject, side by side."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.pages.facts import Facts
from api.pages.hits import names_by_book, reasons
from api.pages.rendering import page
from api.pages.routing import FactsNow, page_route
from api.routes.common import EngineNow, WorkersNow
from search.engine import Engine
from search.errors import InvalidQueryError
from search.limits import MAX_QUERY_CHARS, MAX_TOP_K

router = APIRouter()
N_VOICES = 9


@page_route(router, "/voices")
async def voices_page(
    request: Request,
    workers: WorkersNow,
    engine: EngineNow,
    facts: FactsNow,
    q: str = "",
    top_k: Annotated[int, Query(ge=1, le=MAX_TOP_K)] = N_VOICES,
) -> Response:
    """Quote one passage of each author who speaks of a subject."""
    return await workers.run(_shown, request, engine, facts, q, top_k)


def _shown(request: Request, engine: Engine, facts: Facts, q: str, top_k: int) -> Response:
    """Look for what authors say and write the page."""
    result, problem = None, None
    if q.strip():
        try:
            result = engine.voices(q, top_k=top_k)
        except InvalidQueryError as exc:
            problem = str(exc)
    voices = result.voices if result else ()
    more = len(voices) == top_k < MAX_TOP_K
    next_k = min(top_k + N_VOICES, MAX_TOP_K)
    return page(
        request,
        "voices.html",
        status=422 if problem else 200,
        query=q,
        problem=problem,
        result=result,
        reasons=reasons(engine, result),
        facts=facts,
        names=names_by_book(engine, facts, voices),
        more=f"/voices?{urlencode({'q': q, 'top_k': next_k})}" if more else None,
        search=f"/?{urlencode({'q': q})}",
        check=f"/check?{urlencode({'text': q})}",
        max_chars=MAX_QUERY_CHARS,
    )

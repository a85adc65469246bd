"""The search page, and its results alone for search as you type."""

from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.pages.facts import Facts
from api.pages.filters import facets, get_page_filter, query_string
from api.pages.hits import names_by_book, reasons
from api.pages.rendering import page, render
from api.pages.routing import FactsNow, page_route
from api.routes.common import EngineNow, WorkersNow
from api.search_outcome import comes_near, n_near
from search.engine import Engine
from search.errors import InvalidQueryError
from search.limits import DEFAULT_TOP_K, MAX_QUERY_CHARS, MAX_TOP_K
from search.models import ThreadFilter
from search.results import SearchResult

router = APIRouter()
N_NEW_BOOKS = 6
CHECK = "/check"
VOICES = "/voices"

PageFilter = Annotated[ThreadFilter, Depends(get_page_filter)]
TopK = Annotated[int, Query(ge=1, le=MAX_TOP_K)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of the search page."""

    query: str
    where: ThreadFilter
    top_k: int
    noted: str = ""


def get_asked(
    where: PageFilter, q: str = "", top_k: TopK = DEFAULT_TOP_K, noted: str = ""
) -> Asked:
    """Return what the query string asks; without a query the page invites to search."""
    return Asked(q, where, top_k, noted)


AskedNow = Annotated[Asked, Depends(get_asked)]


@page_route(router, "/")
async def search_page(
    request: Request, workers: WorkersNow, engine: EngineNow, facts: FactsNow, asked: AskedNow
) -> Response:
    """Show the search page."""
    return await workers.run(_whole_page, request, engine, facts, asked)


@page_route(router, "/fragments/results")
async def results_fragment(
    workers: WorkersNow, engine: EngineNow, facts: FactsNow, asked: AskedNow
) -> Response:
    """Show the results alone."""
    return await workers.run(_results_alone, engine, facts, asked)


def _whole_page(request: Request, engine: Engine, facts: Facts, asked: Asked) -> Response:
    """Search and write the search page."""
    values = _answer(engine, facts, asked)
    return page(
        request,
        "search.html",
        status=422 if values["problem"] else 200,
        facets=facets(facts, asked.query, asked.where),
        max_chars=MAX_QUERY_CHARS,
        new_books=[book for book in reversed(facts.books) if book.n_answered][:N_NEW_BOOKS],
        **values,
    )


def _results_alone(engine: Engine, facts: Facts, asked: Asked) -> Response:
    """Search and write the results."""
    values = _answer(engine, facts, asked)
    return HTMLResponse(render("_results.html", **values), headers={"Cache-Control": "no-store"})


def _answer(engine: Engine, facts: Facts, asked: Asked) -> dict[str, Any]:
    """Search, and return what the results' template needs."""
    result, problem = None, None
    if asked.query.strip():
        try:
            result = engine.search(asked.query, top_k=asked.top_k, where=asked.where or None)
        except InvalidQueryError as exc:
            problem = str(exc)
    shown = (*result.hits, *result.closest) if result else ()
    more = min(asked.top_k + DEFAULT_TOP_K, MAX_TOP_K)
    return {
        "asked": asked,
        "problem": problem,
        "result": result,
        "reasons": reasons(engine, result),
        "is_near": result is not None and comes_near(result),
        "n_near": n_near(result.hits) if result else 0,
        "facts": facts,
        "check": _about(CHECK, text=asked.query, **_book_of(asked.where)),
        "voices": _about(VOICES, q=asked.query),
        "names": names_by_book(engine, facts, shown),
        "here": "/?" + query_string(asked.query, asked.where),
        "only": {
            book.slug: "/?" + query_string(asked.query, replace(asked.where, collection=book.slug))
            for book in (result.named if result else ())
        },
        "without_filters": "/?" + query_string(asked.query, ThreadFilter()),
        "more": _more(asked, result, more),
    }


def _book_of(where: ThreadFilter) -> dict[str, str]:
    """Return the field of a form that names the book of a filter, if it has one."""
    return {"book": where.collection} if where.collection else {}


def _about(path: str, **fields: str) -> str:
    """Return the address of another page about what was asked."""
    return f"{path}?{urlencode(fields)}"


def _more(asked: Asked, result: SearchResult | None, top_k: int) -> str | None:
    """Return the address of a longer list, None where there is nothing more to show."""
    if result is None or len(result.hits) < asked.top_k or asked.top_k >= MAX_TOP_K:
        return None
    return "/?" + query_string(asked.query, asked.where, top_k=str(top_k))

"""The search page, and its results alone for search as you type."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.pages.facts import Facts
from api.pages.filters import facets, get_page_filter, query_string
from api.pages.rendering import has_page, page, render
from api.pages.routing import FactsNow, page_route
from api.routes.common import EngineNow
from search.engine import Engine
from search.errors import InvalidQueryError
from search.limits import DEFAULT_TOP_K, MAX_QUERY_CHARS, MAX_TOP_K
from search.models import CollectionRef, Hit, SearchResult, ThreadFilter

router = APIRouter()
N_NEW_BOOKS = 6
CHECK = "/check"

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
def search_page(request: Request, engine: EngineNow, facts: FactsNow, asked: AskedNow) -> Response:
    """Show the search page."""
    values = _answer(engine, facts, asked, check=has_page(request, CHECK))
    return page(
        request,
        "search.html",
        status=422 if values["problem"] else 200,
        facets=facets(facts, asked.query, asked.where),
        max_chars=MAX_QUERY_CHARS,
        new_books=[book for book in reversed(facts.books) if book.n_answered][:N_NEW_BOOKS],
        **values,
    )


@page_route(router, "/fragments/results")
def results_fragment(
    request: Request, engine: EngineNow, facts: FactsNow, asked: AskedNow
) -> Response:
    """Show the results alone."""
    values = _answer(engine, facts, asked, check=has_page(request, CHECK))
    return HTMLResponse(render("_results.html", **values), headers={"Cache-Control": "no-store"})


def _answer(engine: Engine, facts: Facts, asked: Asked, *, check: bool) -> dict[str, Any]:
    """Search, and return what the results' template needs."""
    result, problem = None, None
    if asked.query.strip():
        try:
            result = engine.search(asked.query, top_k=asked.top_k, where=asked.where or None)
        except InvalidQueryError as exc:
            problem = str(exc)
    more = min(asked.top_k + DEFAULT_TOP_K, MAX_TOP_K)
    return {
        "asked": asked,
        "problem": problem,
        "result": result,
        "facts": facts,
        "check": CHECK if check else None,
        "names": _names(engine, facts, result),
        "prompts": _prompts(engine, result),
        "closest_books": _books(result.closest) if result else [],
        "here": "/?" + query_string(asked.query, asked.where),
        "without_filters": "/?" + query_string(asked.query, ThreadFilter()),
        "more": _more(asked, result, more),
    }


def _more(asked: Asked, result: SearchResult | None, top_k: int) -> str | None:
    """Return the address of a longer list, None where there is nothing more to show."""
    if result is None or len(result.hits) < asked.top_k or asked.top_k >= MAX_TOP_K:
        return None
    return "/?" + query_string(asked.query, asked.where, top_k=str(top_k))


def _names(engine: Engine, facts: Facts, result: SearchResult | None) -> dict[str, frozenset[str]]:
    """Return for each collection of a result the words by which its authors are addressed."""
    hits = (*result.hits, *result.closest) if result else ()
    slugs = {hit.collection.slug for hit in hits}
    return {slug: facts.names(engine.collection(slug).authors) for slug in slugs}


def _prompts(engine: Engine, result: SearchResult | None) -> dict[str, str]:
    """Return by thread the further question that a hit's answer replies to, where it does."""
    hits = (*result.hits, *result.closest) if result else ()
    answers = {hit.thread_id: hit.answer.message_id for hit in hits if hit.answer}
    found: dict[str, str] = {}
    for thread in engine.store.threads(list(answers)):
        for further in thread.follow_ups:
            replies = {thread.messages[place].message_id for place in further.answers}
            if answers[thread.thread_id] in replies:
                found[thread.thread_id] = thread.messages[further.question].text
    return found


def _books(hits: tuple[Hit, ...]) -> list[CollectionRef]:
    """Return the books of some hits, each once."""
    return list({hit.collection.slug: hit.collection for hit in hits}.values())

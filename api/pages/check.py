"""Check a draft before it is posted.

A draft that fits into an address gets one, so that its result can be shared and read again; a
longer one is answered where it was sent, and kept nowhere.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.check_outcome import lead_of, outcome_of
from api.pages.facts import Facts
from api.pages.forms import FormNow
from api.pages.hits import names_by_book
from api.pages.rendering import page
from api.pages.routing import FactsNow, page_route
from api.routes.common import EngineNow, WorkersNow
from search.engine import Engine
from search.errors import InvalidQueryError
from search.limits import MAX_NAME_CHARS, MAX_POST_CHARS
from search.models import CollectionRef, Span
from search.results import (
    CheckedPart,
    CheckResult,
    Hit,
)
from search.text.numbers import after_number

router = APIRouter()
MOST_SHARED_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a draft: the thread that its verdict speaks of, and others near it.

    `asked` is where it stands in the draft, without its number.
    """

    checked: CheckedPart
    asked: Span
    lead: Hit | None
    others: tuple[Hit, ...]


@page_route(router, "/check")
async def check_page(
    request: Request,
    workers: WorkersNow,
    engine: EngineNow,
    facts: FactsNow,
    text: str = "",
    book: Annotated[str, Query(max_length=MAX_NAME_CHARS)] = "",
) -> Response:
    """Show the form, and what the archive has of a draft that stands in the address."""
    return await workers.run(_shown, request, engine, facts, text, book)


@router.post("/check", include_in_schema=False, response_model=None)
async def take_draft(
    request: Request, workers: WorkersNow, engine: EngineNow, facts: FactsNow, form: FormNow
) -> Response:
    """Check a draft; a short one moves to its own address."""
    text = form.get("text", "").replace("\r\n", "\n")
    book = form.get("book", "")[:MAX_NAME_CHARS]
    said = {"text": text if text.strip() else "", "book": book}
    query = urlencode({name: value for name, value in said.items() if value})
    address = f"/check?{query}" if query else "/check"
    if len(address) <= MOST_SHARED_CHARS:
        return RedirectResponse(address, HTTPStatus.SEE_OTHER)
    return await workers.run(_shown, request, engine, facts, text, book)


def _shown(request: Request, engine: Engine, facts: Facts, text: str, book: str) -> Response:
    """Show a draft with what became of it."""
    meant, result, problem = None, None, None
    try:
        meant = CollectionRef.of(engine.require_collection(book)) if book else None
        result = engine.check(text, collection=book or None) if text.strip() else None
    except InvalidQueryError as exc:
        problem = str(exc)
    hits = [hit for part in result.parts for hit in part.hits] if result else []
    return page(
        request,
        "check.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        text=text,
        book=meant,
        books=sorted(facts.books, key=lambda item: item.title.casefold()),
        problem=problem,
        result=result,
        parts=_parts(result) if result else [],
        outcome=outcome_of(result) if result else None,
        shared=request.method != "POST",
        facts=facts,
        names=names_by_book(engine, facts, hits),
        max_chars=MAX_POST_CHARS,
    )


def _parts(result: CheckResult) -> list[Part]:
    """Tell for each question which thread to show first."""
    found = []
    for checked in result.parts:
        lead = lead_of(checked)
        others = tuple(hit for hit in checked.hits if hit is not lead)
        found.append(Part(checked, after_number(result.text, checked.span), lead, others))
    return found

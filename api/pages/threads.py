"""One thread, as a page and as Markdown."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from api.pages.conversation import (
    connections,
    filed_under,
    listed_parts,
    numbered,
    structured_data,
    thread_markdown,
    turns,
)
from api.pages.hits import names_by_book
from api.pages.rendering import page, path_segment, question_words
from api.pages.routing import FactsNow, page_route
from api.routes.common import EngineNow
from search.limits import MAX_NAME_CHARS

router = APIRouter()
ThreadId = Annotated[str, Path(max_length=MAX_NAME_CHARS)]


@page_route(router, "/threads/{thread_id}.md")
def thread_as_markdown(engine: EngineNow, facts: FactsNow, thread_id: ThreadId) -> Response:
    """Return a thread as Markdown."""
    thread = engine.thread(thread_id)
    if thread.thread_id != thread_id:
        return RedirectResponse(f"/threads/{path_segment(thread.thread_id)}.md", status_code=308)
    book = engine.collection(thread.collections[0])
    title = question_words(thread.question.text, facts.names(book.authors))
    found = numbered(engine.parts(thread.thread_id))
    text = thread_markdown(thread, title, filed_under(engine, thread)[0], found)
    return Response(text, media_type="text/markdown; charset=utf-8")


@page_route(router, "/threads/{thread_id}")
def thread_page(
    request: Request, engine: EngineNow, facts: FactsNow, thread_id: ThreadId
) -> Response:
    """Show a conversation, and what others asked nearby."""
    thread = engine.thread(thread_id)
    address = f"/threads/{path_segment(thread.thread_id)}"
    if thread.thread_id != thread_id:
        return RedirectResponse(address, status_code=308)
    books = filed_under(engine, thread)
    names = facts.names(engine.collection(thread.collections[0]).authors)
    title = question_words(thread.question.text, names)
    found = numbered(engine.parts(thread.thread_id))
    url = str(request.base_url).rstrip("/") + address
    related = engine.related(thread.thread_id)
    return page(
        request,
        "thread.html",
        thread=thread,
        address=address,
        turns=turns(thread, found),
        parts=listed_parts(thread, found),
        connections=connections(engine, thread),
        books=books,
        names=names,
        title=title,
        related=related,
        related_names=names_by_book(engine, facts, related),
        structured_data=Markup(structured_data(thread, title, url)),  # noqa: S704
    )

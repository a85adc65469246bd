"""Take what a reader says of a result."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from api.feedback import Feedback, FeedbackStore, Verdict
from api.pages.forms import FormNow
from api.rate_limit import RateLimit
from api.routes.common import EngineNow
from search.errors import InvalidQueryError
from search.limits import check_query

router = APIRouter()


@router.post("/feedback", include_in_schema=False, response_model=None)
def take_feedback(request: Request, engine: EngineNow, form: FormNow) -> Response:
    """Keep a verdict, and return to the page that it was given on."""
    _check_origin(request)
    limit: RateLimit = request.app.state.feedback_limit
    if not limit.allows(request.client.host if request.client else ""):
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, "that was a lot at once: wait a minute")
    check_query(form.get("q", ""))
    verdict = _verdict(form)
    thread = engine.thread(form[verdict])
    store: FeedbackStore = request.app.state.feedback
    store.add(
        Feedback(
            query=form["q"],
            thread_id=thread.thread_id,
            source_ref=thread.source_refs[0],
            verdict=verdict,
            generation=engine.generation,
        )
    )
    if request.headers.get("accept", "").startswith("application/json"):
        return Response(status_code=HTTPStatus.NO_CONTENT)
    back = _local(form.get("next", "/"))
    return RedirectResponse(
        f"{back}&noted={thread.thread_id}#t-{thread.thread_id}", HTTPStatus.SEE_OTHER
    )


def _check_origin(request: Request) -> None:
    """Refuse a form that another site sent."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if foreign or site not in {"same-origin", "none"}:
        raise HTTPException(HTTPStatus.FORBIDDEN, "feedback is taken from this site's pages only")


def _verdict(form: Mapping[str, str]) -> Verdict:
    """Return the verdict that was given; its field names the thread."""
    given = [verdict for verdict in Verdict if verdict in form]
    if len(given) != 1:
        raise InvalidQueryError(f"give one of the fields {', '.join(Verdict)}, with a thread's id")
    return given[0]


def _local(address: str) -> str:
    """Return an address of the search page as it is, and the search page for any other."""
    return address if address.startswith("/?q=") and address.isprintable() else "/?q="

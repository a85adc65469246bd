"""What the routes of pages have in common."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.pages.facts import Facts, FactsCache
from api.routes.common import EngineNow

Handler = TypeVar("Handler", bound=Callable[..., Response | Awaitable[Response]])


def get_facts(request: Request, engine: EngineNow) -> Facts:
    """Return the facts of the generation that this request uses."""
    cache: FactsCache = request.app.state.facts
    return cache.of(engine)


FactsNow = Annotated[Facts, Depends(get_facts)]


def page_route(router: APIRouter, path: str, **options: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401
    """Return a decorator for a page: read with GET or HEAD, and no part of the HTTP API."""
    return router.api_route(
        path, methods=["GET", "HEAD"], include_in_schema=False, response_model=None, **options
    )

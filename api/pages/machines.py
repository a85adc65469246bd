"""What tells machines of the pages: search from the address bar, and a guide for models."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.pages.rendering import render
from api.pages.routing import FactsNow, page_route

router = APIRouter()


@page_route(router, "/opensearch.xml")
def opensearch(request: Request) -> Response:
    """Describe the search to browsers."""
    xml = render("opensearch.xml", base=str(request.base_url).rstrip("/"))
    return Response(xml, media_type="application/opensearchdescription+xml")


@page_route(router, "/llms.txt")
def llms(request: Request, facts: FactsNow) -> Response:
    """Describe the archive and its HTTP API to language models."""
    text = render("llms.txt", base=str(request.base_url).rstrip("/"), facts=facts)
    return Response(text, media_type="text/plain; charset=utf-8")

"""Is the process alive, can it answer, and how well does it do."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse

from api.metrics import CONTENT_TYPE, Metrics
from api.problems import responses
from api.routes.common import get_service
from api.schemas import Health, Readiness
from api.service import EngineService

router = APIRouter(tags=["operation"])


@router.get("/healthz", operation_id="getHealth", summary="Is the process alive?")
async def get_health() -> Health:
    """Return at once, whatever else is going on."""
    return Health(status="ok")


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Can it answer?",
    responses=responses(503),
)
async def get_readiness(service: Annotated[EngineService, Depends(get_service)]) -> Readiness:
    """Return the generation in use, and what keeps a newer one from being used."""
    engine = service.engine()
    return Readiness(
        status="degraded" if service.state.problem else "ready",
        generation=engine.generation,
        n_threads=len(engine.store.thread_ids()),
        degraded=service.state.problem,
    )


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Measurements for Prometheus",
    response_class=PlainTextResponse,
)
async def get_metrics(request: Request) -> PlainTextResponse:
    """Return counts and times, without anything that was asked."""
    metrics: Metrics = request.app.state.metrics
    return PlainTextResponse(metrics.render(), media_type=CONTENT_TYPE)

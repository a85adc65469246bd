"""Is the process alive, and can it answer."""

from typing import Annotated

from fastapi import APIRouter, Depends

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

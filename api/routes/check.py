"""Check a post before it is posted."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.problems import responses
from api.routes.common import READ_ERRORS, EngineNow, WorkersNow, one_collection
from search.limits import DEFAULT_CHECKED, MAX_NAME_CHARS, MAX_POST_CHARS, MAX_TOP_K
from search.results import CheckResult

router = APIRouter(prefix="/v1", tags=["check"])


class CheckRequest(BaseModel):
    """A post to check."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_POST_CHARS,
            description="The post as it would be posted, greetings and all.",
            examples=["Hi all, which skills matter most for a data product manager?"],
        ),
    ]
    top_k: Annotated[
        int, Field(ge=1, le=MAX_TOP_K, description="How many threads at the most for a question.")
    ] = DEFAULT_CHECKED
    collection: Annotated[
        str | None,
        Field(
            max_length=MAX_NAME_CHARS,
            description="The book that the post is meant for, unless it names only others: slug.",
        ),
    ] = None
    book: Annotated[
        str | None, Field(max_length=MAX_NAME_CHARS, description="Another name for `collection`.")
    ] = None


@router.post(
    "/check",
    operation_id="check",
    summary="Has this been asked before?",
    response_model=CheckResult,
    responses={**responses(413), **READ_ERRORS},
)
async def check(workers: WorkersNow, engine: EngineNow, request: CheckRequest) -> CheckResult:
    """Return a verdict for each question of a post, and a draft that asks only what is new."""
    meant = one_collection(request.collection, request.book)
    return await workers.run(engine.check, request.text, top_k=request.top_k, collection=meant)

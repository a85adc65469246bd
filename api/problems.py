"""Every error as `application/problem+json`.

References:
    RFC 9457, Problem Details for HTTP APIs. https://www.rfc-editor.org/rfc/rfc9457
"""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from search.errors import AnswersError

_LOG = logging.getLogger("answers.http")
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
_UNREADABLE = (ValueError, RecursionError)
UNREADABLE_BODY = "body: cannot be read; send JSON in UTF-8"


class FieldProblem(BaseModel):
    """What is wrong with one parameter or field."""

    field: str = Field(description="Where the value stands, such as `query.top_k`.")
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 describes them."""

    type: str = Field(default="about:blank", description="Always `about:blank`: see `status`.")
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What was wrong, which value it was, and what to do.")
    errors: list[FieldProblem] = Field(default=[], description="One entry a wrong value.")


def problem_response(
    status: int, detail: str, *, errors: list[FieldProblem] | None = None
) -> JSONResponse:
    """Build the response of an error."""
    problem = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors or []
    )
    unavailable = status == HTTPStatus.SERVICE_UNAVAILABLE
    headers = {"Retry-After": str(RETRY_AFTER_S)} if unavailable else {}
    return JSONResponse(
        problem.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the errors of a route for OpenAPI."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: schema}}
        for status in statuses
    }


def schemas() -> dict[str, Any]:
    """Return the schemas to which `responses` refers."""
    document = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**document.pop("$defs"), "Problem": document}


async def _on_answers_error(request: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, AnswersError)  # noqa: S101
    return problem_response(exc.http_status, str(exc))


async def _on_http_exception(request: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, HTTPException)  # noqa: S101
    if exc.status_code == HTTPStatus.BAD_REQUEST and isinstance(exc.__cause__, _UNREADABLE):
        return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, UNREADABLE_BODY)
    response = problem_response(exc.status_code, str(exc.detail))
    response.headers.update(exc.headers or {})
    return response


async def _on_invalid_request(request: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, RequestValidationError)  # noqa: S101
    errors = [
        FieldProblem(field=".".join(map(str, each["loc"])), message=str(each["msg"]))
        for each in exc.errors()
    ]
    detail = "; ".join(f"{each.field}: {each.message}" for each in errors)
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)


async def _on_unexpected(request: Request, exc: Exception) -> JSONResponse:
    _LOG.error("unexpected error", exc_info=exc)
    detail = "an unexpected error; the server's log has more"
    return problem_response(HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def install(app: FastAPI) -> None:
    """Make an application answer every error with a problem."""
    app.add_exception_handler(AnswersError, _on_answers_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(Exception, _on_unexpected)

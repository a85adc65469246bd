"""Forms that a page sends in a body."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from search.errors import InvalidQueryError

_MOST_FIELDS = 10


async def get_form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form that was sent."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as exc:
        raise InvalidQueryError(f"the form has more than {_MOST_FIELDS} fields") from exc


FormNow = Annotated[Mapping[str, str], Depends(get_form)]

"""The OpenAPI document as it is committed, with examples that are real answers.

Run: python -m api.openapi SAMPLE_BUNDLE

Writes `docs/openapi.json` and, from a bundle of `data/`, the example in `api/examples/`.
"""

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api import problems

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "openapi.json"
EXAMPLES = ROOT / "api" / "examples"
EXAMPLE_QUERY = "how can I test a model in production without users seeing its output?"
_EXAMPLE = "search.json"


def complete(document: dict[str, Any]) -> None:
    """Add the schema of problems and the examples to what FastAPI generates."""
    schemas = document["components"]["schemas"]
    schemas.update(problems.schemas())
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    answer = document["paths"]["/v1/search"]["get"]["responses"]["200"]
    answer["content"]["application/json"]["example"] = search_example()


def search_example() -> dict[str, Any]:
    """Return the answer of the sample archive that ships with the package."""
    text = files("api").joinpath("examples", _EXAMPLE).read_text("utf-8")
    example: dict[str, Any] = json.loads(text)
    return example


def install(app: FastAPI) -> None:
    """Make an application serve the completed document."""
    original = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            complete(original())
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]


def render(document: dict[str, Any]) -> str:
    """Return the committed form of a document."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def example_of(bundle: Path) -> dict[str, Any]:
    """Answer the example's query from a bundle of the sample archive."""
    from api.output import to_plain
    from search import open_engine

    result: dict[str, Any] = to_plain(open_engine(bundle).search(EXAMPLE_QUERY, top_k=1))
    return result | {"took_ms": 4.2, "generation": "1-0123456789ab"}


def main() -> None:
    """Write the example and the document."""
    from api.app import create_app

    EXAMPLES.mkdir(exist_ok=True)
    (EXAMPLES / _EXAMPLE).write_text(render(example_of(Path(sys.argv[1]))), "utf-8")
    DOCUMENT.write_text(render(create_app(Path("bundle")).openapi()), "utf-8")


if __name__ == "__main__":
    main()

"""The style sheet, the script and the icon; their address changes when their content does."""

import hashlib
from functools import lru_cache
from importlib.resources import files

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = files("api").joinpath("static")
_FOR_A_YEAR = "public, max-age=31536000, immutable"


@lru_cache(maxsize=32)
def asset_url(name: str) -> str:
    """Return the address of a static file."""
    digest = hashlib.sha256(FOLDER.joinpath(name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


class Assets(StaticFiles):
    """Static files that browsers may keep when they asked for one version of them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file."""
        response = await super().get_response(path, scope)
        versioned = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = _FOR_A_YEAR if versioned else "no-cache"
        return response

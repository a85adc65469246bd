"""Search a community's archive for the answers that authors gave."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from search.engine import Engine
    from search.opening import open_engine
    from search.stages import profile

__all__ = ["Engine", "open_engine", "profile"]

_HOMES = {
    "Engine": "search.engine",
    "open_engine": "search.opening",
    "profile": "search.stages",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Import a public name at its first use, so that importing the package does no work."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)

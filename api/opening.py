"""Open the bundle that the settings name."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.engine import Engine


def open_bundle(bundle: Path | None) -> "Engine":
    """Open a bundle's live generation; without a folder, that of the settings."""
    from api.verified import remembered_checker
    from search.config import load_settings
    from search.opening import open_engine

    return open_engine(load_settings(bundle=bundle).bundle, checker=remembered_checker())

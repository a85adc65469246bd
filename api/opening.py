"""Open the bundle that the settings name."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.config import Settings
    from search.engine import Engine
    from search.reranking import Reranking


def open_bundle(bundle: Path | None, *, reranked: bool = False) -> "Engine":
    """Open a bundle's live generation; without a folder, that of the settings.

    Only a search has use for the reranker of the settings, which takes seconds to load.
    """
    from api.verified import remembered_checker
    from search.config import load_settings
    from search.opening import open_engine

    settings = load_settings(bundle=bundle)
    reranking = reranking_of(settings) if reranked else None
    return open_engine(settings.bundle, checker=remembered_checker(), reranking=reranking)


def reranking_of(settings: "Settings") -> "Reranking | None":
    """Load the reranker that the settings name, None where they name none.

    Raises:
        ModelUnavailableError: If there is no such model.
    """
    if settings.reranker is None:
        return None
    from search.encoders.cross import CrossEncoderScorer
    from search.reranking import Reranking

    scorer = CrossEncoderScorer(settings.reranker)
    return Reranking(scorer, share=settings.reranker_share, depth=settings.reranker_depth)

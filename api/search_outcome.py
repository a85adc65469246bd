"""Say how near what a search found comes to an answer, for pages and the terminal."""

from collections.abc import Sequence

from search.results import Hit, SearchResult

MAY_ANSWER = 0.2
RELATED = 0.08


def comes_near(result: SearchResult) -> bool:
    """Tell whether the first of the closest threads, shown where nothing answers, may help."""
    return any((hit.probability or 0.0) >= MAY_ANSWER for hit in result.closest[:1])


def n_near(hits: Sequence[Hit]) -> int:
    """Return how many hits come before those further afield, which a line divides from them.

    The line stands above the first hit that is less than related, below one that is related; where
    there is none, or probabilities are unknown, all hits are near.
    """
    is_near = [hit.probability is None or hit.probability >= RELATED for hit in hits]
    if True not in is_near:
        return len(hits)
    first = is_near.index(True)
    return is_near.index(False, first) if False in is_near[first:] else len(hits)

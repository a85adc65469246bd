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

    The line stands above the first hit that is less than related and has none behind it that may
    answer, below one that is related; where there is none, or probabilities are unknown, all hits
    are near.
    """
    chances = [1.0 if hit.probability is None else hit.probability for hit in hits]
    if max(chances, default=0.0) < RELATED:
        return len(hits)
    near = [place for place, chance in enumerate(chances) if chance >= MAY_ANSWER]
    first = near[-1] if near else next(n for n, chance in enumerate(chances) if chance >= RELATED)
    return next((n for n in range(first, len(hits)) if chances[n] < RELATED), len(hits))

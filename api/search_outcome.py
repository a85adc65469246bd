"""Say how near what a search found comes to an answer, for pages and the terminal."""

from search.results import SearchResult

MAY_ANSWER = 0.2


def comes_near(result: SearchResult) -> bool:
    """Tell whether the first of the closest threads, shown where nothing answers, may help."""
    return any((hit.probability or 0.0) >= MAY_ANSWER for hit in result.closest[:1])

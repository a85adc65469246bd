"""What may be asked for, and the words in which more is refused."""

from search.errors import InvalidQueryError

MAX_QUERY_CHARS = 1_000
MAX_TOP_K = 100
MAX_POST_CHARS = 20_000
DEFAULT_CHECKED = 3
DEFAULT_TOP_K = 10
DEFAULT_RELATED = 5
DEFAULT_VOICES = 8
MAX_LIMIT = 100
DEFAULT_LIMIT = 20


def check_query(query: str) -> None:
    """Refuse a query that cannot be searched for."""
    if not query.strip():
        raise InvalidQueryError("the query is empty: say what you want to know")
    if len(query) > MAX_QUERY_CHARS:
        raise InvalidQueryError(
            f"the query has {len(query):,} characters, {MAX_QUERY_CHARS:,} are allowed: "
            "keep the question and leave the background out"
        )


def check_post(text: str) -> None:
    """Refuse a post that cannot be checked."""
    if not text.strip():
        raise InvalidQueryError("the post is empty: paste the question that you want to ask")
    if len(text) > MAX_POST_CHARS:
        raise InvalidQueryError(
            f"the post has {len(text):,} characters, {MAX_POST_CHARS:,} are allowed: "
            "check the questions one by one"
        )


def check_top_k(top_k: int) -> None:
    """Refuse a number of hits out of range."""
    if not 1 <= top_k <= MAX_TOP_K:
        raise InvalidQueryError(f"top_k is {top_k:,}: it goes from 1 to {MAX_TOP_K}")


def check_limit(limit: int) -> None:
    """Refuse a length of page out of range."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidQueryError(f"limit is {limit:,}: it goes from 1 to {MAX_LIMIT}")

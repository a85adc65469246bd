"""What may be asked for, and the words in which more is refused."""

from search.errors import InvalidQueryError

MAX_QUERY_CHARS = 1_000
MAX_TOP_K = 100
MAX_POST_CHARS = 20_000
# Of the name of a book, an author, a topic or a thread.
MAX_NAME_CHARS = 200
DEFAULT_CHECKED = 3
DEFAULT_TOP_K = 10
DEFAULT_RELATED = 5
DEFAULT_VOICES = 8
DEFAULT_PROPOSALS = 200
DEFAULT_AT_LEAST = 0.5
MAX_LIMIT = 100
DEFAULT_LIMIT = 20


def check_query(query: str) -> None:
    """Refuse a query that cannot be searched for."""
    _check_text(
        "query",
        query,
        longest=MAX_QUERY_CHARS,
        if_empty="say what you want to know",
        if_long="keep the question and leave the background out",
    )


def check_post(text: str) -> None:
    """Refuse a post that cannot be checked."""
    _check_text(
        "post",
        text,
        longest=MAX_POST_CHARS,
        if_empty="paste the question that you want to ask",
        if_long="check the questions one by one",
    )


def _check_text(what: str, text: str, *, longest: int, if_empty: str, if_long: str) -> None:
    """Refuse a text without anything in it, and one that is too long."""
    if not text.strip():
        raise InvalidQueryError(f"the {what} is empty: {if_empty}")
    if len(text) > longest:
        raise InvalidQueryError(
            f"the {what} has {len(text):,} characters, {longest:,} are allowed: {if_long}"
        )


def check_top_k(top_k: int) -> None:
    """Refuse a number of hits out of range."""
    if not 1 <= top_k <= MAX_TOP_K:
        raise InvalidQueryError(f"top_k is {top_k:,}: it goes from 1 to {MAX_TOP_K}")


def check_limit(limit: int) -> None:
    """Refuse a length of page out of range."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidQueryError(f"limit is {limit:,}: it goes from 1 to {MAX_LIMIT}")

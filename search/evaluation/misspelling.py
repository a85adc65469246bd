"""Misspell queries as a hasty typist does, the same way each time."""

import random
import re
import string
from collections.abc import Callable
from dataclasses import replace

from search.evaluation.collections import MISSPELT_TYPE, TestCollection

SHARE = 0.35
SHORTEST = 5

_WORD = re.compile(r"[^\W\d_]+")


def misspell(query: str, *, seed: int, share: float = SHARE) -> str:
    """Put one typing error into some of the long words of a query.

    Which words and which errors depends on the query and the seed alone, never on the queries
    before it.

    Args:
        query: What somebody meant to type.
        seed: Another seed makes other errors.
        share: How likely a word of at least 5 letters, all in ASCII, gets one.
    """
    rng = random.Random(f"{seed}:{query}")  # noqa: S311

    def typed(word: str) -> str:
        hurried = len(word) >= SHORTEST and word.isascii() and rng.random() < share
        return _with_error(word, rng) if hurried else word

    return _WORD.sub(lambda found: typed(found[0]), query)


def without_misspelt(collection: TestCollection) -> TestCollection:
    """Leave out the queries that are misspelt already."""
    queries = tuple(query for query in collection.queries if query.type != MISSPELT_TYPE)
    qrels = {query.qid: collection.qrels[query.qid] for query in queries}
    return replace(collection, queries=queries, qrels=qrels)


def misspelt(collection: TestCollection, *, seed: int) -> TestCollection:
    """Misspell all queries but those that are misspelt already, which are left out."""
    kept = without_misspelt(collection)
    queries = (replace(query, query=misspell(query.query, seed=seed)) for query in kept.queries)
    return replace(kept, queries=tuple(queries))


def swapped(word: str, place: int) -> str:
    """Swap the letter at a place with the next one."""
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _with_error(word: str, rng: random.Random) -> str:
    """Make one error, behind the first letter, that changes the word."""
    while True:
        made = rng.choice(_ERRORS)(word, rng.randrange(1, len(word) - 1), rng)
        if made != word:
            return made


def _left_out(word: str, place: int, rng: random.Random) -> str:
    return word[:place] + word[place + 1 :]


def _swapped(word: str, place: int, rng: random.Random) -> str:
    return swapped(word, place)


def _doubled(word: str, place: int, rng: random.Random) -> str:
    return word[: place + 1] + word[place:]


def _other_letter(word: str, place: int, rng: random.Random) -> str:
    return word[:place] + rng.choice(string.ascii_lowercase) + word[place + 1 :]


_ERRORS: tuple[Callable[[str, int, random.Random], str], ...] = (
    _left_out,
    _swapped,
    _doubled,
    _other_letter,
)

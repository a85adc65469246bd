"""What the pages say of a whole generation, read once: its books, its authors, its counts."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from api.pages.excerpts import MOST_QUESTION_CHARS, question_window
from search.engine import Engine
from search.limits import MAX_LIMIT
from search.listing import Page
from search.models import AnsweredBy, CollectionKind, Thread, ThreadFilter
from search.results import AuthorSummary, CollectionSummary
from search.text.boilerplate import name_words

N_EXAMPLES = 5
_EXAMPLE_CHARS = range(38, 92)
_ONE_QUESTION = re.compile(r"[A-Z][^?]*[^?\s]\?")
_LEANING = """
such you your yours book chapter author authors this that these those they them it its there
"""
_LEANS_ON_CONTEXT = frozenset(_LEANING.split())

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Row:
    """What a filter asks of one thread."""

    collections: tuple[str, ...]
    authors: frozenset[str]
    year: int | None
    answered: bool

    def passes(self, where: ThreadFilter) -> bool:
        """Tell whether a filter keeps the thread."""
        return (
            (where.collection is None or where.collection in self.collections)
            and (where.author is None or where.author in self.authors)
            and (where.year is None or where.year == self.year)
            and (where.answered is None or where.answered is self.answered)
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What does not change within a generation."""

    generation: str
    rows: tuple[Row, ...]
    books: tuple[CollectionSummary, ...]
    others: tuple[CollectionSummary, ...]
    authors: Mapping[str, AuthorSummary]
    examples: tuple[str, ...]

    @property
    def titles(self) -> dict[str, str]:
        """Return the title of each collection by slug."""
        return {item.slug: item.title for item in (*self.books, *self.others)}

    @property
    def n_answered(self) -> int:
        """Return how many threads hold an answer."""
        return sum(row.answered for row in self.rows)

    def names(self, author_slugs: Iterable[str]) -> frozenset[str]:
        """Return the words of some authors' names, by which they are addressed."""
        known = (self.authors[slug].name for slug in author_slugs if slug in self.authors)
        return name_words(known)

    def counts(self, where: ThreadFilter, facet: str) -> Counter[object]:
        """Count the threads of each value of a facet, with the other filters in force."""
        others = replace(where, **{facet: None})
        values: Counter[object] = Counter()
        for row in self.rows:
            if row.passes(others):
                values.update(_VALUES[facet](row))
        return values


_VALUES: dict[str, Callable[[Row], Iterable[object]]] = {
    "collection": lambda row: row.collections,
    "author": lambda row: row.authors,
    "year": lambda row: () if row.year is None else (row.year,),
    "answered": lambda row: (row.answered,),
}


class FactsCache:
    """Holds the facts of the generation in use."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._facts: Facts | None = None
        self._reading = threading.Lock()

    def of(self, engine: Engine) -> Facts:
        """Return the facts of an engine's generation; reads them the first time."""
        facts = self._facts
        if facts is not None and facts.generation == engine.generation:
            return facts
        with self._reading:
            if self._facts is None or self._facts.generation != engine.generation:
                self._facts = _read(engine)
            return self._facts


def every(fetch: Callable[[str | None], Page[Item]]) -> Iterator[Item]:
    """Yield all items of a list that comes in pages."""
    cursor: str | None = None
    while True:
        page = fetch(cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _read(engine: Engine) -> Facts:
    """Read the facts of an engine."""
    rows, examples = [], {}
    for thread in engine.store.iter_threads():
        rows.append(_row(thread))
        example = _example(thread)
        if example and thread.collections[0] not in examples:
            examples[thread.collections[0]] = example
    spread = [examples[slug] for slug in sorted(examples)]
    step = max(1, len(spread) // N_EXAMPLES)
    return Facts(
        generation=engine.generation,
        rows=tuple(rows),
        books=tuple(every(lambda cursor: engine.books(limit=MAX_LIMIT, cursor=cursor))),
        others=tuple(
            engine.summary(item.slug)
            for item in engine.store.collections()
            if item.kind is not CollectionKind.BOOK
        ),
        authors={
            author.slug: author
            for author in every(lambda cursor: engine.authors(limit=MAX_LIMIT, cursor=cursor))
        },
        examples=tuple(spread[::step][:N_EXAMPLES]),
    )


def _row(thread: Thread) -> Row:
    """Describe a thread as filters see it."""
    return Row(
        collections=thread.collections,
        authors=frozenset(
            message.author for message in thread.messages if message.author and message.answers
        ),
        year=thread.year,
        answered=thread.answered_by is not AnsweredBy.NOBODY,
    )


def _example(thread: Thread) -> str | None:
    """Return a question that an author answered and that stands on its own; None if it is not."""
    if thread.answered_by is not AnsweredBy.AUTHOR:
        return None
    text = thread.question.text
    if len(text) > 2 * MOST_QUESTION_CHARS or "\n" in text or "&" in text or "<" in text:
        return None
    window = question_window(text, (), frozenset())
    asked = text[window.start : window.end]
    words = asked.casefold().replace("?", " ").replace(",", " ").split()
    stands = _ONE_QUESTION.fullmatch(asked) is not None
    general = _LEANS_ON_CONTEXT.isdisjoint(words) and words[0] in _OPENERS
    return asked if stands and general and len(asked) in _EXAMPLE_CHARS else None


_OPENERS = frozenset({"how", "what", "why", "when", "which", "should", "is", "are", "where"})

"""The filters of the search page: what is chosen, what can be, and how many threads each has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query

from api.pages.facts import Facts
from search.errors import InvalidQueryError
from search.limits import MAX_NAME_CHARS
from search.models import ThreadFilter

_YEARS = range(1900, 10_000)
_ANSWERED = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter."""

    value: str
    label: str
    n_threads: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One filter; `clear` is the query string without it."""

    name: str
    label: str
    everything: str
    choices: tuple[Choice, ...]
    clear: str

    @property
    def chosen(self) -> Choice | None:
        """Return the value in force."""
        return next((choice for choice in self.choices if choice.chosen), None)


def get_page_filter(
    book: Annotated[str, Query(max_length=MAX_NAME_CHARS)] = "",
    author: Annotated[str, Query(max_length=MAX_NAME_CHARS)] = "",
    year: Annotated[str, Query(max_length=20)] = "",
    answered: Annotated[str, Query(max_length=20)] = "",
) -> ThreadFilter:
    """Return the filter that a form describes; an empty control means any.

    Raises:
        InvalidQueryError: If the year or `answered` is not one.
    """
    if year and not (year.isascii() and year.isdecimal() and int(year) in _YEARS):
        raise InvalidQueryError(f"no year {year!r}: choose one of the list")
    if answered and answered not in _ANSWERED:
        raise InvalidQueryError(f"answered is {answered!r}: it is `true` or `false`")
    return ThreadFilter(
        collection=book or None,
        author=author or None,
        year=int(year) if year else None,
        answered=_ANSWERED.get(answered),
    )


def query_string(query: str, where: ThreadFilter, **more: str) -> str:
    """Return the query string of a state of the page, without what is empty."""
    answered = "" if where.answered is None else str(where.answered).lower()
    values = {
        "q": query,
        "book": where.collection or "",
        "author": where.author or "",
        "year": str(where.year or ""),
        "answered": answered,
        **more,
    }
    return urlencode({name: value for name, value in values.items() if value})


def facets(facts: Facts, query: str, where: ThreadFilter) -> tuple[Facet, ...]:
    """Describe the filters of a state of the page."""
    authors = {slug: author.name for slug, author in facts.authors.items()}
    makers = (
        ("book", "collection", "Book", "All books", _alphabetical(facts.titles)),
        ("author", "author", "Author", "All authors", _alphabetical(authors)),
        ("year", "year", "Year", "Any year", _years),
        ("answered", "answered", "Answers", "Answered or not", _answers),
    )
    return tuple(
        Facet(
            name,
            label,
            everything,
            make(facts.counts(where, field), getattr(where, field)),
            query_string(query, replace(where, **{field: None})),
        )
        for name, field, label, everything, make in makers
    )


_Maker = Callable[[Mapping[object, int], object], tuple[Choice, ...]]


def _alphabetical(labels: Mapping[str, str]) -> _Maker:
    """Return a function that lists values by their label; those without threads are left out."""

    def make(counts: Mapping[object, int], chosen: object) -> tuple[Choice, ...]:
        return tuple(
            Choice(slug, label, counts.get(slug, 0), slug == chosen)
            for slug, label in sorted(labels.items(), key=lambda item: item[1].casefold())
            if counts.get(slug) or slug == chosen
        )

    return make


def _years(counts: Mapping[object, int], chosen: object) -> tuple[Choice, ...]:
    """List years, the newest first."""
    years = {year for year in (*counts, chosen) if isinstance(year, int)}
    return tuple(
        Choice(str(year), str(year), counts.get(year, 0), year == chosen)
        for year in sorted(years, reverse=True)
    )


def _answers(counts: Mapping[object, int], chosen: object) -> tuple[Choice, ...]:
    """List whether a thread is answered."""
    labels = ((True, "Answered"), (False, "Still open"))
    return tuple(
        Choice(str(value).lower(), label, counts.get(value, 0), value is chosen)
        for value, label in labels
    )

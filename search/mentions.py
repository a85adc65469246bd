"""Find the books that a query names, by their titles or authors, and what it asks besides."""

import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass

from search.books import BookFinder
from search.models import Author, Span
from search.text.slugs import name_tokens
from search.text.spelling import english_words
from search.text.tokens import tokenise

_WORD = re.compile(r"[^\W_]+")
_SHORTEST_SURNAME = 4
_BEFORE = re.compile(
    r"\b(?:what|anything)(?:\s+(?:do|does|did|has|have|would))?\s+\Z"
    r"|\b(?:according\s+to|by|from|of|ask|per|do|does|did)\s+\Z",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:['’]s?(?!\w))?\s*(?:[:,]\s*"
    r"|\b(?:say|think|recommend|suggest|advise|feel)s?\b\s*"
    r"|\b(?:said|thought|recommended|suggested|felt)\b\s*"
    r"|\b(?:write|talk)s?\s+(?=about\b|on\b))?"
    r"(?:\b(?:about|on)\b\s*)?",
    re.IGNORECASE,
)
_EDGES = " \t\n,;:-–—"


@dataclass(frozen=True, slots=True)
class Mention:
    """The slugs of the books that a query names, and the query without the names of people.

    `rest` is the query itself where it names nobody, or nothing else.
    """

    books: frozenset[str]
    rest: str


@dataclass(frozen=True, slots=True)
class _Person:
    """The folded words of an author's name, and the books."""

    name: frozenset[str]
    books: frozenset[str]


class MentionFinder:
    """Knows the authors and the titles of one archive.

    A person is named by the surname after another word of the name or, where it is no English
    word, alone; a title as `BookFinder` says.
    """

    def __init__(
        self,
        finder: BookFinder,
        authors: Iterable[Author],
        *,
        dictionary: Callable[[], Container[str]] = english_words,
    ) -> None:
        """Read names; a surname that the dictionary has names nobody alone."""
        self._finder = finder
        self._dictionary = dictionary
        self._people: dict[str, list[_Person]] = defaultdict(list)
        for author in authors:
            name = name_tokens(author.name)
            if len(name) > 1 and author.collections:
                person = _Person(frozenset(name), frozenset(author.collections))
                self._people[name[-1]].append(person)

    def find(self, query: str) -> Mention:
        """Return what a query names."""
        books, named = set(self._finder.titled(query)), []
        for span, found in self._persons(query):
            books |= found
            named.append(span)
        rest = _without(query, named)
        return Mention(frozenset(books), rest if tokenise(rest) else query)

    def _persons(self, query: str) -> Iterator[tuple[Span, frozenset[str]]]:
        """Return where authors are named, with their books."""
        words = [(match, "".join(name_tokens(match[0]))) for match in _WORD.finditer(query)]
        for place, (match, word) in enumerate(words):
            people = self._people.get(word, ())
            before = words[place - 1] if place else None
            full = [person for person in people if before and before[1] in person.name]
            if full or (people and self._names_alone(word)):
                start = place
                while start and any(words[start - 1][1] in person.name for person in full):
                    start -= 1
                yield Span(words[start][0].start(), match.end()), _books(full or people)

    def _names_alone(self, surname: str) -> bool:
        """Tell whether a surname names somebody without the first name."""
        return len(surname) >= _SHORTEST_SURNAME and surname not in self._dictionary()


def _books(people: Iterable[_Person]) -> frozenset[str]:
    """Return the books of some people."""
    return frozenset().union(*(person.books for person in people))


def _without(query: str, named: Iterable[Span]) -> str:
    """Cut names out of a query, and the words that lead to them and on from them."""
    rest, start = [], 0
    for span in named:
        said = query[start : span.start]
        before = _BEFORE.search(said)
        rest.append(said[: before.start()] if before else said)
        after = _AFTER.match(query, span.end)
        start = after.end() if after else span.end
    rest.append(query[start:])
    return " ".join(" ".join(rest).split()).strip(_EDGES)

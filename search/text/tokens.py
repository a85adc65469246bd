"""Words as the lexical index counts them: folded, without stop words, stemmed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Protocol

_WORD = re.compile(r"[^\W_]+(?:[+#]+(?!\w)|(?:['’./\-&][^\W_]+))*[+#]*", re.UNICODE)
_INNER = re.compile(r"['’./\-&]")
_POSSESSIVE = re.compile(r"['’](?:s|d|m|t|re|ve|ll)\Z")
_PLURAL = re.compile(r"(?<=\w\w[^s\W])s\Z")
_LONGEST_WORD = 64
_KNOWN_WORDS = 32_768
_KNOWN_TEXTS = 1_024
_LONGEST_KNOWN = 2_000

_STOP_WORDS = """
a about after all also am an and any are as at be because been before being between both but
by can could d did do does doing don down during each few for from further get had has have
having he her here hers him his how i if in into is it its just ll m me more most my no nor not
now of off on once only or other our out over own re s same she should so some such t than that
the their them then there these they this those through to too under until up us ve very was we
were what when where which while who whom why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802


@cache
def _stemmer() -> _Stemmer:
    """Return the Snowball English stemmer; made at the first use, one for the process."""
    from Stemmer import Stemmer

    return Stemmer("english")  # type: ignore[no-any-return]


def _forms(word: str) -> list[str]:
    """Return a word's index forms: a joined word is found by its parts and as one."""
    word = _POSSESSIVE.sub("", word)
    parts = [part for part in _INNER.split(word) if part]
    return parts if len(parts) < 2 else [*parts, "".join(parts)]


def words(text: str) -> list[str]:
    """Return the folded words of a text in order, stop words included."""
    return [
        form
        for match in _WORD.finditer(text.casefold())
        for form in _forms(match[0][:_LONGEST_WORD])
    ]


def tokenise(text: str) -> list[str]:
    """Return the stems of a text's words in order, without stop words.

    References:
        Porter, "Snowball: a language for stemming algorithms", 2001. http://snowball.tartarus.org
    """
    return [
        stem
        for match in _WORD.finditer(text.casefold())
        for stem in _stems(match[0][:_LONGEST_WORD])
    ]


@lru_cache(maxsize=_KNOWN_WORDS)
def _stems(word: str) -> tuple[str, ...]:
    """Return the stems of a folded word, none of a stop word's."""
    stem = _stemmer().stemWord
    return tuple(stem(form) for form in _forms(word) if form not in STOP_WORDS)


@lru_cache(maxsize=_KNOWN_WORDS)
def _stems_of(word: str) -> frozenset[str]:
    """Return the stems of one verbatim word, as `tokenise` does."""
    return frozenset(tokenise(word))


def places_of_stems(text: str) -> Mapping[str, Sequence[tuple[int, int]]]:
    """Return where in a verbatim text the words with each stem begin and end.

    Those of long texts are not remembered.
    """
    return _remembered(text) if len(text) <= _LONGEST_KNOWN else _places_of_stems(text)


def _places_of_stems(text: str) -> Mapping[str, Sequence[tuple[int, int]]]:
    """Return what `places_of_stems` does."""
    places: dict[str, list[tuple[int, int]]] = {}
    for word in word_matches(text):
        for stem in _stems_of(word[0]):
            places.setdefault(stem, []).append(word.span())
    return places


_remembered = lru_cache(maxsize=_KNOWN_TEXTS)(_places_of_stems)


def singular(word: str) -> str:
    """Return a word without the s of a plural, as far as spelling tells."""
    return _PLURAL.sub("", word)


def word_matches(text: str) -> Iterator[re.Match[str]]:
    """Yield each word of a verbatim text, with where it stands."""
    return _WORD.finditer(text)

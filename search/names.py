"""Find what somebody means by a name, or suggest it where the name does not exist."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from search.text.slugs import name_tokens

_GENITIVE = re.compile(r"['’]s\b")
_DATE = re.compile(r"\d{8}")
_SHORTEST_PLURAL = 4
_SHORTEST_HINT = 3
_LONG_FORMS = {
    "ml": ("machine", "learning"),
    "dl": ("deep", "learning"),
    "rl": ("reinforcement", "learning"),
    "nlp": ("natural", "language", "processing"),
    "llm": ("large", "language", "model"),
}
HONORIFICS = frozenset({"mr", "mrs", "ms", "dr", "prof", "jr", "sr", "ii", "iii", "phd", "md"})
"""Words before and after names that are no names."""


def title_words(text: str) -> tuple[str, ...]:
    """Return the folded words of a title or a name as they are compared.

    Usual abbreviations are written out; the endings of a genitive and of a plural are left out.
    """
    words = name_tokens(_GENITIVE.sub("", text))
    return tuple(_singular(word) for each in words for word in _LONG_FORMS.get(each, (each,)))


def meant_by(name: str, known: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the slugs that a name may mean, the surest kind of match alone.

    A slug means itself; otherwise a name means what is called so; otherwise what has these words
    and no others, in any order, in a name or in its slug without the date; otherwise what has all
    of these words.

    Args:
        name: What somebody typed.
        known: The names that belong to each slug.
    """
    if name in known:
        return [name]
    folded = name.strip().casefold()
    called = [slug for slug, names in known.items() if folded in map(str.casefold, names)]
    wanted = _words(name)
    if called or not wanted:
        return called
    words = {slug: [_words(each) for each in (*names, slug)] for slug, names in known.items()}
    return [slug for slug, own in words.items() if wanted in own] or [
        slug for slug, own in words.items() if any(wanted <= each for each in own)
    ]


def _words(name: str) -> frozenset[str]:
    """Return the words of a name or a slug without titles of people and without a date."""
    words = frozenset(title_words(name)) - HONORIFICS
    return frozenset(word for word in words if not _DATE.fullmatch(word)) or words


def _singular(word: str) -> str:
    """Return a word without the s of a plural."""
    return word[:-1] if word.endswith("s") and len(word) >= _SHORTEST_PLURAL else word


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that looks most like `name`, None where none comes near.

    A known name that contains the given one counts as near, so that part of a slug is enough.
    """
    folded = {candidate.casefold(): candidate for candidate in known}
    wanted = name.casefold()
    close = get_close_matches(wanted, folded, n=1, cutoff=0.6)
    if close:
        return folded[close[0]]
    containing = sorted((key for key in folded if wanted and wanted in key), key=len)
    return folded[containing[0]] if containing else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a clause that names the nearest known name, or nothing."""
    near = nearest_name(name, known) if len(name) >= _SHORTEST_HINT else None
    return f"; did you mean {near!r}?" if near else ""

"""Find what somebody means by a name, or suggest it where the name does not exist."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from search.text.slugs import name_tokens

_DATE_DIGITS = 8


def meant_by(name: str, known: Mapping[str, str]) -> list[str]:
    """Return the slugs that a name may mean, the surest kind of match alone.

    A slug means itself; otherwise a name means what is called so; otherwise what has these words
    and no others, in any order, in its name or in its slug without the date; otherwise what has
    all of these words.

    Args:
        name: What somebody typed.
        known: The name that belongs to each slug.
    """
    if name in known:
        return [name]
    called = [slug for slug, title in known.items() if title.casefold() == name.strip().casefold()]
    wanted = _words(name)
    if called or not wanted:
        return called
    words = {slug: (_words(title), _words(slug)) for slug, title in known.items()}
    return [slug for slug, own in words.items() if wanted in own] or [
        slug for slug, own in words.items() if any(wanted <= each for each in own)
    ]


def _words(name: str) -> frozenset[str]:
    """Return the folded words of a name or a slug, without a date."""
    return frozenset(
        word for word in name_tokens(name) if not (word.isdigit() and len(word) == _DATE_DIGITS)
    )


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
    near = nearest_name(name, known)
    return f"; did you mean {near!r}?" if near else ""

"""Suggest what somebody meant by a name that does not exist."""

from collections.abc import Iterable
from difflib import get_close_matches


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

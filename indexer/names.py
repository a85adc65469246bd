"""How well a display name fits the name of an author.

Within the small cast of one book a first name, a handle or a short form is enough to name
somebody; how sure each kind of likeness is, is a constant here.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from search.text.slugs import fold_name, name_tokens

CERTAIN = 0.85
POSSIBLE = 0.5

_SUFFIX = re.compile(r"[(\[{][^()\[\]{}]*+[)\]}]")
_NAME = re.compile(r"[^\W\d_]+(?:[.'’\-][^\W\d_]*)*")
_AUTHOR = re.compile(r"\bauthors?\b", re.IGNORECASE)
_SHORTEST_PREFIX = 4


@dataclass(frozen=True, slots=True)
class Likeness:
    """How well two names fit, from 0 to 1, and why."""

    score: float
    reason: str


_NONE = Likeness(0.0, "")


def likeness(speaker: str, name: str, *, slug: str = "") -> Likeness:
    """Compare a display name with an author's name and slug."""
    shown = name_tokens(_SUFFIX.sub(" ", speaker))
    real = name_tokens(name)
    if not shown or not real:
        return _NONE
    for rule in (_same_words, _same_handle, _subset, _short_first_name, _one_word, _handle_of):
        found = rule(shown, real, fold_name(slug))
        if found.score:
            return found
    return _spelling(shown, real)


def plain_name(speaker: str) -> str | None:
    """Return a display name without what stands in brackets; None where it is no full name."""
    words = _SUFFIX.sub(" ", speaker).split()
    is_name = len(words) > 1 and all(_NAME.fullmatch(word) for word in words)
    return " ".join(words) if is_name else None


def says_author(speaker: str) -> bool:
    """Tell whether a display name calls its bearer an author, as in `Jane Roe (Author)`."""
    return any(_AUTHOR.search(suffix) for suffix in _SUFFIX.findall(speaker))


def _same_words(shown: tuple[str, ...], real: tuple[str, ...], slug: str) -> Likeness:
    return Likeness(1.0, "same name") if sorted(shown) == sorted(real) else _NONE


def _same_handle(shown: tuple[str, ...], real: tuple[str, ...], slug: str) -> Likeness:
    squashed = "".join(shown)
    same = squashed in {slug.replace("-", ""), "".join(real)}
    return Likeness(1.0, "display name is the person's handle") if same else _NONE


def _subset(shown: tuple[str, ...], real: tuple[str, ...], slug: str) -> Likeness:
    fewer, more = sorted((set(shown), set(real)), key=len)
    if len(fewer) > 1 and fewer < more:
        return Likeness(0.95, "same name with a part left out")
    return _NONE


def _short_first_name(shown: tuple[str, ...], real: tuple[str, ...], slug: str) -> Likeness:
    """Match Mike Munn with Michael Munn, J. Roe with Jane Roe."""
    if len(shown) < 2 or len(real) < 2 or shown[-1] != real[-1]:
        return _NONE
    first, other = shown[0], real[0]
    if first[:2] == other[:2] or (1 in {len(first), len(other)} and first[0] == other[0]):
        return Likeness(0.9, "same surname, short form of the first name")
    return _NONE


def _one_word(shown: tuple[str, ...], real: tuple[str, ...], slug: str) -> Likeness:
    if len(shown) == 1 and len(shown[0]) > 2 and shown[0] in real:
        return Likeness(0.7, "display name is one of the author's names")
    return _NONE


def _handle_of(shown: tuple[str, ...], real: tuple[str, ...], slug: str) -> Likeness:
    """Match a handle made of the beginning of the surname, such as bechbd or roejane."""
    if len(shown) == 1 and shown[0].startswith(real[-1][:_SHORTEST_PREFIX]):
        long_enough = len(real[-1]) >= _SHORTEST_PREFIX
        return Likeness(0.6, "handle begins like the surname") if long_enough else _NONE
    return _NONE


def _spelling(shown: tuple[str, ...], real: tuple[str, ...]) -> Likeness:
    ratio = SequenceMatcher(None, "".join(shown), "".join(real), autojunk=False).ratio()
    return Likeness(0.9, "same name but for spelling") if ratio >= 0.88 else _NONE

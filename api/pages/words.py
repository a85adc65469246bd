"""Numbers and days in words."""

import zlib
from datetime import date

from api.search_outcome import MAY_ANSWER, RELATED
from search.models import AnsweredBy, CollectionRef, Role
from search.results import CollectionSummary, Verdict

_CONFIDENCE = (
    (0.5, "likely", "Likely answers this"),
    (MAY_ANSWER, "maybe", "May answer this"),
    (RELATED, "related", "Related"),
    (0.0, "loose", "Loosely related"),
)
_ANSWERED = {
    AnsweredBy.AUTHOR: "Answered by the author",
    AnsweredBy.OFFICIAL: "Official answer",
    AnsweredBy.COMMUNITY: "Answered by the community",
    AnsweredBy.NOBODY: "Not answered yet",
}
_ROLES = {
    Role.AUTHOR: "Author",
    Role.ASKER: "Asked",
    Role.OFFICIAL: "Official answer",
    Role.HOST: "Host",
    Role.COMMUNITY: "Community",
}
_VERDICTS = {
    Verdict.ANSWERED: "Already answered",
    Verdict.ASKED: "Asked before, still waiting",
    Verdict.RELATED: "Worth reading first",
    Verdict.NEW: "New",
}
N_TONES = 8


def confidence(probability: float | None) -> tuple[str, str] | None:
    """Return how likely a thread answers, as a short name and in words; None if unknown."""
    if probability is None:
        return None
    return next((name, words) for least, name, words in _CONFIDENCE if probability >= least)


def percent(probability: float) -> str:
    """Return a probability as a person reads it; never a certainty."""
    return f"{min(99, max(1, round(100 * probability)))} %"


def answered(state: AnsweredBy) -> str:
    """Return whether and by whom a thread is answered."""
    return _ANSWERED[state]


def role(value: Role) -> str:
    """Return what somebody is in a thread."""
    return _ROLES[value]


def verdict(value: Verdict) -> str:
    """Return what the archive already has of a question."""
    return _VERDICTS[value]


def week(item: CollectionRef | CollectionSummary) -> str:
    """Return the days in which an author answered, such as "22–26 Nov 2021"."""
    start, end = item.start, item.end
    if start is None:
        return ""
    if end is None or end <= start:
        return _day(start)
    if start.year != end.year:
        return f"{_day(start)} – {_day(end)}"
    if start.month != end.month:
        return f"{start.day} {start:%b} – {_day(end)}"
    return f"{start.day}–{_day(end)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def count(n: int, one: str, many: str = "") -> str:
    """Return a number with its noun."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """Return a message as a sentence of a page."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def initials(name: str) -> str:
    """Return the first letters of a name's first and last word."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = [word[0] for word in (words[0], words[-1])] if words else ["·"]
    return "".join(letters[: len(words) or 1]).upper()


def tone(text: str) -> int:
    """Return one of a few tones, always the same for the same text."""
    return zlib.crc32(text.encode("utf-8", "replace")) % N_TONES

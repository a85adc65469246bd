"""Find how the items of a post are marked: "1.", "2)", "Q3", "#4", "Re 5:", bullets."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_PREFIX = r"(?i:(?:questions?|points?|parts?|answers?|ans|re|q|a)\b[.:]?[ ]?(?:to[ ])?q?|[qa])"
_PATH = r"\d{1,2}(?:\.?[a-h](?:\.?[ivx]{1,3})?|\.?[ivx]{1,3})?"
_MORE = rf"(?:[ ]?(?:,|&amp;|&|and|[-–+])[ ]?(?:[Qq]|\#)?(?:{_PATH}|[a-h])(?!\w)[.)]?)"
_DELIMITER = r"(?:[ ]?[.)\]:/]+(?!\d)|[ ]?[-–—](?=[ ]\D|[A-ZÀ-Þ])|\ufe0f?\u20e3)"
_NUMBER = rf"""
    (?:{_PREFIX}[ ]?\#?|\#|(?=\d{{1,2}}\.[a-h]))
        (?P<named>{_PATH})(?!\w)(?P<more>{_MORE}*)[*_]{{0,2}}(?:{_DELIMITER}|,)?
    |\(?(?P<number>{_PATH})[.)]?(?P<others>{_MORE}*)(?:{_DELIMITER}|,(?=[ ][^\W\d]))
    |\(?(?P<letter>[a-h]|[ivx]{{1,4}}|[A-H](?=\)))[.)](?=\s)
"""
_LINE_START = re.compile(
    rf"""
    (?P<quote>(?:[ \t]*(?:>|&gt;))*)
    (?P<indent>[ \t\u00a0]*)
    (?:(?P<bullet>[-*•◦▪▫‣●○·–—])\ufe0e?(?:[ \t\u00a0]+|(?<=-)(?=[A-ZÀ-Þ])))?
    (?:(?P<emphasis>[*_`]{{1,2}}(?=[\w\#(]))?(?:{_NUMBER})[*_`]{{0,2}}(?=\s|\Z|[^\W_]|["'“*_`(]))?
    """,
    re.VERBOSE,
)
_INLINE = re.compile(
    r"(?i:(?<!\bch\.\s)(?<!chapter\s)(?<!part\s)(?<!fig\.\s)(?<!step\s)(?<!version\s)(?<!\bno\.\s))"
    r"(?<=[\s(])\(?(?:Q|#)?(?P<number>\d{1,2})(?:[.)]|[ ]?[-:])(?=\s+[^\d\s]|[A-Z][a-z])"
)
_LINES = re.compile(r"[^\r\n]+")
_LABELS = re.compile(_PATH, re.IGNORECASE)
_TAB_WIDTH = 4


@dataclass(frozen=True, slots=True)
class Marker:
    """Where an item starts and how it is numbered.

    `start` and `end` are the offsets of the mark itself; `labels` are the numbers as written,
    several for "1 and 2", none for a bullet; `indent` is the width of the space before it.
    `named` tells "Q1", "#1" and "Re 1" from a bare number.
    """

    start: int
    end: int
    labels: tuple[str, ...]
    indent: int = 0
    inline: bool = False
    named: bool = False

    @property
    def label(self) -> str | None:
        """The first number as written, None for a bullet."""
        return self.labels[0] if self.labels else None


def line_marker(text: str, start: int = 0, end: int | None = None) -> Marker | None:
    """Return the mark with which the line at an offset starts."""
    match = _LINE_START.match(text, start, len(text) if end is None else end)
    if match is None:
        return None
    written = match["named"] or match["number"] or match["letter"]
    if not written and not match["bullet"]:
        return None
    others = _LABELS.findall((match["more"] or "") + (match["others"] or "")) if written else []
    labels = (written.casefold(), *(other.casefold() for other in others)) if written else ()
    indent = len(match["indent"].replace("\t", " " * _TAB_WIDTH))
    return Marker(match.end("indent"), match.end(), labels, indent, named=_is_named(match))


def _is_named(match: re.Match[str]) -> bool:
    """Tell whether more than the bare number is written."""
    return bool(match["named"]) and not match[0].lstrip(" \t>&gt;-*•_").startswith(match["named"])


def _expected(label: str | None) -> int | None:
    """Return the number that follows a label."""
    return int(label) + 1 if label and label.isdigit() else None


def _candidates(text: str) -> Iterator[Marker]:
    """Yield the marks at the start of lines, and what looks like one inside a line."""
    for line in _LINES.finditer(text):
        first = line_marker(text, line.start(), line.end())
        if first:
            yield first
        for match in _INLINE.finditer(text, first.end if first else line.start(), line.end()):
            yield Marker(match.start(), match.end(), (match["number"],), inline=True)


def find_markers(text: str) -> list[Marker]:
    """Return the marks of a text in order.

    A number inside a line counts only where it continues the numbering, or starts one that goes
    on: "1) … 2) …".
    """
    return list(_consecutive(list(_candidates(text))))


def _consecutive(candidates: Sequence[Marker]) -> Iterator[Marker]:
    """Yield the marks that open a line, and those that go on with a numbering."""
    following: int | None = None
    goes_on = _continued(candidates)
    for place, marker in enumerate(candidates):
        number = int(marker.labels[0]) if marker.inline else None
        if number is None or number == following or (number == 1 and goes_on[place]):
            following = _expected(marker.label) or following
            yield marker


def _continued(candidates: Sequence[Marker]) -> list[bool]:
    """Tell for each candidate whether a later one is numbered "2"."""
    later = False
    flags: list[bool] = []
    for marker in reversed(candidates):
        flags.append(later)
        later = later or marker.label == "2"
    return flags[::-1]

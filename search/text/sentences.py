"""Cut a text into sentences without changing a character of it."""

import re
from collections.abc import Iterator

from search.models import Span

_ABBREVIATIONS = frozenset(
    {"e.g", "i.e", "etc", "vs", "dr", "mr", "mrs", "ms", "prof", "st", "ca", "cf", "fig", "no"}
    | {"approx", "resp", "incl", "ed", "vol", "pp", "ch", "inc", "eq", "al"}
)
_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’)\]]*(?=\s)")
_LAST_WORD = re.compile(r"(?<![\w.])[\w.]++\Z")
_LIST_NUMBER = re.compile(r"\s*(?:\(?\d{1,2}|[a-zA-Z])\Z")


def _trimmed(text: str, start: int, end: int) -> Span | None:
    """Return the span without white space at its ends, None where nothing is left."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if start < end else None


def _is_end(text: str, line_start: int, match: re.Match[str]) -> bool:
    """Tell whether punctuation ends a sentence: not an abbreviation, not a list number."""
    mark = match[0]
    if mark[0] != "." or len(mark) > 1:
        return True
    before = text[max(line_start, match.start() - 24) : match.start()]
    word = _LAST_WORD.search(before)
    if word and word[0].casefold() in _ABBREVIATIONS:
        return False
    if match.start() - line_start <= 4 and _LIST_NUMBER.match(text[line_start : match.start()]):
        return False
    following = text[match.end() :][:3].lstrip()
    return not following[:1].islower()


def _cuts(text: str, start: int, end: int) -> Iterator[int]:
    """Yield the offsets inside one line at which a sentence ends."""
    for match in _END.finditer(text, start, end):
        if _is_end(text, start, match):
            yield match.end()


def sentences(text: str) -> list[Span]:
    """Split a text into sentences; a new line always starts a new one.

    Returns:
        Spans in order, without the white space around them; every other character of the text
        is in exactly one of them.
    """
    spans: list[Span | None] = []
    for line in re.finditer(r"[^\r\n]+", text):
        start = line.start()
        for cut in _cuts(text, line.start(), line.end()):
            spans.append(_trimmed(text, start, cut))
            start = cut
        spans.append(_trimmed(text, start, line.end()))
    return [span for span in spans if span]

"""Shorten verbatim text for a list without losing the words that matter."""

import html
import unicodedata
from collections.abc import Sequence

from search.models import Span

_ELLIPSIS = "…"


def printable(text: str) -> str:
    """Drop control and invisible characters, so that archived text cannot steer a terminal."""
    return "".join(
        char for char in text if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf"}
    )


def display(text: str) -> str:
    """Return a verbatim text as a person reads it: HTML entities decoded, nothing invisible."""
    return printable(html.unescape(text))


def excerpt(text: str, highlights: Sequence[Span], n_chars: int) -> tuple[str, list[Span]]:
    """Cut a verbatim text to about `n_chars` around its first highlight, on one line.

    Returns:
        The excerpt, entities decoded, and where the highlights stand in it.
    """
    focus = highlights[0].start if highlights else 0
    longest = max((span.end - span.start for span in highlights), default=0)
    start = 0 if focus + longest <= n_chars else max(0, focus - n_chars // 3)
    end = min(len(text), start + max(n_chars, focus + longest - start))
    pieces: list[str] = [_ELLIPSIS] if start else []
    spans: list[Span] = []
    position = start
    for span in sorted(highlights, key=lambda span: span.start):
        if not start <= span.start < span.end <= end:
            continue
        pieces.append(_flat(text[position : span.start]))
        marked = _flat(text[span.start : span.end])
        offset = sum(map(len, pieces))
        spans.append(Span(offset, offset + len(marked)))
        pieces.append(marked)
        position = span.end
    pieces.append(_flat(text[position:end]))
    if end < len(text):
        pieces.append(_ELLIPSIS)
    return "".join(pieces), spans


def _flat(text: str) -> str:
    """Decode entities and put a text on one line."""
    return display(text).replace("\n", " ").replace("\t", " ")

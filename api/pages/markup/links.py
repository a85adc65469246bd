"""Which addresses a reader may be sent to."""

import html
import re

_SAFE = re.compile(r"(?:https?://[^\s/?#\\@]|mailto:[^\s@]+@)[^\s<>\"\\\x00-\x20]*", re.IGNORECASE)
_TRAILING = ".,;:!?'\"*_~]"


def safe_href(address: str) -> str | None:
    """Return an address with entities decoded if it is one of http, https or mailto."""
    decoded = html.unescape(address).strip()
    return decoded if _SAFE.fullmatch(decoded) else None


def bare_end(text: str, start: int, end: int) -> int:
    """Return where an address in running text ends: before punctuation of the sentence."""
    while end > start:
        last = text[end - 1]
        closes = last == ")" and text.count(")", start, end) > text.count("(", start, end)
        if last not in _TRAILING and not closes:
            break
        end -= 1
    return end

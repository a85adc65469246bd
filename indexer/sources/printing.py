"""Show names and values of sources in complaints, each of which is one line."""

import unicodedata
from pathlib import Path

MAX_QUOTED = 40

_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def is_printable(text: str) -> bool:
    """Tell whether a text is one line that can be encoded, without control characters."""
    return not any(unicodedata.category(char) in _UNPRINTABLE for char in text)


def escape(text: str) -> str:
    """Escape the characters that are not printable."""
    return "".join(char if is_printable(char) else _escape(char) for char in text)


def quote(text: str) -> str:
    """Quote the start of a value."""
    return f"`{escape(text[:MAX_QUOTED])}{'…' if len(text) > MAX_QUOTED else ''}`"


def printable(path: Path) -> Path:
    """Escape the characters of a path that are not printable."""
    return path if is_printable(str(path)) else Path(escape(str(path)))


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")

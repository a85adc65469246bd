"""Which characters a source may hold, and on which line each of them stands."""

import re

_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]",
)


def find_forbidden(text: str) -> int | None:
    """Find the first character that YAML forbids, as every format here does."""
    found = _FORBIDDEN.search(text)
    return found.start() if found else None


def refusal(char: str) -> str:
    """Say what to do about a character that is not allowed."""
    return f"character U+{ord(char):04X} is not allowed; delete it"


class Lines:
    """Counts the lines up to one position after another."""

    def __init__(self, text: str, first: int = 1) -> None:
        """Start on line `first` of the file that holds the text."""
        self._text = text
        self._first = first
        self._position = 0
        self._line = first

    def at(self, position: int) -> int:
        """Get the line of a position; cheap where positions grow."""
        if position < self._position:
            self._position, self._line = 0, self._first
        self._line += self._text.count("\n", self._position, position)
        self._position = position
        return self._line

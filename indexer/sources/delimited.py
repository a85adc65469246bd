"""Split CSV text into cells that know their lines.

RFC 4180 with comma, semicolon or tab. The module csv is not used, because it counts a row with
line breaks inside quotes by its last line, lets one quote that is never closed swallow the rest
of the file, and limits a cell's size by a setting of the whole process. Here a row that cannot
be split is reported, and reading goes on with the next line. Nothing recurses or backtracks.

References:
    RFC 4180. https://www.rfc-editor.org/rfc/rfc4180
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from indexer.sources.characters import Lines
from indexer.sources.fields import Report
from indexer.sources.printing import quote
from indexer.sources.records import BrokenSourceError

DELIMITERS = (",", ";", "\t")

_QUOTED = r'"([^"]*+(?:""[^"]*+)*+)"'


@dataclass(frozen=True, slots=True)
class Cell:
    """One value, without its quotes, and the line on which it starts."""

    text: str
    line: int


Row = tuple[Cell, ...]


def split_rows(text: str, delimiter: str, report: Report) -> Iterator[Row]:
    """Split a text, line ends as line feeds, into rows; blank ones are left out.

    Args:
        text: The whole file.
        delimiter: What stands between cells.
        report: Told of every row that cannot be split; the next one is tried on the line after
            the one on which the broken cell starts.
    """
    splitter = _Splitter(text, delimiter)
    position = 0
    while position < len(text):
        try:
            row, position = splitter.split(position)
        except _BrokenCellError as exc:
            report.error(exc.line, exc.message)
            position = text.find("\n", exc.position) + 1 or len(text)
        else:
            if any(cell.text.strip() for cell in row):
                yield row


class _BrokenCellError(BrokenSourceError):
    """A cell whose quotes are not balanced, and where it starts."""

    def __init__(self, line: int, message: str, position: int) -> None:
        super().__init__(line, message)
        self.position = position


class _Splitter:
    """Splits one row after another."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._text = text
        self._delimiter = delimiter
        self._lines = Lines(text)
        escaped = re.escape(delimiter)
        self._cell = re.compile(rf'{_QUOTED}|((?!")[^{escaped}\n]*+)')

    def split(self, position: int) -> tuple[Row, int]:
        """Split the row at a position; give it and where the next one starts."""
        cells: list[Cell] = []
        while True:
            cell, position = self._split_cell(position)
            cells.append(cell)
            if not self._text.startswith(self._delimiter, position):
                return tuple(cells), position + 1
            position += 1

    def _split_cell(self, position: int) -> tuple[Cell, int]:
        line = self._lines.at(position)
        found = self._cell.match(self._text, position)
        if found is None:
            start = self._excerpt(position)
            advice = "close it, or double the quotes inside a cell"
            raise _BrokenCellError(line, f"nothing closes the quote of {start}; {advice}", position)
        end = found.end()
        if end < len(self._text) and self._text[end] not in (self._delimiter, "\n"):
            rest = self._excerpt(end)
            message = f"{rest} follows a closing quote; double the quotes inside a cell"
            raise _BrokenCellError(line, message, position)
        text = found[2] if found[1] is None else found[1].replace('""', '"')
        return Cell(text, line), end

    def _excerpt(self, position: int) -> str:
        return quote(self._text[position : position + 80].partition("\n")[0])

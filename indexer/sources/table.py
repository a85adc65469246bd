"""Read question/answer records from CSV: a line of column names, then one record a row."""

import difflib
import re
from collections.abc import Iterable, Sequence

from indexer.sources import frontmatter
from indexer.sources.characters import find_forbidden, refusal
from indexer.sources.delimited import DELIMITERS, Cell, Row, split_rows
from indexer.sources.fields import Fields, Report
from indexer.sources.files import SourceFile
from indexer.sources.pairs import (
    FIELDS,
    LABEL,
    REQUIRED,
    PairFile,
    PairRecord,
    read_record,
    refuse_hopeless,
)
from indexer.sources.printing import quote
from indexer.sources.records import BrokenSourceError
from indexer.sources.yaml_safe import MappingNode, ScalarNode

NAME = "csv"
SUFFIXES = frozenset({".csv", ".tsv"})

_HEAD_BYTES = 4096
_MAX_NAMED = 12
_LIKENESS = 0.7
_FEWEST_LIKE = 2
_COLUMN = re.compile(r"[\w .-]{1,40}")


def is_csv(file: SourceFile) -> bool:
    """Tell whether the first line names question and answer, or nearly so."""
    text = frontmatter.decode_head(file.data[:_HEAD_BYTES]).replace("\r", "\n")
    names = _guess_names(text, _delimiter(text))
    return len({_nearest(name, REQUIRED) for name in names} - {None}) >= _FEWEST_LIKE


def read_csv(file: SourceFile) -> PairFile:
    """Read one table of records.

    Raises:
        BrokenSourceError: If nothing of the file can be used.
    """
    text = frontmatter.decode_filled(file.data)
    report = Report(file.path)
    delimiter = _delimiter(text)
    rows = split_rows(text, delimiter, report)
    header = next(rows, ())
    for complaint in report.complaints:
        raise BrokenSourceError(complaint.line, f"in the column names, {complaint.message}")
    if not header:
        raise BrokenSourceError(1, f"has no column names; start it with {','.join(REQUIRED)}")
    columns = _Columns(header, delimiter, report)
    records = list(_read_rows(rows, columns, file.path.stem, report))
    refuse_hopeless(records, report, "no row is a record")
    if not records:
        report.notice(1, "holds no record that can be read; nothing to search in it yet")
    return PairFile(file.path, NAME, records, report.complaints)


def _read_rows(
    rows: Iterable[Row], columns: "_Columns", stem: str, report: Report
) -> Iterable[PairRecord]:
    for row in rows:
        try:
            fields = Fields(columns.to_node(row), LABEL, report)
            yield read_record(fields, stem=stem, report=report)
        except BrokenSourceError as exc:
            report.error(exc.line, exc.message)


def _delimiter(text: str) -> str:
    """Find the delimiter that makes most sense of the first line."""

    def sense(delimiter: str) -> tuple[int, int]:
        names = _guess_names(text, delimiter)
        return sum(name.lower() in FIELDS for name in names), len(names)

    return max(DELIMITERS, key=sense)


def _guess_names(text: str, delimiter: str) -> list[str]:
    """Split the first line that is not blank, whether or not its quotes are balanced."""
    line = text.lstrip("\n").partition("\n")[0]
    return [name.strip().strip('"') for name in line.split(delimiter)]


def _nearest(name: str, wanted: Sequence[str]) -> str | None:
    if not _COLUMN.fullmatch(name):
        return None
    near = difflib.get_close_matches(name.lower(), wanted, n=1, cutoff=_LIKENESS)
    return near[0] if near else None


class _Columns:
    """The columns of a table, those that nothing reads left out."""

    def __init__(self, header: Row, delimiter: str, report: Report) -> None:
        """Check the names of the columns.

        Raises:
            BrokenSourceError: If one is missing or comes twice.
        """
        self._header = header
        self._delimiter = delimiter
        self._names = [cell.text.strip() for cell in header]
        self._line = header[0].line
        self._refuse_missing()
        self._refuse_repeated()
        for place, cell in enumerate(header, start=1):
            if cell.text.strip() not in FIELDS:
                report.notice(cell.line, f"{self._describe(place)}; ignored")

    def to_node(self, row: Row) -> MappingNode:
        """Pair the cells of a row with the names of their columns.

        Raises:
            BrokenSourceError: If there are more or fewer cells than columns.
        """
        if len(row) != len(self._names):
            raise BrokenSourceError(
                row[0].line,
                f"has {len(row)} cells, but line {self._line} names {len(self._names)} columns; "
                f"put a cell that holds {quote(self._delimiter)} or a line break in quotes",
            )
        cells = {name: cell for name, cell in zip(self._names, row, strict=True) if name in FIELDS}
        return MappingNode(
            values={name: _to_scalar(cell) for name, cell in cells.items()},
            keys={name: cell.line for name, cell in cells.items()},
            line=row[0].line,
        )

    def _describe(self, place: int) -> str:
        name = self._names[place - 1]
        return f"column {quote(name)} is unknown" if name else f"column {place} has no name"

    def _refuse_missing(self) -> None:
        missing = [name for name in REQUIRED if name not in self._names]
        if missing:
            raise BrokenSourceError(
                self._line,
                f"has no column {_enumerate(missing)}; found {_enumerate(self._names)}, needed "
                f"{_enumerate(REQUIRED)}; {self._advise(missing)}",
            )

    def _refuse_repeated(self) -> None:
        for name in FIELDS:
            if self._names.count(name) > 1:
                raise BrokenSourceError(
                    self._line, f"has the column `{name}` twice; rename or delete one"
                )

    def _advise(self, missing: Sequence[str]) -> str:
        if len(self._names) == 1:
            return "separate columns by comma, semicolon or tab"
        nearest = {name: _nearest(name, missing) for name in self._names if name not in FIELDS}
        renames = [f"rename {quote(name)} to `{near}`" for name, near in nearest.items() if near]
        return ", ".join(renames) or "add it"


def _enumerate(names: Sequence[str]) -> str:
    named = ", ".join(map(quote, names[:_MAX_NAMED]))
    rest = len(names) - _MAX_NAMED
    return f"{named} and {rest} more" if rest > 0 else named


def _to_scalar(cell: Cell) -> ScalarNode:
    position = find_forbidden(cell.text)
    if position is not None:
        line = cell.line + cell.text.count("\n", 0, position)
        raise BrokenSourceError(line, refusal(cell.text[position]))
    return ScalarNode(cell.text, cell.line)

"""Read the questions of a batch: a line each, a CSV column or a JSON field."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from search.errors import InvalidQueryError, StorageError

COLUMNS = ("text", "question", "post", "message")
_SUFFIXES = (".csv", ".jsonl", ".txt")
MAX_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One question with the line that it starts on; `problem` says why it cannot be read."""

    line: int
    text: str
    problem: str | None = None


def read_questions(path: Path) -> list[Row]:
    """Read a file of questions; a row that cannot be read is kept with its problem.

    Raises:
        InvalidQueryError: If the file is missing, of an unknown kind, too large, not UTF-8, has
            no column of questions, or no questions.
    """
    readers = {".csv": _csv_rows, ".jsonl": _jsonl_rows, ".txt": _text_rows}
    suffix = path.suffix.casefold()
    if suffix not in readers:
        raise InvalidQueryError(f"{path}: the name ends in none of {', '.join(_SUFFIXES)}")
    rows = list(readers[suffix](path, _text_of(path)))
    if not rows:
        raise InvalidQueryError(f"{path}: holds no questions")
    return rows


def _text_of(path: Path) -> str:
    """Read a file that is not too large."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InvalidQueryError(f"{path}: larger than {MAX_BYTES // 2**20} MB; split it")
        return path.read_text("utf-8-sig")
    except (FileNotFoundError, IsADirectoryError) as exc:
        raise InvalidQueryError(f"{path}: no such file of questions") from exc
    except UnicodeDecodeError as exc:
        raise InvalidQueryError(f"{path}: not UTF-8 text (byte {exc.start})") from exc
    except OSError as exc:
        raise StorageError(f"{path}: {exc.strerror or exc}") from exc


def _text_rows(path: Path, text: str) -> Iterator[Row]:
    """Yield the lines that are not blank."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield Row(number, line.strip())


def _jsonl_rows(path: Path, text: str) -> Iterator[Row]:
    """Yield the question of each object, or of each string."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield _jsonl_row(number, line)


def _jsonl_row(number: int, line: str) -> Row:
    """Read one line of JSON."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as exc:
        return Row(number, "", f"not JSON ({str(exc)[:80]})")
    if isinstance(value, str):
        return Row(number, value)
    found = [value[name] for name in COLUMNS if name in value] if isinstance(value, dict) else []
    if not found:
        return Row(number, "", f"has none of the fields {', '.join(COLUMNS)}")
    if not isinstance(found[0], str):
        return Row(number, "", "the question is not a text")
    return Row(number, found[0])


def _csv_rows(path: Path, text: str) -> Iterator[Row]:
    """Yield the column of questions."""
    reader = csv.reader(io.StringIO(text))
    try:
        header = [name.strip().casefold() for name in next(reader, [])]
        column = next((header.index(name) for name in COLUMNS if name in header), None)
        if column is None:
            raise InvalidQueryError(
                f"{path}:1: no column of questions; name one of them {' or '.join(COLUMNS)} "
                f"(found: {', '.join(header)[:200] or 'nothing'})"
            )
        start = reader.line_num + 1
        for cells in reader:
            line, start = start, reader.line_num + 1
            if any(cell.strip() for cell in cells):
                yield _csv_row(line, cells, column, len(header))
    except csv.Error as exc:
        raise InvalidQueryError(f"{path}:{reader.line_num}: not CSV ({exc})") from exc


def _csv_row(line: int, cells: list[str], column: int, n_columns: int) -> Row:
    """Take the question out of a record.

    In a file of one column the commas of a question need no quotation marks.
    """
    if n_columns == 1:
        return Row(line, ",".join(cells))
    if any(cell.strip() for cell in cells[n_columns:]):
        return Row(
            line,
            "",
            f"has {len(cells)} columns, the header {n_columns}: put a text with commas in "
            "quotation marks",
        )
    if column >= len(cells):
        return Row(line, "", f"has {len(cells)} columns, the question is in column {column + 1}")
    return Row(line, cells[column])

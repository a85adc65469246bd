"""Lines of a tab-separated or JSON Lines file, each of which knows where it stands."""

import json
import re
import reprlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from search.errors import CorpusError, StorageError

_UNFIT_FOR_A_COLUMN = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank; `number` counts from 1."""

    path: Path
    number: int
    text: str

    def error(self, complaint: str) -> CorpusError:
        """Make the error that points at this line."""
        return CorpusError(f"{self.path}:{self.number}: {complaint}")

    def columns(self, *names: str) -> list[str]:
        """Split the line at its tabs into exactly the named columns.

        Raises:
            CorpusError: If there are more or fewer columns.
        """
        values = self.text.split("\t")
        if len(values) != len(names):
            raise self.error(
                f"{len(values)} columns; give {len(names)}, separated by tabs: {', '.join(names)}"
            )
        return values

    def record(self) -> dict[str, object]:
        """Parse the line as one JSON object.

        Raises:
            CorpusError: If it is anything else.
        """
        try:
            value = json.loads(self.text)
        except (ValueError, RecursionError) as exc:
            raise self.error(f"not JSON ({exc}); give one object a line") from exc
        if not isinstance(value, dict):
            raise self.error(f"{reprlib.repr(value)} is not a JSON object; give one object a line")
        return value


def read_lines(path: Path) -> Iterator[Line]:
    """Read a UTF-8 file line by line, without its blank lines.

    Raises:
        CorpusError: If there is no such file or a line is not UTF-8.
        StorageError: If the file cannot be read.
    """
    for number, raw in enumerate(_read(path).split(b"\n"), start=1):
        line = Line(path, number, _decode(raw, path, number).removesuffix("\r"))
        if line.text.strip():
            yield line


def fits_a_column(value: str) -> bool:
    """Tell whether a name can stand in a tab-separated file."""
    return bool(value.strip()) and not _UNFIT_FOR_A_COLUMN.search(value)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise CorpusError(f"{path}: no such file; give the folder that holds it") from exc
    except OSError as exc:
        raise StorageError(f"{path}: cannot be read ({exc.strerror})") from exc


def _decode(raw: bytes, path: Path, number: int) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise CorpusError(f"{path}:{number}: not UTF-8 ({exc.reason}); save it as UTF-8") from exc

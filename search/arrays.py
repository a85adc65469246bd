"""Write arrays so that every error of the disk is told."""

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray


class _Sink:
    """A file of which NumPy sees only that it can be written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        """Write some bytes."""
        return self._file.write(data)


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array in NumPy's format, the same bytes as `numpy.save`.

    Given a file's name, NumPy writes through C's buffers and loses the error that comes with the
    last bytes: on a full disk the file is cut, and nobody is told.

    Raises:
        OSError: If the disk is full, read-only or fails.
    """
    try:
        with path.open("wb") as file:
            np.save(_Sink(file), array, allow_pickle=False)
    except OSError as exc:
        exc.filename = exc.filename or str(path)
        raise

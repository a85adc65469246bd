"""Arrays on the disk, with every error of it told, and how to go through parts of them."""

import errno
import os
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from search.files import storage_errors

Number = TypeVar("Number", bound=np.number[Any])


class _Sink:
    """A file of which NumPy sees only that it can be written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        """Write some bytes."""
        return self._file.write(data)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be written; its errors name it, which those of a write alone do not.

    Raises:
        OSError: If the disk is full, read-only or fails.
    """
    try:
        with path.open("wb") as file:
            yield file
    except OSError as exc:
        exc.filename = exc.filename or str(path)
        raise


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array in NumPy's format, the same bytes as `numpy.save`.

    Given a file's name, NumPy writes through C's buffers and loses the error that comes with the
    last bytes: on a full disk the file is cut, and nobody is told.

    Raises:
        OSError: If the disk is full, read-only or fails.
    """
    with writing(path) as file:
        np.save(_Sink(file), array, allow_pickle=False)


def write_rows(path: Path, blocks: Iterable[NDArray[Any]], *, empty: np.dtype[Any]) -> None:
    """Write arrays one behind the other as one, the same bytes as `write_array` would.

    Args:
        path: The file.
        blocks: Arrays of one type and of equal rows; only one is in memory at a time.
        empty: The type of the array where there is none.

    Raises:
        OSError: If the disk is full, read-only or fails.
    """
    blocks = iter(blocks)
    first = np.ascontiguousarray(next(blocks, np.zeros(0, dtype=empty)))
    n_rows = 0
    with writing(path) as file:
        _write_header(file, first, n_rows)
        for block in chain([first], blocks):
            file.write(np.ascontiguousarray(block).data)
            n_rows += len(block)
        # NumPy leaves room for any number of rows.
        file.seek(0)
        _write_header(file, first, n_rows)


def _write_header(file: BinaryIO, block: NDArray[Any], n_rows: int) -> None:
    """Write what comes before so many rows like those of an array."""
    facts = np.lib.format.header_data_from_array_1_0(block)
    facts["shape"] = (n_rows, *block.shape[1:])
    np.lib.format.write_array_header_1_0(file, facts)


def ranges(
    starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers in all ranges one after the other, and how many each range has."""
    counts = ends - starts
    before = np.cumsum(counts) - counts
    return np.arange(int(counts.sum())) + np.repeat(starts - before, counts), counts


def largest_of_each(values: NDArray[Number], counts: NDArray[np.int64]) -> NDArray[Number]:
    """Return the largest values `(..., n)` of each owner that has any, so many each."""
    some = counts[counts > 0]
    return np.asarray(np.maximum.reduceat(values, np.cumsum(some) - some, axis=-1))


def mean_of_columns(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each column, its numbers added as NumPy adds those of a row.

    NumPy adds rows in pairs and columns from above, which can differ in the last bit.
    """
    return np.asarray(np.ascontiguousarray(values.T).mean(axis=1))


class StoredRows:
    """Rows of equal size in a file, read where they are wanted.

    Of a mapped file the system maps the surroundings of each row too: that takes longer, and before
    long the whole file would count as memory of the process.
    """

    def __init__(self, path: Path, *, start: int, row_bytes: int) -> None:
        """Open a file whose rows begin at byte `start`.

        Raises:
            StorageError: If it cannot be read.
        """
        with storage_errors(path):
            self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        self._path = path
        self._start = start
        self._row_bytes = row_bytes

    def take(self, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return copies of rows by number, `(n, row_bytes)`; neighbours are read together.

        Raises:
            StorageError: If the file cannot be read, or was cut.
        """
        first = np.flatnonzero(np.diff(numbers, prepend=-2) != 1)
        n_rows = np.diff(first, append=len(numbers))
        file, start, size = self._file, self._start, self._row_bytes
        runs = zip(numbers[first].tolist(), n_rows.tolist(), strict=True)
        with storage_errors(self._path):
            data = b"".join([os.pread(file, n * size, start + number * size) for number, n in runs])
            if len(data) != len(numbers) * size:
                raise OSError(errno.EIO, "the file is shorter than it was", str(self._path))
        return np.frombuffer(data, np.uint8).reshape(-1, size)

import errno
import io
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pytest

from search.arrays import StoredRows, mean_of_columns, ranges, write_array, write_rows
from search.dense import write_dense
from search.errors import StorageError
from search.lists import Lists
from search.models import PassageKind
from tests.needs import disk, require

ARRAYS = [
    np.arange(10, dtype=np.int64),
    np.zeros(0, dtype=np.float32),
    np.ones((3, 4), dtype=np.float32),
    np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    np.zeros(5, dtype=[("start", "<u4"), ("codes", "u1", (3,))]),
]


@pytest.mark.parametrize("array", ARRAYS, ids=["whole", "empty", "table", "columns", "records"])
def test_the_bytes_are_those_of_numpy(array: np.ndarray, tmp_path: Path) -> None:
    write_array(tmp_path / "array.npy", array)
    expected = io.BytesIO()
    np.save(expected, array)
    assert (tmp_path / "array.npy").read_bytes() == expected.getvalue()


@pytest.mark.parametrize("array", ARRAYS, ids=["whole", "empty", "table", "columns", "records"])
@pytest.mark.parametrize("n_blocks", [1, 2, 5])
def test_blocks_are_written_as_one_array(array: np.ndarray, n_blocks: int, tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.npy", iter(np.array_split(array, n_blocks)), empty=np.dtype("i1"))
    write_array(tmp_path / "array.npy", np.ascontiguousarray(array))
    assert (tmp_path / "rows.npy").read_bytes() == (tmp_path / "array.npy").read_bytes()


def test_no_blocks_are_an_empty_array(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.npy", [], empty=np.dtype("<u4"))
    written = np.load(tmp_path / "rows.npy")
    assert (written.shape, written.dtype) == ((0,), np.dtype("<u4"))


def test_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        write_array(tmp_path / "array.npy", np.array([object()]))


@pytest.mark.parametrize(
    "write",
    [
        write_array,
        lambda path, array: write_rows(path, [array], empty=array.dtype),
        lambda path, array: write_dense(path, array.reshape(-1, 100).astype(np.float32)),
    ],
    ids=["array", "rows", "dense"],
)
def test_a_full_disk_is_told_with_its_path(
    write: Callable[[Path, np.ndarray], None], tmp_path: Path
) -> None:
    require("mount")
    with disk(tmp_path, size="64k") as small:
        with pytest.raises(OSError, match="No space left") as caught:
            write(small / "array.npy", np.zeros(100_000))
        assert caught.value.errno == errno.ENOSPC
        assert caught.value.filename == str(small / "array.npy")


def test_a_full_disk_is_told_with_the_path_of_lists(tmp_path: Path) -> None:
    require("mount")
    index = faiss.IndexFlatIP(100)
    index.add(np.zeros((1_000, 100), dtype=np.float32))
    with disk(tmp_path, size="64k") as small:
        with pytest.raises(OSError, match="No space left") as caught:
            Lists({PassageKind.QUESTION: index}).write(small / "lists")
        assert caught.value.filename == str(small / "lists" / "question.faiss")


def test_ranges_stand_one_behind_the_other() -> None:
    numbers, counts = ranges(np.array([7, 3, 3, 0]), np.array([9, 3, 6, 1]))
    assert numbers.tolist() == [7, 8, 3, 4, 5, 0]
    assert counts.tolist() == [2, 0, 3, 1]


def test_no_ranges_have_no_numbers() -> None:
    numbers, counts = ranges(np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert (numbers.tolist(), counts.tolist()) == ([], [])


@pytest.mark.parametrize("shape", [(1, 1), (9, 4), (40, 1), (129, 7)])
def test_columns_have_the_mean_that_they_have_as_rows(shape: tuple[int, int]) -> None:
    columns = np.random.default_rng(5).normal(size=shape)
    alone = [float(np.array(column).mean()) for column in columns.T.tolist()]
    assert mean_of_columns(columns).tolist() == alone


@pytest.mark.parametrize("numbers", [[], [4], [0, 1, 2, 7, 9], [9, 3, 4, 3, 0], list(range(10))])
def test_stored_rows_are_read_by_number(tmp_path: Path, numbers: list[int]) -> None:
    rows = np.random.default_rng(7).integers(0, 256, (10, 3), dtype=np.uint8)
    (tmp_path / "rows").write_bytes(b"head" + rows.tobytes())
    stored = StoredRows(tmp_path / "rows", start=4, row_bytes=3)
    assert np.array_equal(stored.take(np.array(numbers, np.int64)), rows[numbers])


def test_a_file_that_was_cut_is_told(tmp_path: Path) -> None:
    (tmp_path / "rows").write_bytes(bytes(30))
    stored = StoredRows(tmp_path / "rows", start=0, row_bytes=3)
    (tmp_path / "rows").write_bytes(bytes(14))
    with pytest.raises(StorageError, match=r"rows.*shorter than it was"):
        stored.take(np.arange(2, 7))

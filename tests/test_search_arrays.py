import errno
import io
from pathlib import Path

import numpy as np
import pytest

from search.arrays import write_array
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


def test_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        write_array(tmp_path / "array.npy", np.array([object()]))


def test_a_full_disk_is_told_with_its_path(tmp_path: Path) -> None:
    require("mount")
    with disk(tmp_path, size="64k") as small:
        with pytest.raises(OSError, match="No space left") as caught:
            write_array(small / "array.npy", np.zeros(100_000))
        assert caught.value.errno == errno.ENOSPC
        assert caught.value.filename == str(small / "array.npy")

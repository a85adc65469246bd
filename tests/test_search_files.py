"""Errors of the disk, writing that survives a crash, and space."""

import errno
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from search.errors import (
    StorageError,
)
from search.files import require_space, storage_errors, sync_folder, write_durably


def raise_error(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "/x/y: No space.*free some"),
        (OSError(errno.EROFS, "Read-only file system"), "here: Read-only.*with --bundle"),
        (OSError(errno.EIO, "Input/output error", "lexical"), "here: Input.*check the disk"),
        (OSError("4 requested and 1 written"), "here: 4 requested.*check the path and the disk"),
        (PermissionError(errno.EACCES, "Permission denied", b"x"), "here: Perm.*who owns"),
    ],
)
def test_errors_of_the_system_name_path_cause_and_remedy(error: OSError, message: str) -> None:
    with (
        pytest.raises(StorageError, match=f"{message}.*; all is well"),
        storage_errors(Path("here"), outcome="all is well"),
    ):
        raise error


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (sqlite3.SQLITE_FULL, "here: said; free some space"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, "here: said; name a place"),
        (sqlite3.SQLITE_IOERR_FSYNC, "here: said; the device reports"),
        (sqlite3.SQLITE_BUSY, "here: said; check the path"),
    ],
)
def test_errors_of_sqlite_are_told_like_those_of_the_system(code: int, message: str) -> None:
    error = sqlite3.OperationalError("said")
    error.sqlite_errorcode = code
    with pytest.raises(StorageError, match=message), storage_errors(Path("here")):
        raise error


def test_a_mistake_in_a_statement_is_no_storage_error() -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"), storage_errors(Path("x")):
        sqlite3.connect(":memory:").execute("SELECT * FROM unknown")


def test_too_little_space_is_said_with_figures(tmp_path: Path) -> None:
    require_space(tmp_path, 1)
    with pytest.raises(StorageError, match=r"[\d.]+ MB are free, about 1200000000000.0 MB are"):
        require_space(tmp_path, 1e18)


def test_space_is_not_asked_where_it_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil._ntuple_diskusage(0, 0, 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    require_space(tmp_path, 1e18)


def test_a_failed_write_leaves_the_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_durably(tmp_path / "x", b"one")
    monkeypatch.setattr(os, "fsync", raise_error)
    with pytest.raises(OSError, match="Input/output"):
        write_durably(tmp_path / "x", b"two")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x", b"one")]


@pytest.mark.parametrize(("number", "passes"), [(errno.EINVAL, True), (errno.EIO, False)])
def test_a_file_system_need_not_sync_folders(
    number: int, passes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(number, "said")

    monkeypatch.setattr(os, "fsync", fail)
    if passes:
        sync_folder(tmp_path)
    else:
        with pytest.raises(OSError, match="said"):
            sync_folder(tmp_path)

"""Write files so that a crash leaves the old state or the new one, and check what is read."""

import errno
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from search.errors import StorageError

Checker = Callable[[Path], str]
"""Returns the SHA-256 of a file."""

_REMEDY = {
    errno.ENOSPC: "free some space and run the command again",
    errno.EDQUOT: "free some of your quota and run the command again",
    errno.EROFS: "name a place that can be written with --bundle",
    errno.EACCES: "check who owns the folder, or name another with --bundle",
    errno.EPERM: "check who owns the folder, or name another with --bundle",
    errno.EIO: "the device reports an error: check the disk",
}
_SQLITE = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_BUSY: errno.EBUSY,
}
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP})
_SPARE = 1.2
_MB = 1e6


@contextmanager
def storage_errors(path: Path, *, outcome: str = "nothing was changed") -> Iterator[None]:
    """Translate errors of the operating system and of SQLite about `path`.

    Args:
        path: What to name where an error names nothing.
        outcome: What is so after an error.

    Raises:
        StorageError: Naming the path, the cause and what to do.
    """
    try:
        yield
    except OSError as exc:
        named = exc.filename if isinstance(exc.filename, str) else ""
        # A name alone is relative to a folder that was open.
        place = named if os.sep in named else str(path)
        reason = exc.strerror or str(exc)
        raise _storage_error(place, exc.errno or 0, reason, outcome) from exc
    except sqlite3.OperationalError as exc:
        if primary_code(exc) not in _SQLITE:
            raise
        number = _SQLITE[primary_code(exc)]
        raise _storage_error(str(path), number, str(exc), outcome) from exc


def _storage_error(place: str, number: int, reason: str, outcome: str) -> StorageError:
    """Say what failed where, what to do about it and what is so now."""
    remedy = _REMEDY.get(number, "check the path and the disk, and try again")
    return StorageError(f"{place}: {reason}; {remedy}; {outcome}")


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's code of an error without its details; 0 where it has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def require_space(folder: Path, size_bytes: float) -> None:
    """Refuse to begin what would not fit, with a fifth to spare.

    Raises:
        StorageError: Naming what is free and what is needed.
    """
    with storage_errors(folder):
        usage = shutil.disk_usage(folder)
    needed = _SPARE * size_bytes
    if usage.total and usage.free < needed:
        raise StorageError(
            f"{folder}: {usage.free / _MB:.1f} MB are free, about {needed / _MB:.1f} MB are "
            "needed; free some space and run the command again; nothing was changed"
        )


def sync_file(path: Path) -> None:
    """Force a file's content to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Force a folder's entries to the disk, where the file system can do that."""
    try:
        sync_file(path)
    except OSError as exc:
        if exc.errno not in _NO_FOLDER_SYNC:
            raise


def sync_tree(folder: Path) -> None:
    """Force every file and folder below `folder`, and itself, to the disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            sync_folder(path)
        else:
            sync_file(path)
    sync_folder(folder)


def write_durably(path: Path, data: bytes) -> None:
    """Replace a file's content in one step that survives a crash at any moment."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        # What cannot be removed now is a leftover that the next writer removes.
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Write files so that a crash leaves the old state or the new one, and check what is read."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search.errors import StorageError

_REMEDY = {
    errno.ENOSPC: "free some space and run the command again",
    errno.EDQUOT: "free some of your quota and run the command again",
    errno.EROFS: "name a place that can be written with --bundle",
    errno.EACCES: "check who owns the folder, or name another with --bundle",
    errno.EPERM: "check who owns the folder, or name another with --bundle",
    errno.EIO: "the device reports an error: check the disk",
}
_BLOCK_BYTES = 1 << 20


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Translate operating system errors about `path`.

    Raises:
        StorageError: Naming the path, the cause and what to do.
    """
    try:
        yield
    except OSError as exc:
        place = exc.filename if isinstance(exc.filename, str) else str(path)
        remedy = _REMEDY.get(exc.errno or 0, "check the path and try again")
        reason = exc.strerror or str(exc)
        raise StorageError(f"{place}: {reason}; {remedy}; nothing was changed") from exc


def sync_file(path: Path) -> None:
    """Force a file's content to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


sync_folder = sync_file


def sync_tree(folder: Path) -> None:
    """Force every file and folder below `folder`, and itself, to the disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
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
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""One writer at a time, also across processes; the lock of a dead process is free."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search.errors import BundleLockedError
from search.files import write_durably

_LOCK = ".lock"
_OWNER = ".owner"
_PID = re.compile(r"process (\d{1,9}) ")
_PATIENCE_S = 0.5
_POLL_S = 0.01


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder.

    Raises:
        BundleLockedError: If another process holds it; names its process id and since when.
        OSError: If the folder cannot be written.
    """
    # Reading needs no lock, and this brings asyncio into the process.
    from filelock import FileLock, Timeout

    lock = FileLock(folder / _LOCK)
    owner = folder / _OWNER
    try:
        lock.acquire(timeout=0)
    except Timeout as exc:
        raise BundleLockedError(
            f"{folder}: {_owner(owner)} is writing this bundle; wait until it is done"
        ) from exc
    try:
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        write_durably(owner, f"process {os.getpid()} (since {since})".encode())
        try:
            yield
        finally:
            owner.unlink(missing_ok=True)
    finally:
        lock.release()


def _owner(path: Path) -> str:
    """Return who holds the lock; waits a moment for one who took it just now to say so."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        said = _read(path)
        name = _PID.match(said)
        if name and _is_alive(int(name[1])):
            return said
        if time.monotonic() > deadline:
            return "another process"
        time.sleep(_POLL_S)


def _read(path: Path) -> str:
    """Read who says that they hold the lock; empty where nobody does."""
    try:
        return path.read_bytes()[:80].decode("ascii", "replace")
    except OSError:
        return ""


def _is_alive(pid: int) -> bool:
    """Tell whether there is such a process."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True

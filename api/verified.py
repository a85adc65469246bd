"""Remember which files were verified, so that a command need not hash them again.

A file is the one that was verified while its device, inode, size and modification time are. The
server and `answers verify` never use this: they hash everything.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

from search.files import sha256_of

_MOST_ENTRIES = 1_000


def cache_file() -> Path:
    """Return where it is remembered: below the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "answers" / "verified.json"


def remembered_checker(cache: Path | None = None) -> Callable[[Path], str]:
    """Return a function from a file to its SHA-256 that hashes unchanged files once.

    Where the cache cannot be read or written every file is hashed, which is only slower.
    """
    path = cache or cache_file()
    known = _read(path)

    def checker(file: Path) -> str:
        key = _key(file)
        if key not in known:
            known[key] = sha256_of(file)
            _write(path, known)
        return known[key]

    return checker


def _key(file: Path) -> str:
    """Identify a file's content without reading it."""
    facts = file.stat()
    return f"{facts.st_dev}:{facts.st_ino}:{facts.st_size}:{facts.st_mtime_ns}"


def _read(path: Path) -> dict[str, str]:
    """Read what is remembered; nothing where that is not possible."""
    try:
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(raw, dict):
        return {}
    return {str(key): str(value) for key, value in raw.items()}


def _write(path: Path, known: dict[str, str]) -> None:
    """Write the newest entries; skipped where the folder cannot be written."""
    newest = dict(list(known.items())[-_MOST_ENTRIES:])
    temporary = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(newest), "utf-8")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)

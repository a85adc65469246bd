"""Remember which files were verified, so that a command need not hash them again.

A file is the one that was verified while its device, inode, size and times are. The server and
`answers verify` never use this: they hash everything.
"""

import json
import os
import time
from contextlib import suppress
from pathlib import Path

from search.files import Checker, sha256_of

_MOST_ENTRIES = 1_000
# A change so soon after the last one may leave the times as they are.
_SETTLED_NS = 2_000_000_000


def cache_file() -> Path | None:
    """Return where it is remembered, below the user's cache folder; None without a home."""
    home = os.environ.get("XDG_CACHE_HOME")
    try:
        folder = Path(home) if home else Path.home() / ".cache"
    except RuntimeError:
        return None
    return folder / "answers" / "verified.json"


def remembered_checker(cache: Path | None = None) -> Checker:
    """Return a function from a file to its SHA-256 that hashes unchanged files once.

    Where the cache cannot be read or written every file is hashed, which is only slower.
    """
    path = cache or cache_file()
    if path is None:
        return sha256_of
    known = _read(path)

    def checker(file: Path) -> str:
        facts = file.stat()
        key = _key(facts)
        if key in known:
            return known[key]
        digest = sha256_of(file)
        if time.time_ns() - max(facts.st_mtime_ns, facts.st_ctime_ns) > _SETTLED_NS:
            known[key] = digest
            _write(path, known)
        return digest

    return checker


def _key(facts: os.stat_result) -> str:
    """Identify a file's content without reading it."""
    times = f"{facts.st_mtime_ns}:{facts.st_ctime_ns}"
    return f"{facts.st_dev}:{facts.st_ino}:{facts.st_size}:{times}"


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
        with suppress(OSError):
            temporary.unlink()

"""Find and open files so that nothing hangs and nothing outside the sources is read.

What lies in a folder under a name that is wanted but cannot be used is skipped with a reason.
Links are never followed inside a folder; only one that the user names as a source is. Other
files, and all whose names start with a dot, are left alone.
"""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from indexer.sources.printing import is_printable, printable
from indexer.sources.records import BrokenSourceError, Complaint, Severity

MAX_FILE_BYTES = 32 * 1024 * 1024

_OPEN_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY")
)
_SPECIAL = frozenset({stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFBLK})
_OF_THE_REPOSITORY = frozenset({"readme.md", "changelog.md", "contributing.md", "license.md"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The bytes of a file, and its path as the user gave it."""

    path: Path
    data: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """Files to read, in the order of their paths, and what was skipped."""

    paths: tuple[Path, ...] = ()
    complaints: tuple[Complaint, ...] = ()


def find_files(folder: Path, *, suffixes: frozenset[str]) -> Found:
    """Find the files below a folder whose names end in one of the suffixes."""
    root = Path(os.path.realpath(folder))
    paths: list[Path] = []
    complaints: list[Complaint] = []
    pending = [folder]
    while pending:
        for path in _list(pending.pop(), complaints):
            if not _is_relevant(path, suffixes):
                continue
            objection = object_to(path, root)
            if objection:
                complaints.append(objection)
            elif is_folder(path):
                pending.append(path)
            else:
                paths.append(path)
    complaints.sort(key=lambda complaint: complaint.path)
    return Found(tuple(sorted(paths)), tuple(complaints))


def object_to(path: Path, root: Path | None = None) -> Complaint | None:
    """Say why a path is not read, if so; below a `root`, links are not."""
    for applies, severity, reason in _OBJECTIONS:
        if applies(path, root):
            return Complaint(printable(path), 1, reason, severity)
    return None


def read_file(path: Path, *, real: Path | None = None) -> SourceFile:
    """Read a regular file of at most 32 MB without ever waiting for one.

    Args:
        path: The path as the user gave it.
        real: Where the file is, if `path` leads there through links.

    Raises:
        BrokenSourceError: If it is no such file, cannot be read or changes meanwhile.
    """
    try:
        data = _read(real or path)
    except OSError as exc:
        raise BrokenSourceError(
            1, f"cannot be read ({exc.strerror}); check that it is a file and its permissions"
        ) from exc
    return SourceFile(printable(path), data)


def is_folder(path: Path, *, follow: bool = False) -> bool:
    """Tell whether a path is a folder; a link to one is only where it is followed."""
    return stat.S_ISDIR(_mode(path, follow=follow))


def _list(folder: Path, complaints: list[Complaint]) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as exc:
        reason = f"cannot be listed ({exc.strerror}); check its permissions"
        complaints.append(Complaint(printable(folder), 1, reason))
        return []


def _mode(path: Path, *, follow: bool = False) -> int:
    """Get type and permissions; 0, which is no type, where there is nothing to see."""
    try:
        return path.stat(follow_symlinks=follow).st_mode
    except (OSError, ValueError):
        return 0


def _is_relevant(path: Path, suffixes: frozenset[str]) -> bool:
    if path.name.startswith(".") and not path.name.startswith(".."):
        return False
    return path.suffix.lower() in suffixes or is_folder(path, follow=True)


def _is_link(path: Path, root: Path | None) -> bool:
    return root is not None and stat.S_ISLNK(_mode(path))


def _is_inner_link(path: Path, root: Path | None) -> bool:
    return _is_link(path, root) and Path(os.path.realpath(path)).is_relative_to(root or path)


def _is_underscored(path: Path, root: Path | None) -> bool:
    return path.name.startswith("_")


def _is_of_the_repository(path: Path, root: Path | None) -> bool:
    return path.name.lower() in _OF_THE_REPOSITORY


def _is_badly_named(path: Path, root: Path | None) -> bool:
    return ".." in path.name or not is_printable(path.name)


def _is_folder_like_a_file(path: Path, root: Path | None) -> bool:
    return path.suffix.lower() == ".md" and is_folder(path)


def _is_special(path: Path, root: Path | None) -> bool:
    return stat.S_IFMT(_mode(path)) in _SPECIAL


_OBJECTIONS: tuple[tuple[Callable[[Path, Path | None], bool], Severity, str], ...] = (
    (_is_inner_link, Severity.NOTICE, "is a link to a place in the same source; not followed"),
    (
        _is_link,
        Severity.ERROR,
        "is a link that leads out of the source; put the file in its place or name it as a source",
    ),
    (_is_underscored, Severity.NOTICE, "is left out, as all names that start with `_`"),
    (_is_of_the_repository, Severity.NOTICE, "is left out, as it describes its folder"),
    (
        _is_badly_named,
        Severity.ERROR,
        "has `..`, control characters or bytes that are not UTF-8 in its name; rename it",
    ),
    (_is_folder_like_a_file, Severity.NOTICE, "is a folder named like a file; not searched"),
    (_is_special, Severity.NOTICE, "is a pipe, socket or device and no file; not read"),
)


def _read(path: Path) -> bytes:
    _refuse_unusable(path.lstat())
    descriptor = os.open(path, _OPEN_FLAGS)
    with os.fdopen(descriptor, "rb") as stream:
        before = os.fstat(descriptor)
        _refuse_unusable(before)
        data = stream.read(MAX_FILE_BYTES + 1)
        after = os.fstat(descriptor)
    if _version(before) != _version(after) or len(data) != after.st_size:
        raise BrokenSourceError(1, "changed while it was read; run the command again")
    return data


def _refuse_unusable(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise BrokenSourceError(1, "is no regular file; name a file or a folder")
    if status.st_size > MAX_FILE_BYTES:
        raise BrokenSourceError(
            1, f"is over {MAX_FILE_BYTES // 2**20} MB ({status.st_size:,} bytes); split it"
        )


def _version(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns

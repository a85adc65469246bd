"""Read everything that an archive is built from.

A source is a book's file, a folder of such files (people are found in the folder `_people`
beside it), or the root of the site's repository (its `_books` and `_people`).
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from indexer.progress import Progress, silent
from indexer.sources import people
from indexer.sources.files import (
    Found,
    find_files,
    is_folder,
    object_to,
    read_file,
)
from indexer.sources.formats import SUFFIXES, recognise
from indexer.sources.printing import printable
from indexer.sources.records import (
    Archive,
    BrokenSourceError,
    Complaint,
    RawCollection,
    RawPerson,
    Severity,
)
from search.errors import CorpusError

BOOKS_FOLDER = "_books"

_Named = TypeVar("_Named", RawCollection, RawPerson)


def read_sources(paths: Sequence[Path], *, progress: Progress | None = None) -> Archive:
    """Read all sources into one archive, in the order of the slugs.

    A file that is reached twice is read once. What is broken is left out with a complaint.

    Args:
        paths: Files and folders, as the user gave them.
        progress: Told of every file that was read.

    Raises:
        CorpusError: If a source does not exist or there is no archive in it.
    """
    found = [part for source in paths for part in _find(source)]
    files = _by_real_path(found)
    parts = [Archive(complaints=_distinct_complaints(found))]
    for done, (real, path) in enumerate(files.items(), start=1):
        parts.append(_read(path, real))
        (progress or silent)("read", done, len(files))
    archive = _merge(parts)
    if not archive.collections and not _has_error(archive.complaints):
        raise _no_archive(paths)
    return archive


def _find(source: Path) -> tuple[Found, Found]:
    """Find the files of a source, and the people that belong to it."""
    if not _exists(source):
        raise CorpusError(f"{printable(source)}: no such file or folder; check the path")
    if not is_folder(source, follow=True):
        return _find_file(source), _find_people(_above(source.parent))
    is_site = is_folder(source / BOOKS_FOLDER)
    found = find_files(source / BOOKS_FOLDER if is_site else source, suffixes=SUFFIXES)
    if not found.paths and not _has_error(found.complaints):
        raise _no_archive([source])
    return found, _find_people(source if is_site else _above(source))


def _exists(source: Path) -> bool:
    try:
        source.stat()
    except (OSError, ValueError):
        return False
    return True


def _find_file(path: Path, *, root: Path | None = None) -> Found:
    objection = object_to(path, root)
    return Found(complaints=(objection,)) if objection else Found(paths=(path,))


def _find_people(folder: Path) -> Found:
    inside = folder / people.FOLDER
    if is_folder(inside):
        return find_files(inside, suffixes=SUFFIXES)
    if is_folder(inside, follow=True):
        return _find_file(inside, root=Path(os.path.realpath(folder)))
    return Found()


def _above(folder: Path) -> Path:
    """Name the folder that holds another, which may be given as `.` or `..`."""
    return folder / ".." if folder.name in {"", ".."} else folder.parent


def _by_real_path(found: Iterable[Found]) -> dict[Path, Path]:
    files: dict[Path, Path] = {}
    for path in (path for part in found for path in part.paths):
        files.setdefault(Path(os.path.realpath(path)), path)
    return files


def _distinct_complaints(found: Iterable[Found]) -> tuple[Complaint, ...]:
    distinct: dict[tuple[str, str], Complaint] = {}
    for complaint in (complaint for part in found for complaint in part.complaints):
        folder = os.path.realpath(complaint.path.parent)
        distinct.setdefault((folder, complaint.path.name), complaint)
    return tuple(distinct.values())


def _read(path: Path, real: Path) -> Archive:
    try:
        file = read_file(path, real=real)
        return recognise(file).read(file)
    except BrokenSourceError as exc:
        return Archive(complaints=(Complaint(printable(path), exc.line, exc.message),))


def _merge(parts: Sequence[Archive]) -> Archive:
    complaints = [complaint for part in parts for complaint in part.complaints]
    return Archive(
        collections=_distinct([each for part in parts for each in part.collections], complaints),
        people=_distinct([each for part in parts for each in part.people], complaints),
        complaints=tuple(complaints),
    )


def _distinct(named: Sequence[_Named], complaints: list[Complaint]) -> tuple[_Named, ...]:
    """Keep the first of each slug, and complain about the others."""
    first: dict[str, _Named] = {}
    for each in named:
        kept = first.setdefault(each.slug, each)
        if kept is not each:
            reason = f"has the same name `{each.slug}` as {kept.path}; rename one of the two"
            complaints.append(Complaint(each.path, 1, reason))
    return tuple(first[slug] for slug in sorted(first))


def _has_error(complaints: Iterable[Complaint]) -> bool:
    return any(complaint.severity is Severity.ERROR for complaint in complaints)


def _no_archive(paths: Sequence[Path]) -> CorpusError:
    sources = ", ".join(str(printable(path)) for path in paths) or "no source was named"
    patterns = ", ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
    return CorpusError(
        f"{sources}: holds no archive; looked for a folder {BOOKS_FOLDER} and for files {patterns}"
    )

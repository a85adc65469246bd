"""Read everything that an archive is built from.

A source is a file in one of the formats, a folder of such files (people are found in the folder
`_people` beside it, and the users of a lone Slack channel in the files beside its folder), or
the root of the site's repository (its `_books`, `_people` and `_data/faqs`).
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from indexer.progress import Progress, silent
from indexer.sources import books, faq, people, slack
from indexer.sources.files import (
    Found,
    find_files,
    is_folder,
    object_to,
    read_file,
)
from indexer.sources.formats import FORMATS, NAMES, SUFFIXES, recognise
from indexer.sources.merging import ReadFile, merge
from indexer.sources.printing import printable
from indexer.sources.records import Archive, BrokenSourceError, Complaint, Severity
from search.errors import CorpusError

BOOKS_FOLDER = "_books"
DATA_FOLDER = "_data"

_UNKNOWN = f"is in no format that can be read ({', '.join(NAMES)})"


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
    named = {Path(os.path.realpath(path)) for path in paths}
    read = []
    for done, (real, path) in enumerate(files.items(), start=1):
        read.append(_read(path, real, named=real in named))
        (progress or silent)("read", done, len(files))
    archive = merge(read, _distinct_complaints(found))
    if not archive.collections and not _has_error(archive.complaints):
        raise _no_archive(paths)
    return archive


def _find(source: Path) -> list[Found]:
    """Find the files of a source, and the people that belong to it."""
    if not _exists(source):
        raise CorpusError(f"{printable(source)}: no such file or folder; check the path")
    if not is_folder(source, follow=True):
        above = _above(source.parent)
        return [_find_file(source), _find_people(above), _find_overviews(above, [source])]
    if is_folder(source / BOOKS_FOLDER):
        return [*_find_site(source), _find_people(source)]
    found = find_files(source, suffixes=SUFFIXES)
    _refuse_empty([found], source)
    inside = [path for path in found.paths if path.parent == source]
    return [found, _find_people(_above(source)), _find_overviews(_above(source), inside)]


def _find_site(source: Path) -> list[Found]:
    """Find the files of the site's repository."""
    found = [find_files(source / BOOKS_FOLDER, suffixes=books.SUFFIXES)]
    data = source / DATA_FOLDER
    if is_folder(data) and is_folder(data / faq.FOLDER):
        found.append(find_files(data / faq.FOLDER, suffixes=faq.SUFFIXES))
    _refuse_empty(found, source)
    return found


def _refuse_empty(found: Sequence[Found], source: Path) -> None:
    if not any(part.paths or _has_error(part.complaints) for part in found):
        raise _no_archive([source])


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
        return find_files(inside, suffixes=books.SUFFIXES)
    if is_folder(inside, follow=True):
        return _find_file(inside, root=Path(os.path.realpath(folder)))
    return Found()


def _find_overviews(folder: Path, files: Iterable[Path]) -> Found:
    """Find the users and channels of an export above what may be its days."""
    if not any(map(slack.may_be_day, files)):
        return Found()
    root = Path(os.path.realpath(folder))
    overviews = (folder / name for name in slack.OVERVIEWS)
    found = [_find_file(path, root=root) for path in overviews if _exists(path)]
    return Found(
        tuple(path for part in found for path in part.paths),
        tuple(complaint for part in found for complaint in part.complaints),
    )


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


def _read(path: Path, real: Path, *, named: bool) -> ReadFile:
    shown = printable(path)
    form = ""
    try:
        file = read_file(path, real=real)
        found = recognise(file, named=named)
        if found is None:
            severity = Severity.ERROR if named else Severity.NOTICE
            return ReadFile(shown, "", _complain(shown, 1, _UNKNOWN, severity))
        form = found.name
        return ReadFile(shown, form, found.read(file))
    except BrokenSourceError as exc:
        return ReadFile(shown, form, _complain(shown, exc.line, exc.message, Severity.ERROR))


def _complain(path: Path, line: int, message: str, severity: Severity) -> Archive:
    return Archive(complaints=(Complaint(path, line, message, severity),))


def _has_error(complaints: Iterable[Complaint]) -> bool:
    return any(complaint.severity is Severity.ERROR for complaint in complaints)


def _no_archive(paths: Sequence[Path]) -> CorpusError:
    sources = ", ".join(str(printable(path)) for path in paths) or "no source was named"
    suffixes = dict.fromkeys(suffix for each in FORMATS for suffix in sorted(each.suffixes))
    patterns = ", ".join(f"*{suffix}" for suffix in suffixes)
    return CorpusError(
        f"{sources}: holds no archive; looked for a folder {BOOKS_FOLDER} and for files {patterns}"
    )

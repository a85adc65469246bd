"""Sum up, format by format, what was read and what is wrong with it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.sources.records import Archive, Severity


@dataclass(frozen=True, slots=True)
class FormatSummary:
    """What all files of one format gave; the format is empty for what is in none."""

    format: str
    n_files: int
    n_threads: int
    n_replies: int
    n_errors: int
    n_notices: int


def summarise(archive: Archive) -> tuple[FormatSummary, ...]:
    """Sum an archive up by format, in the order of their names.

    Complaints about what is in no format, or was not opened, come last, with the empty name.
    """
    names = sorted({report.format for report in archive.reports})
    severities = _count_complaints(archive)
    if any(not name for name, _ in severities):
        names.append("")
    return tuple(_summarise(archive, name, severities) for name in names)


def _count_complaints(archive: Archive) -> Counter[tuple[str, Severity]]:
    formats = dict(_places(archive))
    return Counter(
        (formats.get(complaint.path, ""), complaint.severity) for complaint in archive.complaints
    )


def _places(archive: Archive) -> Iterator[tuple[Path, str]]:
    """Map files to their formats, and the folders of channels to that of their files."""
    by_path = {report.path: report.format for report in archive.reports}
    for collection in archive.collections:
        folder = collection.path
        if folder not in by_path:
            inside = (each.format for each in archive.reports if each.path.parent == folder)
            yield folder, next(inside, "")
    yield from by_path.items()


def _summarise(
    archive: Archive, name: str, severities: Counter[tuple[str, Severity]]
) -> FormatSummary:
    reports = [report for report in archive.reports if report.format == name]
    return FormatSummary(
        format=name,
        n_files=len(reports),
        n_threads=sum(report.n_threads for report in reports),
        n_replies=sum(report.n_replies for report in reports),
        n_errors=severities[name, Severity.ERROR],
        n_notices=severities[name, Severity.NOTICE],
    )

"""What the health report keeps of an archive: what was skipped, and who is uncertain."""

from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

from indexer.people import Decision
from indexer.sources.records import Archive, Complaint
from search.statistics import Skipped, UncertainPerson


def skipped_of(archive: Archive) -> list[Skipped]:
    """Return everything that is wrong with the sources, by names that do not tell where they lie.

    A file has its own name, and those of the folders above it that are needed to tell it from
    another: all channels of a Slack export have files of the same names.
    """
    complaints = archive.complaints
    paths = {made.path for made in complaints} | {made.path for made in archive.reports}
    names = distinct_names(paths | {made.other for made in complaints if made.other})

    def message(made: Complaint) -> str:
        other = made.other
        return made.message.replace(str(other), names[other]) if other else made.message

    return sorted(
        Skipped(names[made.path], made.line, made.severity.value, message(made))
        for made in complaints
    )


def distinct_names(paths: Collection[Path]) -> Mapping[Path, str]:
    """Return for each path its last part, and as many before it as no other path ends in."""
    found: dict[Path, str] = {}
    left = set(paths)
    n_parts = 1
    while left:
        tails = {path: Path(*path.parts[-n_parts:]).as_posix() for path in left}
        counts = Counter(tails.values())
        done = {
            path for path, tail in tails.items() if counts[tail] == 1 or n_parts >= len(path.parts)
        }
        found.update((path, tails[path]) for path in done)
        left -= done
        n_parts += 1
    return found


def uncertain_person(made: Decision) -> UncertainPerson:
    """Keep a decision on a person."""
    confidence = round(made.confidence, 3)
    return UncertainPerson(made.collection, made.speaker, made.author, confidence, made.reason)

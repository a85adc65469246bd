"""Merge what was read of each file into one archive."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from indexer.sources.formats import Part
from indexer.sources.pairs import PairFile, join_pairs
from indexer.sources.records import (
    Archive,
    Complaint,
    RawCollection,
    RawPerson,
    SourceReport,
)
from indexer.sources.slack import SlackFile
from indexer.sources.slack_channels import join_channels

_Named = TypeVar("_Named", RawCollection, RawPerson)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One file as it was read.

    `format` is empty where none matches.
    """

    path: Path
    format: str
    part: Part


def merge(files: Sequence[ReadFile], complaints: Iterable[Complaint]) -> Archive:
    """Merge files into one archive in the order of the slugs.

    Of two collections or people of one name the first is kept; question/answer files are filed
    last and together.

    Args:
        files: In the order of the sources.
        complaints: About what was not read.
    """
    parts = [file.part for file in files]
    channels = join_channels([part for part in parts if isinstance(part, SlackFile)])
    wholes = [*(part for part in parts if isinstance(part, Archive)), channels]
    clashes: list[Complaint] = []
    collections = _distinct([each for part in wholes for each in part.collections], clashes)
    people = _distinct([each for part in wholes for each in part.people], clashes)
    pairs = join_pairs([part for part in parts if isinstance(part, PairFile)], collections)
    found = [*complaints, *(complaint for part in parts for complaint in part.complaints)]
    return Archive(
        collections=tuple(sorted([*collections, *pairs.collections], key=_slug)),
        people=people,
        complaints=(*found, *channels.complaints, *clashes, *pairs.complaints),
        reports=tuple(_report_all(files, collections, [*channels.reports, *pairs.reports])),
    )


def _slug(collection: RawCollection) -> str:
    return collection.slug


def _distinct(named: Sequence[_Named], complaints: list[Complaint]) -> tuple[_Named, ...]:
    """Keep the first of each slug, and complain about the others."""
    first: dict[str, _Named] = {}
    for each in named:
        kept = first.setdefault(each.slug, each)
        if kept is not each:
            reason = f"has the same name `{each.slug}` as {kept.path}; rename one of the two"
            complaints.append(Complaint(each.path, 1, reason, other=kept.path))
    return tuple(first[slug] for slug in sorted(first))


def _report_all(
    files: Iterable[ReadFile],
    collections: Iterable[RawCollection],
    reports: Iterable[SourceReport],
) -> Iterable[SourceReport]:
    """Report on each file of a known format, in their order."""
    made = {each.path: each for each in reports}
    kept = {each.path: each for each in collections}
    for file in files:
        if file.format:
            blank = SourceReport(file.path, file.format)
            yield made.get(file.path) or _count(blank, kept.get(file.path))


def _count(report: SourceReport, collection: RawCollection | None) -> SourceReport:
    threads = collection.threads if collection else ()
    n_replies = sum(len(thread.replies) for thread in threads)
    return replace(report, n_threads=len(threads), n_replies=n_replies)

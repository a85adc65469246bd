"""Apply repairs: which entries become one thread, and which threads name each other."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from indexer.evidence import Repair
from indexer.sources.records import RawThread
from search.models import LinkKind


@dataclass(frozen=True, slots=True)
class Joined:
    """Entries of a collection that make one thread: the one that opens it, those that joined it.

    `shared` names entries of other threads that hold an answer to this one.
    """

    opening: RawThread
    others: tuple[RawThread, ...] = ()
    shared: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = field(default=())

    @property
    def entries(self) -> tuple[RawThread, ...]:
        """All entries, the opening first and the others in the order of the page."""
        return (self.opening, *self.others)


def join(entries: Sequence[RawThread], repairs: Iterable[Repair]) -> list[Joined]:
    """Return the threads that a collection's entries make, in the order of the page.

    Every entry is in exactly one of them.
    """
    repairs = list(repairs)
    homes = _homes(repairs)
    members: defaultdict[str, list[RawThread]] = defaultdict(list)
    for entry in entries:
        members[root(entry.source_ref, homes)].append(entry)
    kept = [made for made in repairs if not made.joins or homes.get(made.source_ref) == made.target]
    told: defaultdict[str, list[Repair]] = defaultdict(list)
    for made in kept:
        for ref in {root(made.source_ref, homes), root(made.target, homes)}:
            told[ref].append(made)
    return [
        Joined(
            opening=entry,
            others=tuple(other for other in members[entry.source_ref] if other is not entry),
            shared=tuple(_shared(told[entry.source_ref], entry.source_ref, homes)),
            repairs=tuple(told[entry.source_ref]),
        )
        for entry in entries
        if entry.source_ref not in homes
    ]


def root(ref: str, homes: Mapping[str, str]) -> str:
    """Return the entry that opens the thread to which an entry belongs."""
    while ref in homes:
        ref = homes[ref]
    return ref


def _homes(repairs: Iterable[Repair]) -> dict[str, str]:
    """Return for each entry that joins another the one that it joins, by the surest repair."""
    homes: dict[str, str] = {}
    surest = sorted(
        (made for made in repairs if made.joins),
        key=lambda made: (-made.confidence, made.source_ref, made.target),
    )
    for made in surest:
        if made.source_ref not in homes and root(made.target, homes) != made.source_ref:
            homes[made.source_ref] = made.target
    return homes


def _shared(repairs: Iterable[Repair], ref: str, homes: Mapping[str, str]) -> list[str]:
    """Return the entries of other threads whose answer covers the thread that an entry opens."""
    return [
        made.source_ref
        for made in repairs
        if made.kind is LinkKind.COVERS
        and root(made.target, homes) == ref != root(made.source_ref, homes)
    ]

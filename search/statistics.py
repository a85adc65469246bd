"""The health of an archive: what is answered, what waits, what was repaired, what is doubtful."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from search.bundle import Bundle
from search.errors import BundleMismatchError
from search.generation import Generation
from search.models import AnsweredBy, Collection, CollectionKind, PassageKind, Role, Thread
from search.opening import open_store
from search.sqlite_store import SqliteStore

SKIPPED = "skipped.json"
UNCERTAIN = "uncertain.json"
_FEWEST_THREADS = 5
_MOST_WAITING = 0.5

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True, order=True)
class Skipped:
    """Something that the sources hold and the index does not, or only in part."""

    file: str
    line: int
    severity: str
    message: str


@dataclass(frozen=True, slots=True, order=True)
class UncertainPerson:
    """That a speaker of a collection was taken for one of its authors, and may not be them.

    `confidence` is in [0, 1] and `reason` the evidence, as the indexer weighed it.
    """

    collection: str
    speaker: str
    author: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Host:
    """Somebody who runs the weeks, and in how many collections they speak."""

    name: str
    n_collections: int


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A file or collection that a maintainer should look at, and why."""

    name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CollectionHealth:
    """Counts of one collection; a thread filed under two counts in both.

    `n_threads` is the sum of `n_answered`, `n_unanswered`, which ask and wait, and `n_silent`,
    which ask nothing. `n_repairs` are posts that were joined or linked to others, `n_joined`
    those that became part of another thread. `n_parts` are the questions of the `n_several`
    posts that ask several. `unheard` are authors under whose name nobody was found to speak.
    """

    slug: str
    title: str
    kind: CollectionKind
    n_threads: int = 0
    n_answered: int = 0
    n_unanswered: int = 0
    n_silent: int = 0
    n_repairs: int = 0
    n_joined: int = 0
    n_several: int = 0
    n_parts: int = 0
    n_uncertain: int = 0
    unheard: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of one generation, and what is doubtful in it or was skipped when it was built."""

    generation: str
    n_threads: int
    n_answered: int
    n_unanswered: int
    n_silent: int
    n_replies: int
    n_repairs: int
    n_joined: int
    n_several: int
    n_parts: int
    collections: tuple[CollectionHealth, ...]
    uncertain: tuple[UncertainPerson, ...]
    hosts: tuple[Host, ...]
    suspicious: tuple[Suspicion, ...]
    skipped: tuple[Skipped, ...]


def write_entries(path: Path, entries: Iterable[Skipped | UncertainPerson]) -> None:
    """Write what was skipped, or who is uncertain, in a fixed order."""
    rows = sorted(map(astuple, entries))
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")


def read_entries(path: Path, kind: Callable[..., Entry]) -> tuple[Entry, ...]:
    """Read what was skipped, or who is uncertain.

    Raises:
        BundleMismatchError: If the file is not such a list.
    """
    try:
        return tuple(kind(*row) for row in json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as exc:
        raise BundleMismatchError(f"{path}: not readable ({exc}); rebuild the index") from exc


def collect_statistics(path: Path) -> Statistics:
    """Report on the live generation of a bundle.

    Raises:
        BundleNotFoundError: If there is no bundle.
        BundleMismatchError: If it is damaged.
    """
    generation = Bundle(path).current()
    generation.verify()
    with open_store(generation) as store:
        return _collect(generation, store)


def _collect(generation: Generation, store: SqliteStore) -> Statistics:
    """Count what a generation holds."""
    threads = list(store.iter_threads())
    asked = _questions_of_posts(store, len(threads))
    uncertain: tuple[UncertainPerson, ...] = ()
    if UNCERTAIN in generation.manifest.files:
        uncertain = read_entries(generation.file(UNCERTAIN), UncertainPerson)
    skipped = read_entries(generation.file(SKIPPED), Skipped)
    filed: defaultdict[str, list[int]] = defaultdict(list)
    for row, thread in enumerate(threads):
        for slug in thread.collections:
            filed[slug].append(row)
    doubts = Counter(each.collection for each in uncertain)
    collections = tuple(
        _health(item, [(threads[row], asked[row]) for row in filed[item.slug]], doubts)
        for item in store.collections()
    )
    return Statistics(
        generation=generation.name,
        **_counts(threads),
        **_several(asked),
        n_replies=sum(len(thread.replies) for thread in threads),
        collections=collections,
        uncertain=uncertain,
        hosts=_hosts(threads),
        suspicious=_suspicious(collections, skipped),
        skipped=skipped,
    )


def _health(
    item: Collection, filed: Sequence[tuple[Thread, Sequence[int]]], doubts: Mapping[str, int]
) -> CollectionHealth:
    """Describe one collection by its threads, each with the questions of its posts."""
    threads = [thread for thread, _ in filed]
    heard = {message.author for thread in threads for message in thread.messages}
    return CollectionHealth(
        slug=item.slug,
        title=item.title,
        kind=item.kind,
        **_counts(threads),
        **_several(asked for _, asked in filed),
        n_uncertain=doubts.get(item.slug, 0),
        unheard=tuple(slug for slug in item.authors if slug not in heard),
    )


def _counts(threads: Sequence[Thread]) -> dict[str, int]:
    """Count threads by what became of them, and repairs; both threads of a link carry it."""
    answered = sum(thread.answered_by is not AnsweredBy.NOBODY for thread in threads)
    silent = sum(thread.answered_by is AnsweredBy.NOBODY and not thread.asks for thread in threads)
    repairs = {
        (link.kind, link.source_ref, link.target_ref): link.joined
        for thread in threads
        for link in thread.links
    }
    return {
        "n_threads": len(threads),
        "n_answered": answered,
        "n_unanswered": len(threads) - answered - silent,
        "n_silent": silent,
        "n_repairs": len(repairs),
        "n_joined": sum(repairs.values()),
    }


def _questions_of_posts(store: SqliteStore, n_threads: int) -> list[list[int]]:
    """Return for each thread how many questions each of its posts asks that asks several."""
    table = store.passage_table()
    is_part = table.kinds == list(PassageKind).index(PassageKind.PART)
    places = np.stack([table.rows[is_part], table.messages[is_part]], axis=1)
    posts, counts = np.unique(places, axis=0, return_counts=True)
    found: list[list[int]] = [[] for _ in range(n_threads)]
    for (row, _), count in zip(posts.tolist(), counts.tolist(), strict=True):
        if count > 1:
            found[row].append(count)
    return found


def _several(asked: Iterable[Sequence[int]]) -> dict[str, int]:
    """Sum up the posts that ask several things."""
    posts = [count for counts in asked for count in counts]
    return {"n_several": len(posts), "n_parts": sum(posts)}


def _hosts(threads: Iterable[Thread]) -> tuple[Host, ...]:
    """Return who speaks as a host, those of the most collections first."""
    spoken: defaultdict[str, set[str]] = defaultdict(set)
    for thread in threads:
        for message in thread.messages:
            if message.role is Role.HOST:
                spoken[message.speaker].add(thread.collections[0])
    hosts = (Host(name, len(slugs)) for name, slugs in spoken.items())
    return tuple(sorted(hosts, key=lambda host: (-host.n_collections, host.name)))


def _suspicious(
    collections: Iterable[CollectionHealth], skipped: Iterable[Skipped]
) -> tuple[Suspicion, ...]:
    """Return what a maintainer should look at: files first, then collections."""
    rejected = Counter(each.file for each in skipped if each.severity == "error")
    files = (
        Suspicion(name, (f"{count} rejected, see below",))
        for name, count in sorted(rejected.items())
    )
    doubted = (Suspicion(item.slug, tuple(_doubts(item))) for item in collections)
    return (*files, *(each for each in doubted if each.reasons))


def _doubts(item: CollectionHealth) -> Iterable[str]:
    """Yield what is unusual about a collection."""
    if not item.n_threads:
        yield "has no threads"
        return
    if item.n_threads >= _FEWEST_THREADS and item.n_unanswered > _MOST_WAITING * item.n_threads:
        yield f"{item.n_unanswered} of {item.n_threads} threads wait for an answer"
    if item.unheard and item.kind is CollectionKind.BOOK:
        yield f"nobody was found to speak as {', '.join(item.unheard)}"

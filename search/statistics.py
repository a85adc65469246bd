"""The health of an archive: what is answered, what waits, what was left out."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from search.bundle import Bundle
from search.errors import BundleMismatchError
from search.listing import Listing
from search.models import CollectionSummary
from search.opening import open_store

SKIPPED = "skipped.json"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that the sources hold and the index does not, or only in part."""

    file: str
    line: int
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of one generation, and what was skipped when it was built."""

    generation: str
    n_threads: int
    n_answered: int
    n_replies: int
    collections: tuple[CollectionSummary, ...]
    skipped: tuple[Skipped, ...]

    @property
    def n_unanswered(self) -> int:
        """How many threads still wait."""
        return self.n_threads - self.n_answered


def write_skipped(path: Path, skipped: Iterable[Skipped]) -> None:
    """Write what was skipped, in a fixed order."""
    rows = sorted(tuple(asdict(each).values()) for each in skipped)
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")


def read_skipped(path: Path) -> tuple[Skipped, ...]:
    """Read what was skipped.

    Raises:
        BundleMismatchError: If the file is not such a list.
    """
    try:
        return tuple(Skipped(*row) for row in json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as exc:
        raise BundleMismatchError(f"{path}: not readable ({exc}); rebuild the index") from exc


def collect_statistics(path: Path) -> Statistics:
    """Count what the live generation of a bundle holds.

    Raises:
        BundleNotFoundError: If there is no bundle.
        BundleMismatchError: If it is damaged.
    """
    generation = Bundle(path).current()
    generation.verify()
    counts = generation.manifest.counts
    with open_store(generation) as store:
        collections = {item.slug: item for item in store.collections()}
        listing = Listing(store, collections)
        summaries = tuple(listing.summary(item) for item in collections.values())
        n_answered = int(store.answered().sum())
    return Statistics(
        generation=generation.name,
        n_threads=counts["threads"],
        n_answered=n_answered,
        n_replies=counts["replies"],
        collections=summaries,
        skipped=read_skipped(generation.file(SKIPPED)),
    )

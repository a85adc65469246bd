"""What was found of an archive's topics, in one JSON file of a generation."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.errors import BundleMismatchError
from search.files import storage_errors

NO_TOPIC = -1


@dataclass(frozen=True, slots=True)
class NamedTopic:
    """A topic's id, heading and words; `former` are ids under which it was known before."""

    topic_id: str
    label: str
    terms: tuple[str, ...]
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicTable:
    """The topics of an archive by number, and what was found of each thread, by row of the store.

    `of_rows` is the number of its topic, negative for none, and `cosines` how near the middle of
    that it lies, both `(n_threads,)`; `places` is where it stands on the map, `(n_threads, 2)` in
    [-1, 1], or `(0, 2)` where there is no map.
    """

    topics: tuple[NamedTopic, ...]
    of_rows: NDArray[np.int64]
    cosines: NDArray[np.float64]
    places: NDArray[np.float64]

    @classmethod
    def of_none(cls, n_threads: int) -> "TopicTable":
        """Return the table of an archive without topics and without a map."""
        rows = np.full(n_threads, NO_TOPIC, dtype=np.int64)
        return cls((), rows, np.zeros(n_threads), np.zeros((0, 2)))


def write_topics(path: Path, table: TopicTable) -> None:
    """Write what was found."""
    found = {
        "topics": [asdict(topic) for topic in table.topics],
        "of_rows": table.of_rows.tolist(),
        "cosines": table.cosines.tolist(),
        "places": table.places.tolist(),
    }
    path.write_text(json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


def read_topics(path: Path, *, n_threads: int) -> TopicTable:
    """Read what was found.

    Raises:
        StorageError: If the file cannot be read.
        BundleMismatchError: If it is not such a table, or not one of so many threads.
    """
    return load_topics(path, n_threads=n_threads)()


def load_topics(path: Path, *, n_threads: int) -> Callable[[], TopicTable]:
    """Read a file now and return what parses it: the file may be pruned before that is asked for.

    Raises:
        StorageError: If the file cannot be read.
        BundleMismatchError: When it is parsed, if it is not such a table, or not one of so many
            threads.
    """
    with storage_errors(path):
        data = path.read_bytes()

    def parse() -> TopicTable:
        try:
            return _table_of(json.loads(data), n_threads)
        except (ValueError, TypeError, KeyError) as exc:
            raise _not_readable(path, exc) from exc

    return parse


def _not_readable(path: Path, exc: Exception) -> BundleMismatchError:
    """Say that a file is not what was written."""
    return BundleMismatchError(f"{path}: not readable ({exc}); rebuild the index")


def _table_of(found: Mapping[str, Any], n_threads: int) -> TopicTable:
    """Parse a table, and check that its parts fit each other.

    Raises:
        ValueError: If they do not.
    """
    topics = tuple(
        NamedTopic(each["topic_id"], each["label"], tuple(each["terms"]), tuple(each["former"]))
        for each in found["topics"]
    )
    of_rows = np.array(found["of_rows"], dtype=np.int64)
    cosines = np.array(found["cosines"], dtype=np.float64)
    places = np.array(found["places"], dtype=np.float64).reshape(-1, 2)
    if not len(of_rows) == len(cosines) == n_threads or len(places) not in (0, n_threads):
        raise ValueError(f"topics of {len(of_rows)} threads instead of {n_threads}")
    if not NO_TOPIC <= of_rows.min(initial=0) <= of_rows.max(initial=NO_TOPIC) < len(topics):
        raise ValueError("threads of a topic that does not exist")
    return TopicTable(topics, of_rows, cosines, places)

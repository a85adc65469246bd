"""Find the topics of a generation once, and keep links to the topics of the one before alive."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from indexer.selfcheck import just_written
from search.errors import BundleMismatchError
from search.generation import Generation
from search.opening import LISTS, THREADS, TOPICS, open_dense, open_store
from search.sqlite_store import SqliteStore
from search.topic_finding import find_topics
from search.topic_table import NO_TOPIC, TopicTable, read_topics, write_topics

_LEAST_HELD = 1 / 3


def write_found_topics(folder: Path, previous: Generation | None) -> None:
    """Write the topics of a generation whose threads and embeddings are written.

    Raises:
        StorageError: If what stands on the disk is not what was written.
    """
    with just_written(), closing(SqliteStore(folder / THREADS)) as store:
        dense = open_dense(folder, store, listed=(folder / LISTS).is_dir())
        found = find_topics(store, dense)
        if previous is not None:
            found = _with_former_ids(found, store, previous)
    write_topics(folder / TOPICS, found)


def _with_former_ids(found: TopicTable, store: SqliteStore, previous: Generation) -> TopicTable:
    """Give topics the ids that their threads' topics had in the generation before."""
    if TOPICS not in previous.manifest.files:
        return found
    try:
        with open_store(previous, any_version=True) as old_store:
            old_ids = old_store.thread_ids()
        old = read_topics(previous.file(TOPICS), n_threads=len(old_ids))
    except BundleMismatchError:
        return found
    rows = {thread_id: row for row, thread_id in enumerate(store.thread_ids())}
    heirs = [rows.get(store.resolve(thread_id) or "") for thread_id in old_ids]
    return carry_ids(found, old, heirs)


def carry_ids(found: TopicTable, old: TopicTable, heirs: Sequence[int | None]) -> TopicTable:
    """Let each topic be found under the ids of old topics that it continues.

    A topic continues an old one if it holds more of its threads than any other does, and a third
    of them at least. An id that names a topic now belongs to that topic alone.

    Args:
        found: The topics now.
        old: The topics of the generation before.
        heirs: For each row of `old` the row that its thread has now, None where it is gone.
    """
    current = {topic.topic_id for topic in found.topics}
    now: dict[int, Counter[int]] = defaultdict(Counter)
    for number, row in zip(old.of_rows.tolist(), heirs, strict=True):
        if row is not None:
            now[number][int(found.of_rows[row])] += 1
    former: dict[str, int] = {}
    for number, topic in enumerate(old.topics):
        heir = _heir(now[number])
        if heir is not None:
            names = {topic.topic_id, *topic.former} - current
            former |= dict.fromkeys(names, heir)
    return replace(
        found,
        topics=tuple(
            replace(topic, former=tuple(sorted(name for name in former if former[name] == number)))
            for number, topic in enumerate(found.topics)
        ),
    )


def _heir(held: Mapping[int, int]) -> int | None:
    """Return the topic that holds enough of some threads, from how many each holds."""
    least = _LEAST_HELD * sum(held.values())
    enough = [number for number, n in held.items() if number != NO_TOPIC and n >= least]
    return min(enough, key=lambda number: (-held[number], number), default=None)

"""Keep every thread id that was ever published resolving, across edits of the source."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from search.models import Thread
from search.text.clean import normalise

_SAME_TEXT = 0.6


def carry_aliases(threads: Sequence[Thread], previous: Iterable[Thread]) -> list[Thread]:
    """Give new threads the ids under which they were known before.

    A thread of the previous generation whose id is gone is the new thread that resembles it
    most among those of the same asker in the same collection; where nothing resembles it, the
    thread was removed.

    Args:
        threads: The new generation's threads.
        previous: The threads of the generation before.
    """
    known = {thread.thread_id for thread in threads}
    known |= {alias for thread in threads for alias in thread.aliases}
    by_asker: defaultdict[tuple[str, str], list[Thread]] = defaultdict(list)
    by_id: dict[str, str] = {}
    for thread in threads:
        by_id.update(dict.fromkeys((thread.thread_id, *thread.aliases), thread.thread_id))
        for slug in thread.collections:
            by_asker[slug, thread.question.speaker].append(thread)
    inherited: defaultdict[str, set[str]] = defaultdict(set)
    for old in previous:
        gone = {old.thread_id, *old.aliases} - known
        if gone and (heir := _heir(old, by_id, by_asker)):
            inherited[heir] |= gone
    return [
        replace(thread, aliases=tuple(sorted({*thread.aliases, *inherited[thread.thread_id]})))
        if thread.thread_id in inherited
        else thread
        for thread in threads
    ]


def _heir(
    old: Thread,
    by_id: dict[str, str],
    by_asker: defaultdict[tuple[str, str], list[Thread]],
) -> str | None:
    """Return the id of the thread that an old one has become."""
    for name in (old.thread_id, *old.aliases):
        if name in by_id:
            return by_id[name]
    text = normalise(old.question.text)
    candidates = {
        thread.thread_id: thread
        for slug in old.collections
        for thread in by_asker.get((slug, old.question.speaker), ())
    }
    rated = [
        (_similarity(text, normalise(thread.question.text)), thread_id)
        for thread_id, thread in sorted(candidates.items())
    ]
    best = max(rated, default=(0.0, ""))
    return best[1] if best[0] >= _SAME_TEXT else None


def _similarity(text: str, other: str) -> float:
    """Return how much two texts share, from 0 to 1."""
    return SequenceMatcher(None, text.split(), other.split(), autojunk=False).ratio()

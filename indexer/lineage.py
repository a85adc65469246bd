"""Keep every thread id that was ever published resolving, across edits of the source.

Ids are functions of collection, asker and text, so an edit of any of them makes a new id. What
became of a thread whose id is gone is found by likeness: the surest pairs are taken first, and a
thread that is new is the heir of one old thread at the most. A thread that was there before is
an heir only of a near copy of itself by the same asker.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from search.errors import BundleMismatchError, CorpusError
from search.generation import Generation
from search.models import Thread
from search.opening import open_store
from search.text.clean import normalise

LARGEST_LOSS = 0.2
_LIKE = 0.6
_COPY = 0.95
_SHORT_CHARS = 200
_LIKE_CHARS = 0.75
_WORDS_OF_A_REPLY = 5

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Claim:
    """That an old thread has become a new one, and how surely."""

    likeness: float
    old_id: str
    new_id: str
    same_asker: bool

    @property
    def is_copy(self) -> bool:
        """Whether the new thread may stand for the old one beside being itself."""
        return self.same_asker and self.likeness >= _COPY

    @property
    def order(self) -> tuple[bool, float, str]:
        """The surest first: askers edit texts more often than they change their names."""
        return (not self.same_asker, -self.likeness, self.old_id)


def with_history(
    threads: Sequence[Thread],
    previous: Generation | None,
    *,
    force: bool = False,
    anew: bool = False,
) -> tuple[Thread, ...]:
    """Give threads their former ids.

    Args:
        threads: The new generation's threads.
        previous: The intact generation before, None where there is none.
        force: Whether many threads may be gone.
        anew: Whether to do without former ids where they cannot be read.

    Raises:
        BundleMismatchError: If they cannot be read.
        CorpusError: If more threads are gone than are lost on purpose.
    """
    if previous is None:
        return tuple(threads)
    try:
        with open_store(previous, any_version=True) as store:
            old = list(store.iter_threads())
    except (BundleMismatchError, sqlite3.Error, ValueError) as exc:
        if anew:
            return tuple(threads)
        raise BundleMismatchError(
            f"{previous.path}: another version of this program wrote it, and the ids of its "
            f"threads cannot be read ({exc}); run `answers index --rebuild` to do without them"
        ) from exc
    carried = carry_aliases(threads, old)
    kept = {name for thread in carried for name in (thread.thread_id, *thread.aliases)}
    n_lost = sum(thread.thread_id not in kept for thread in old)
    if n_lost > LARGEST_LOSS * len(old) and not force:
        raise CorpusError(
            f"{n_lost} of {len(old)} threads of the live generation are not in these sources; "
            "name all sources of the archive, or use --force if they are really gone; "
            "nothing was changed"
        )
    return tuple(carried)


def carry_aliases(threads: Sequence[Thread], previous: Iterable[Thread]) -> list[Thread]:
    """Give new threads the ids under which they were known before.

    A thread of the previous generation that nothing resembles was removed, and so are its ids.

    Args:
        threads: The new generation's threads.
        previous: The threads of the generation before.
    """
    old = list(previous)
    known = {name: thread.thread_id for thread in threads for name in thread.aliases}
    known |= {thread.thread_id: thread.thread_id for thread in threads}
    heirs = _heirs_by_name(old, known)
    heirs |= _heirs_by_likeness([each for each in old if each.thread_id not in heirs], threads, old)
    inherited: defaultdict[str, set[str]] = defaultdict(set)
    for each in old:
        if each.thread_id in heirs:
            gone = {each.thread_id, *each.aliases} - known.keys()
            inherited[heirs[each.thread_id]] |= gone
    return [_with_aliases(thread, inherited[thread.thread_id]) for thread in threads]


def _with_aliases(thread: Thread, names: set[str]) -> Thread:
    """Add former ids to a thread."""
    if not names:
        return thread
    return replace(thread, aliases=tuple(sorted({*thread.aliases, *names})))


def _heirs_by_name(old: Iterable[Thread], known: Mapping[str, str]) -> dict[str, str]:
    """Find threads that are still there under one of their names."""
    heirs: dict[str, str] = {}
    for each in old:
        names = [name for name in (each.thread_id, *each.aliases) if name in known]
        if names:
            heirs[each.thread_id] = known[names[0]]
    return heirs


def _heirs_by_likeness(
    gone: Sequence[Thread], threads: Sequence[Thread], old: Iterable[Thread]
) -> dict[str, str]:
    """Find what threads whose names are all gone have become."""
    before = {name for each in old for name in (each.thread_id, *each.aliases)}
    claims = sorted(_claims(gone, threads), key=lambda made: made.order)
    heirs: dict[str, str] = {}
    taken: set[str] = set()
    for made in claims:
        is_free = made.new_id not in before | taken
        if made.old_id not in heirs and (is_free or made.is_copy):
            heirs[made.old_id] = made.new_id
            taken.add(made.new_id)
    return heirs


def _claims(gone: Sequence[Thread], threads: Sequence[Thread]) -> Iterable[_Claim]:
    """Yield every pair of an old and a new thread that are alike.

    One that stands in its place word for word is compared with nothing else: where only the ids
    of records changed, all threads of a collection may be gone at once.
    """
    unchanged = _index(threads, _by_all)
    indexes = [(key, _index(threads, key)) for key in _KEYS]
    for old in gone:
        same = {new.thread_id: new for place in _by_all(old) for new in unchanged.get(place, ())}
        near = same or {
            new.thread_id: new
            for key, index in indexes
            for place in key(old)
            for new in index.get(place, ())
        }
        for new in near.values():
            likeness = _likeness(old, new)
            same_asker = old.question.speaker == new.question.speaker
            if likeness:
                yield _Claim(likeness, old.thread_id, new.thread_id, same_asker)


def _index(
    threads: Sequence[Thread], key: Callable[[Thread], list[Key]]
) -> Mapping[Key, list[Thread]]:
    """Group threads by what they could share with an old one."""
    index: defaultdict[Key, list[Thread]] = defaultdict(list)
    for thread in threads:
        for place in key(thread):
            index[place].append(thread)
    return index


def _by_all(thread: Thread) -> list[Key]:
    """Same collection, asker and text: a record has another id."""
    return [(slug, thread.question.speaker, _text(thread)) for slug in thread.collections]


def _by_asker(thread: Thread) -> list[Key]:
    """Same collection and asker: the text was edited."""
    return [(slug, thread.question.speaker) for slug in thread.collections]


def _by_collection_and_text(thread: Thread) -> list[Key]:
    """Same collection and text: the asker has another name now."""
    return [(slug, _text(thread)) for slug in thread.collections]


def _by_asker_and_text(thread: Thread) -> list[Key]:
    """Same asker and text: filed under another collection now."""
    return [(thread.question.speaker, _text(thread))]


_KEYS = (_by_asker, _by_collection_and_text, _by_asker_and_text)


def _likeness(old: Thread, new: Thread) -> float:
    """Return how surely an old thread has become a new one; 0 where it has not."""
    text, other = _text(old), _text(new)
    if text == other:
        return 1.0
    likeness = _ratio(text.split(), other.split())
    if likeness < _LIKE and max(len(text), len(other)) <= _SHORT_CHARS:
        letters = _ratio(text, other)
        likeness = letters if letters >= _LIKE_CHARS else likeness
    if likeness < _LIKE and _replies(old) & _replies(new):
        return _LIKE
    return likeness if likeness >= _LIKE else 0.0


def _text(thread: Thread) -> str:
    """Return the question as its id sees it."""
    return normalise(thread.question.text) or thread.question.text.strip()


def _ratio(one: Sequence[str], other: Sequence[str]) -> float:
    """Return how much two sequences share, from 0 to 1."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _replies(thread: Thread) -> set[Key]:
    """Return the replies that are long enough to know a thread by."""
    texts = ((each.speaker, normalise(each.text)) for each in thread.replies)
    return {reply for reply in texts if len(reply[1].split()) >= _WORDS_OF_A_REPLY}

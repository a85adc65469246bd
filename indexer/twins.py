"""Make one thread of each group that is the same post by the same person, filed twice."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

from indexer.messages import answered_by, number, settle
from search.models import AnsweredBy, Thread
from search.text.clean import normalise

_FEWEST_WORDS_OF_A_TWIN = 8
_FEWEST_WORDS_OF_AN_EDITED_TWIN = 12
_SAME_WORDS = 0.9
_MOST_CHANGED_WORDS = 3


def join_twins(threads: Sequence[Thread], *, edited: Collection[str] = ()) -> list[Thread]:
    """Make one thread of each group that is the same post by the same person, filed twice.

    The copy with the best answers stays; it keeps replies that only another copy has, names both
    places, and the other copy's id becomes an alias.

    Args:
        threads: The threads of all collections.
        edited: Collections that were edited rather than spoken: the same question may have
            another answer in each of them, so that they have no twins elsewhere.
    """
    groups: defaultdict[tuple[str, ...], list[Thread]] = defaultdict(list)
    for thread in threads:
        groups[_twin_key(thread, edited)].append(thread)
    exact = [_join(group) for group in groups.values()]
    return [_join(group) for group in _nearly_same(exact, edited)]


def _twin_key(thread: Thread, edited: Collection[str]) -> tuple[str, ...]:
    """Return what two copies of a post share; short posts are twins only within a collection."""
    text = normalise(thread.question.text)
    if len(text.split()) < _FEWEST_WORDS_OF_A_TWIN or thread.collections[0] in edited:
        return (thread.thread_id,)
    return (thread.question.speaker, text)


def _nearly_same(threads: Iterable[Thread], edited: Collection[str]) -> Iterator[list[Thread]]:
    """Yield groups of threads whose questions differ by a few words at most."""
    by_speaker: defaultdict[str, list[list[Thread]]] = defaultdict(list)
    for thread in threads:
        speaker = thread.question.speaker
        groups = by_speaker[speaker]
        same = None
        if speaker and thread.collections[0] not in edited:
            same = next((group for group in groups if _is_edit(group[0], thread)), None)
        if same is None:
            groups.append([thread])
        else:
            same.append(thread)
    for groups in by_speaker.values():
        yield from groups


def _is_edit(one: Thread, other: Thread) -> bool:
    """Tell whether two posts by one person are the same but for small edits."""
    a, b = (normalise(thread.question.text).split() for thread in (one, other))
    if min(len(a), len(b)) < _FEWEST_WORDS_OF_AN_EDITED_TWIN:
        return False
    if abs(len(a) - len(b)) > _MOST_CHANGED_WORDS or len({*a} ^ {*b}) > 2 * _MOST_CHANGED_WORDS:
        return False
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    changed = sum(
        max(block.a - end.a - end.size, block.b - end.b - end.size)
        for end, block in pairwise([_START, *matcher.get_matching_blocks()])
    )
    return changed <= _MOST_CHANGED_WORDS and matcher.ratio() >= _SAME_WORDS


_START = SequenceMatcher(None, "", "").get_matching_blocks()[0]


def _join(group: Sequence[Thread]) -> Thread:
    """Join copies of one thread."""
    if len(group) == 1:
        return group[0]
    best, *others = sorted(group, key=_most_answered_first)
    messages = list(best.messages)
    seen = {(message.speaker, normalise(message.text)) for message in messages}
    for message in (message for other in others for message in other.messages):
        if (key := (message.speaker, normalise(message.text))) not in seen:
            seen.add(key)
            messages.append(message)
    messages = settle(messages)
    aliases = {name for other in group for name in (other.thread_id, *other.aliases)}
    return replace(
        best,
        source_refs=tuple(ref for thread in (best, *others) for ref in thread.source_refs),
        collections=tuple(
            dict.fromkeys(slug for thread in (best, *others) for slug in thread.collections)
        ),
        messages=number(best.thread_id, messages),
        answered_by=answered_by(messages),
        aliases=tuple(sorted(aliases - {best.thread_id})),
        links=tuple(dict.fromkeys(link for thread in (best, *others) for link in thread.links)),
    )


def _most_answered_first(thread: Thread) -> tuple[int, int, str]:
    """Order copies: answered by an author, more answers, smaller reference."""
    rank = list(AnsweredBy).index(thread.answered_by)
    return (rank, -sum(message.answers for message in thread.messages), thread.source_refs[0])

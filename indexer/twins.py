"""Make one thread of each group that is the same post by the same person, filed twice."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from indexer.messages import answered_by, number, settle
from search.models import AnsweredBy, Message, Thread
from search.text.clean import normalise

_FEWEST_WORDS_OF_A_TWIN = 8
_FEWEST_WORDS_OF_AN_EDITED_TWIN = 12
_MOST_CHANGED = 0.1
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
    same_id = _grouped(threads, lambda thread: thread.thread_id)
    same_post = _grouped(same_id, lambda thread: _twin_key(thread, edited))
    spoken = [thread for thread in same_post if thread.collections[0] not in edited]
    kept = [thread for thread in same_post if thread.collections[0] in edited]
    return [*kept, *(_join(group) for group in _nearly_same(spoken))]


def _grouped(threads: Iterable[Thread], key: Callable[[Thread], Hashable]) -> list[Thread]:
    """Join the threads that share a key."""
    groups: defaultdict[Hashable, list[Thread]] = defaultdict(list)
    for thread in threads:
        groups[key(thread)].append(thread)
    return [_join(group) for group in groups.values()]


def _twin_key(thread: Thread, edited: Collection[str]) -> tuple[str, ...]:
    """Return what two copies of a post share.

    Short posts are twins within a collection, and across collections if a reply is the same too.
    """
    if thread.collections[0] in edited:
        return (thread.thread_id,)
    speaker, text = _said(thread.question)
    if _is_long(text):
        return (speaker, text)
    replies = (normalise(message.text) for message in thread.replies)
    reply = next(filter(_is_long, replies), None)
    return (speaker, text, reply) if reply else (thread.thread_id,)


def _is_long(text: str) -> bool:
    """Tell whether nobody writes a text twice by chance."""
    return len(text.split()) >= _FEWEST_WORDS_OF_A_TWIN


def _nearly_same(threads: Iterable[Thread]) -> Iterator[list[Thread]]:
    """Yield groups of threads by one person whose questions differ by a few words at most."""
    by_speaker: defaultdict[str, list[tuple[list[str], list[Thread]]]] = defaultdict(list)
    for thread in threads:
        words = normalise(thread.question.text).split()
        groups = by_speaker[thread.question.speaker]
        named = bool(thread.question.speaker)
        same = next((group for other, group in groups if named and _is_edit(other, words)), None)
        if same is None:
            groups.append((words, [thread]))
        else:
            same.append(thread)
    for groups in by_speaker.values():
        yield from (group for _, group in groups)


def _is_edit(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether two texts are the same but for small edits."""
    if min(len(one), len(other)) < _FEWEST_WORDS_OF_AN_EDITED_TWIN:
        return False
    if abs(len(one) - len(other)) > _MOST_CHANGED_WORDS:
        return False
    if len({*one} ^ {*other}) > 2 * _MOST_CHANGED_WORDS:
        return False
    changes = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    changed = sum(max(b - a, d - c) for tag, a, b, c, d in changes if tag != "equal")
    return changed <= _MOST_CHANGED_WORDS and changed <= _MOST_CHANGED * len(one)


def _join(group: Sequence[Thread]) -> Thread:
    """Join copies of one thread."""
    if len(group) == 1:
        return group[0]
    best, *others = sorted(group, key=_most_answered_first)
    messages = list(best.messages)
    seen = {_said(message) for message in messages}
    for message in (message for other in others for message in other.messages):
        if (key := _said(message)) not in seen:
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


def _said(message: Message) -> tuple[str, str]:
    """Return who said what; texts without words are the same only if they are equal."""
    return (message.speaker, normalise(message.text) or message.text.strip())


def _most_answered_first(thread: Thread) -> tuple[int, int, str]:
    """Order copies: answered by an author, more answers, smaller reference."""
    rank = list(AnsweredBy).index(thread.answered_by)
    return (rank, -sum(message.answers for message in thread.messages), thread.source_refs[0])

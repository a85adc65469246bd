"""The questions of a thread, one by one, and what answers each of them."""

from collections.abc import Sequence

from search.models import Part, PartAnswer, Thread
from search.text.alignment import align
from search.text.parts import QuestionPart, split_parts


def parts_of(thread: Thread, *, names: frozenset[str] = frozenset()) -> tuple[Part, ...]:
    """Return what is asked in a thread, part by part, with the stretches that answer it.

    What is asked before somebody answers, and in posts that were joined, goes with the answers
    that are not to a follow-up; a follow-up goes with its own. An exchange in which one thing is
    asked has no parts.

    Args:
        thread: The thread.
        names: Words of the names of those who may be addressed, from `name_words`.
    """
    later = {found.question for found in thread.follow_ups}
    taken = later | {place for found in thread.follow_ups for place in found.answers}
    places = [place for place in range(len(thread.messages)) if place not in taken]
    opening = _opening(thread, places)
    exchanges = [
        (opening, [place for place in places if place not in opening]),
        *(([found.question], list(found.answers)) for found in thread.follow_ups),
    ]
    found = (_parts(thread, asked, replies, names) for asked, replies in exchanges)
    return tuple(sorted((part for parts in found for part in parts), key=_place))


def _opening(thread: Thread, places: Sequence[int]) -> list[int]:
    """Return the posts that put a thread's question: before any answer, or joined to it."""
    replied = [place for place, message in enumerate(thread.messages) if message.answers]
    first = replied[0] if replied else len(thread.messages)
    return [
        place
        for place in places
        if (message := thread.messages[place]).asks
        and not message.answers
        and (place < first or message.position == 0)
    ]


def _place(part: Part) -> tuple[int, int]:
    """Sort by message and place in it."""
    return (part.message, part.span.start)


def _parts(
    thread: Thread, asked: Sequence[int], replies: Sequence[int], names: frozenset[str]
) -> list[Part]:
    """Return the parts of some posts, aligned with the replies to them."""
    parts = [
        (place, part)
        for place in asked
        for part in split_parts(thread.messages[place].text, names=names)
    ]
    if len(parts) < 2:
        return []
    answers = _answers(thread, [part for _, part in parts], replies)
    return [
        Part(place, part.span, part.text, part.label, tuple(found))
        for (place, part), found in zip(parts, answers, strict=True)
    ]


def _answers(
    thread: Thread, parts: Sequence[QuestionPart], replies: Sequence[int]
) -> list[list[PartAnswer]]:
    """Return the stretches that answer each part; only replies that answer have any."""
    found: list[list[PartAnswer]] = [[] for _ in parts]
    for segment in align(parts, [thread.messages[place].text for place in replies]):
        place = replies[segment.message]
        if segment.part is not None and thread.messages[place].answers:
            found[segment.part].append(PartAnswer(place, segment.span))
    return found

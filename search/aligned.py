"""The questions of a thread, each with the stretches of the replies that answer it."""

from collections.abc import Iterator

from search.models import Role, Stretch, Thread, ThreadPart
from search.text.alignment import align
from search.text.parts import QuestionPart, split_parts


def thread_parts(thread: Thread, *, names: frozenset[str] = frozenset()) -> tuple[ThreadPart, ...]:
    """Split what a thread's asker asked, and find what answers each question.

    Questions that follow an answer, and the answers to them, are a conversation of their own:
    `Thread.follow_ups` has them.

    Args:
        thread: The thread.
        names: Words of the names of those who may be addressed, from `name_words`.

    Returns:
        In the order of the posts; empty where the thread asks nothing.
    """
    asked = list(_asked(thread, names))
    places = _answering(thread)
    segments = align([part for _, part in asked], [thread.messages[i].text for i in places])
    answers: list[list[Stretch]] = [[] for _ in asked]
    for segment in segments:
        if segment.part is not None:
            answers[segment.part].append(Stretch(places[segment.message], segment.span))
    return tuple(
        ThreadPart(Stretch(place, part.span), part.label, tuple(found))
        for (place, part), found in zip(asked, answers, strict=True)
    )


def _asked(thread: Thread, names: frozenset[str]) -> Iterator[tuple[int, QuestionPart]]:
    """Yield the questions of the post that opens a thread, and of those that go on from it."""
    for place, message in enumerate(thread.messages):
        goes_on = message.position == 0 and message.role is Role.ASKER and message.asks
        if place == 0 or goes_on:
            for part in split_parts(message.text, names=names):
                yield place, part


def _answering(thread: Thread) -> list[int]:
    """Return the places of the replies that answer what was asked first."""
    later = {place for made in thread.follow_ups for place in made.answers}
    return [
        place
        for place, message in enumerate(thread.messages)
        if place and message.answers and place not in later
    ]

"""Find questions without a reply whose answer was posted elsewhere in the same collection."""

from collections.abc import Iterator
from dataclasses import dataclass

from search.models import LinkKind, Message, Thread, ThreadLink

_ANSWERING = frozenset({LinkKind.ANSWER, LinkKind.COVERS})


@dataclass(frozen=True, slots=True)
class Apart:
    """A question, the message that answers it from another post, and the link between both."""

    question: Message
    answer: Message
    link: ThreadLink


def answered_apart(thread: Thread) -> Iterator[Apart]:
    """Yield the posts of a thread that nobody answered where they stand, the surest link each."""
    for ref in dict.fromkeys(message.source_ref for message in thread.messages):
        question = _unanswered(thread, ref)
        found = [] if question is None else list(_answers(thread, question))
        if found:
            yield max(found, key=lambda each: each.link.confidence)


def _unanswered(thread: Thread, ref: str) -> Message | None:
    """Return what a post asks, None where it asks nothing or has an answer below it."""
    own = [each for each in thread.messages if each.source_ref == ref and not each.shared]
    if any(message.answers for message in own):
        return None
    return next((message for message in own if message.asks), None)


def _answers(thread: Thread, question: Message) -> Iterator[Apart]:
    """Yield the messages that answer a question and stand below another post."""
    for link in thread.links:
        if link.kind in _ANSWERING and link.target_ref == question.source_ref:
            for message in thread.messages:
                if message.source_ref == link.source_ref and message.answers:
                    yield Apart(question, message, link)
                    break

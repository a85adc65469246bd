"""Describe the posts of a thread: who speaks, what asks, what answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from indexer.noise import asks, has_link, only_promises, only_reacts
from indexer.people import Cast
from indexer.sources.records import RawPost, RawThread
from search.models import AnsweredBy, Message, Role
from search.text.boilerplate import content

_ANSWERERS = frozenset({Role.AUTHOR, Role.OFFICIAL})
_FEWEST_WORDS_OF_AN_ANSWER = 2
_FEWEST_WORDS_OF_A_FULL_ANSWER = 20


@dataclass(frozen=True, slots=True)
class Scene:
    """Where posts stand: the collection, who speaks there and how people are addressed."""

    collection: str
    cast: Cast
    names: frozenset[str]

    def messages(self, entry: RawThread, *, asker: str, opens: bool) -> list[Message]:
        """Describe an entry's post and its replies.

        Args:
            entry: One entry of an archive.
            asker: Who asks in the thread that the entry belongs to.
            opens: Whether the entry's own post opens that thread.
        """
        official = any(reply.official for reply in entry.replies)
        made = [
            self._message((entry.source_ref, position), post, asker, opens=opens and position == 0)
            for position, post in enumerate((entry.post, *entry.replies))
        ]
        if opens and official:
            made[0] = replace(made[0], asks=True)
        return made

    def _message(
        self, place: tuple[str, int], post: RawPost, asker: str, *, opens: bool
    ) -> Message:
        role = self.cast.role(self.collection, post.speaker, asker=asker)
        if post.official and role is not Role.AUTHOR:
            role = Role.OFFICIAL
        answers = not opens and (post.official or self._answers(post, role, asker))
        return Message(
            message_id="",
            speaker=post.speaker,
            role=role,
            text=post.text,
            source_ref=place[0],
            position=place[1],
            author=self.cast.author_of(self.collection, post.speaker),
            answers=answers,
            asks=(opens or role not in _ANSWERERS) and asks(post.text, names=self.names),
        )

    def _answers(self, post: RawPost, role: Role, asker: str) -> bool:
        """Tell whether a reply answers: not the asker's, not thanks, a promise or a question."""
        if post.speaker == asker:
            return False
        said = content(post.text, names=self.names)
        if not said:
            return has_link(post.text)
        if only_promises(said) or (role is not Role.AUTHOR and only_reacts(said)):
            return False
        if len(said.split()) < _FEWEST_WORDS_OF_AN_ANSWER:
            return role is Role.AUTHOR
        return not all(line.rstrip().endswith("?") for line in said.splitlines())


def settle(messages: Sequence[Message]) -> list[Message]:
    """Decide what only the whole thread can tell: nothing answers where nothing is asked.

    A post to which an author answers at length asks, whatever its form. Somebody else's question
    between two answers by authors is a question, not an answer.
    """
    if _is_taken_as_question(messages):
        messages = [replace(messages[0], asks=True), *messages[1:]]
    if not any(message.asks for message in messages if not message.answers):
        return [replace(message, answers=False) for message in messages]
    by_author = [
        place
        for place, message in enumerate(messages)
        if message.answers and message.role is Role.AUTHOR
    ]
    first, last = (by_author[0], by_author[-1]) if by_author else (0, 0)
    return [
        replace(message, answers=False) if message.asks and first < place < last else message
        for place, message in enumerate(messages)
    ]


def _is_taken_as_question(messages: Sequence[Message]) -> bool:
    """Tell whether an author answers an opening post at length."""
    return messages[0].role is not Role.AUTHOR and any(
        message.answers
        and message.role is Role.AUTHOR
        and len(content(message.text).split()) >= _FEWEST_WORDS_OF_A_FULL_ANSWER
        for message in messages
    )


def answered_by(messages: Iterable[Message]) -> AnsweredBy:
    """Return the best kind of answer among messages."""
    roles = {message.role for message in messages if message.answers}
    if Role.AUTHOR in roles:
        return AnsweredBy.AUTHOR
    if Role.OFFICIAL in roles:
        return AnsweredBy.OFFICIAL
    return AnsweredBy.COMMUNITY if roles else AnsweredBy.NOBODY


def number(thread_id: str, messages: Iterable[Message]) -> tuple[Message, ...]:
    """Give messages their ids: the thread's, and their place in it."""
    return tuple(
        replace(message, message_id=f"{thread_id}/{place}")
        for place, message in enumerate(messages)
    )


def answer_to_share(messages: Sequence[Message]) -> list[Message]:
    """Return an entry's own answer: what its authors say before the asker speaks again."""
    if messages[0].answers:
        return [replace(messages[0], shared=True)]
    found: list[Message] = []
    for message in messages[1:]:
        if message.role is Role.AUTHOR and message.answers:
            found.append(replace(message, shared=True))
        elif found and message.speaker == messages[0].speaker:
            break
    return found

"""What is embedded of a thread: the question, pieces of the answers, follow-ups, the whole."""

from collections.abc import Iterator, Sequence

from search.models import AnsweredBy, FollowUp, Message, Passage, PassageKind, Role, Span, Thread
from search.text.boilerplate import content_spans
from search.text.clean import clean
from search.text.parts import split_parts
from search.text.tokens import tokenise

PASSAGE_WORDS = 70


def passages_of(
    thread: Thread, *, names: frozenset[str] = frozenset(), section: str = ""
) -> list[Passage]:
    """Cut a thread into passages.

    A thread that nobody answered is its question alone: it has no text that could answer, so it
    can never rank above its answered twin.

    Args:
        thread: The thread.
        names: Words of the names of those who may be addressed.
        section: The heading under which the source files the thread.
    """
    passages = [*_question_passages(thread, names), *_part_passages(thread, names)]
    if thread.answered_by is AnsweredBy.NOBODY:
        return passages
    for place, message in enumerate(thread.messages):
        if message.answers:
            passages.extend(_answers_of(thread, place, message, names))
    passages.extend(_follow_up_passage(thread, made, names) for made in thread.follow_ups)
    text = _whole_text(thread, names, section)
    passages.append(Passage(thread.thread_id, PassageKind.THREAD, text))
    return passages


def question_passage(thread: Thread, names: frozenset[str]) -> Passage:
    """Return the question without greetings and thanks; all of it where nothing else is left."""
    text = _content(thread.question.text, names) or clean(thread.question.text)
    return Passage(thread.thread_id, PassageKind.QUESTION, text, message=0)


def _whole_text(thread: Thread, names: frozenset[str], section: str) -> str:
    """Return heading, question and all replies, cleaned.

    Of an answer that belongs to another thread, only what concerns this one is part of it.
    """
    replies = (
        _shared_text(thread, place, names) if message.shared else _content(message.text, names)
        for place, message in enumerate(thread.messages)
        if place
    )
    texts = (clean(section), question_passage(thread, names).text, *replies)
    return "\n".join(filter(None, texts))


def _question_passages(thread: Thread, names: frozenset[str]) -> list[Passage]:
    """Return the question, and each post with which the asker went on from it."""
    found = [question_passage(thread, names)]
    for place, message in enumerate(thread.messages):
        if (
            place
            and message.asks
            and message.position == 0
            and (text := _content(message.text, names))
        ):
            found.append(Passage(thread.thread_id, PassageKind.QUESTION, text, message=place))
    return found


def _part_passages(thread: Thread, names: frozenset[str]) -> Iterator[Passage]:
    """Yield each question that is asked in a post, where it is not all that the post says."""
    whole = question_passage(thread, names).text
    for place, message in enumerate(thread.messages):
        if message.asks:
            for part in split_parts(message.text, names=names):
                if part.text != whole:
                    yield Passage(
                        thread.thread_id, PassageKind.PART, part.text, message=place, span=part.span
                    )


def _content(text: str, names: frozenset[str]) -> str:
    """Return the cleaned sentences that say something, a line each."""
    spans = content_spans(text, names=names)
    return "\n".join(filter(None, (clean(text[span.start : span.end]) for span in spans)))


def _answers_of(
    thread: Thread, place: int, message: Message, names: frozenset[str]
) -> list[Passage]:
    """Cut an answer into passages; of a shared one, keep the passage nearest to the question."""
    found = list(_answer_passages(thread.thread_id, place, message, names))
    if not message.shared or len(found) < 2:
        return found
    asked = frozenset(tokenise(question_passage(thread, names).text))
    return [max(found, key=lambda passage: len(asked & set(tokenise(passage.text))))]


def _shared_text(thread: Thread, place: int, names: frozenset[str]) -> str:
    """Return the words of a shared answer that concern a thread."""
    found = _answers_of(thread, place, thread.messages[place], names)
    return "\n".join(passage.text for passage in found)


def _follow_up_passage(thread: Thread, made: FollowUp, names: frozenset[str]) -> Passage:
    """Return a question asked after an answer, together with the answer to it.

    It stands for the answer: who asks the same finds the thread by it, and is shown that answer.
    """
    first = thread.messages[made.answers[0]]
    texts = [_content(thread.messages[made.question].text, names), _content(first.text, names)]
    return Passage(
        thread_id=thread.thread_id,
        kind=PassageKind.ANSWER,
        text="\n".join(filter(None, texts)),
        message=made.answers[0],
        by_author=first.role is Role.AUTHOR,
    )


def _answer_passages(
    thread_id: str, place: int, message: Message, names: frozenset[str]
) -> Iterator[Passage]:
    """Cut one reply into passages of whole sentences."""
    for spans in _pack(message.text, content_spans(message.text, names=names)):
        text = " ".join(filter(None, (clean(message.text[s.start : s.end]) for s in spans)))
        if text:
            yield Passage(
                thread_id=thread_id,
                kind=PassageKind.ANSWER,
                text=text,
                message=place,
                span=Span(spans[0].start, spans[-1].end),
                by_author=message.role is Role.AUTHOR,
            )


def _pack(text: str, spans: Sequence[Span]) -> Iterator[list[Span]]:
    """Group neighbouring sentences up to `PASSAGE_WORDS` words; a longer one stands alone."""
    group: list[Span] = []
    n_words = 0
    for span in spans:
        length = len(text[span.start : span.end].split())
        if group and n_words + length > PASSAGE_WORDS:
            yield group
            group, n_words = [], 0
        group.append(span)
        n_words += length
    if group:
        yield group

"""What is embedded of a thread: the question, pieces of the answers, the whole."""

from collections.abc import Iterator, Sequence

from search.models import AnsweredBy, Message, Passage, PassageKind, Role, Span, Thread
from search.text.boilerplate import content_spans
from search.text.clean import clean

PASSAGE_WORDS = 70


def passages_of(thread: Thread, *, names: frozenset[str] = frozenset()) -> list[Passage]:
    """Cut a thread into passages.

    A thread that nobody answered is its question alone: it has no text that could answer, so it
    can never rank above its answered twin.

    Args:
        thread: The thread.
        names: Words of the names of those who may be addressed.
    """
    passages = [question_passage(thread, names)]
    if thread.answered_by is AnsweredBy.NOBODY:
        return passages
    for place, message in enumerate(thread.messages):
        if message.answers:
            passages.extend(_answer_passages(thread.thread_id, place, message, names))
    text = whole_text(thread, names=names)
    passages.append(Passage(thread.thread_id, PassageKind.THREAD, text))
    return passages


def question_passage(thread: Thread, names: frozenset[str]) -> Passage:
    """Return the question without greetings and thanks; all of it where nothing else is left."""
    text = _content(thread.question.text, names) or clean(thread.question.text)
    return Passage(thread.thread_id, PassageKind.QUESTION, text, message=0)


def whole_text(thread: Thread, *, names: frozenset[str]) -> str:
    """Return the question and all replies, cleaned; nothing where nobody answered."""
    if thread.answered_by is AnsweredBy.NOBODY:
        return ""
    replies = (_content(message.text, names) for message in thread.replies)
    return "\n".join([question_passage(thread, names).text, *filter(None, replies)])


def _content(text: str, names: frozenset[str]) -> str:
    """Return the cleaned sentences that say something, a line each."""
    spans = content_spans(text, names=names)
    return "\n".join(filter(None, (clean(text[span.start : span.end]) for span in spans)))


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

"""Choose what of a post to show where there is no room for all of it."""

from collections.abc import Callable, Sequence

from search.models import Span
from search.text.boilerplate import content_spans
from search.text.sentences import sentences

MOST_ANSWER_CHARS = 420
MOST_QUESTION_CHARS = 170
_SHORT_CHARS = 60
_WORTH_OF_ASKING = 3


def answer_window(text: str, highlights: Sequence[Span]) -> Span:
    """Return the sentences around the one that answers, about as many as a card has room for."""
    spans = sentences(text)
    if not spans or len(text) <= MOST_ANSWER_CHARS * 1.2:
        return Span(0, len(text))
    focus = highlights[0].start if highlights else 0
    first = max((place for place, span in enumerate(spans) if span.start <= focus), default=0)
    before = first - 1 if first and _length(spans, first - 1, first) < MOST_ANSWER_CHARS else first
    return _grown(spans, before, first, MOST_ANSWER_CHARS)


def question_window(text: str, highlights: Sequence[Span], names: frozenset[str]) -> Span:
    """Return the part of a question that says what is asked.

    That is the sentence that asks and shares most words with the query, and what follows it
    while there is room; greetings and thanks are left out.
    """
    spans = content_spans(text, names=names) or sentences(text)
    if not spans:
        return Span(0, len(text))
    if spans[-1].end - spans[0].start <= MOST_QUESTION_CHARS:
        return Span(spans[0].start, spans[-1].end)
    units = [unit for span in spans for unit in _inside(text, span)]
    best = max(range(len(units)), key=_merit(text, units, highlights))
    leans = best and _length(units, best, best) < _SHORT_CHARS
    first = best - 1 if leans and _length(units, best - 1, best) <= MOST_QUESTION_CHARS else best
    return _grown(units, first, best, MOST_QUESTION_CHARS)


def _inside(text: str, span: Span) -> list[Span]:
    """Return the sentences of a stretch."""
    found = sentences(text[span.start : span.end])
    return [Span(each.start + span.start, each.end + span.start) for each in found]


def _merit(
    text: str, units: Sequence[Span], highlights: Sequence[Span]
) -> Callable[[int], tuple[int, int]]:
    """Return a function from a sentence's place to how well it stands for the question."""

    def merit(place: int) -> tuple[int, int]:
        unit = units[place]
        shared = sum(unit.start <= span.start < unit.end for span in highlights)
        asks = "?" in text[unit.start : unit.end]
        return shared + _WORTH_OF_ASKING * asks, -place

    return merit


def _length(spans: Sequence[Span], first: int, last: int) -> int:
    """Return how many characters lie from the start of one sentence to the end of another."""
    return spans[last].end - spans[first].start


def _grown(spans: Sequence[Span], first: int, last: int, room: int) -> Span:
    """Take further sentences while there is room for them."""
    while last + 1 < len(spans) and _length(spans, first, last + 1) <= room:
        last += 1
    return Span(spans[first].start, spans[last].end)

"""Point at the words that answer: the reply, the sentence, and what the question shares."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.models import Passage, Span
from search.text.clean import clean
from search.text.sentences import sentences
from search.text.tokens import tokenise, word_spans

AUTHOR_PREFERENCE = 0.05
_PASSAGE_SHARE = 0.4
_TAIL = 24


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a passage is to a query, as a whole and token by token.

    `starts` says where each token stands in the passage's text, shape `(n,)`, and `by_token` has
    its cosine with each token of the query, `(n, m)`.
    """

    cosine: float
    starts: NDArray[np.int64]
    by_token: NDArray[np.float64]


def answering_sentence(
    passages: Sequence[Passage], near: Sequence[Nearness], texts: Sequence[str]
) -> tuple[int, Span] | None:
    """Return the sentence of all answers that is nearest to a query.

    A sentence scores the mean, over the query's tokens, of the largest cosine with one of its
    tokens; the passage that it stands in lends it some of its own nearness, and an author's a
    little more.

    Args:
        passages: Slices of the answers.
        near: How near each of them is to the query.
        texts: The verbatim messages of the thread.

    Returns:
        The index of the message and a span of it; None where the passages have no sentence.
    """
    best: tuple[float, int, Span] | None = None
    for passage, nearness in zip(passages, near, strict=True):
        message = passage.message or 0
        lent = nearness.cosine + AUTHOR_PREFERENCE * passage.by_author
        for span, start, end in _sentences_of(passage, texts[message]):
            inside = (nearness.starts >= start) & (nearness.starts < end)
            score = _PASSAGE_SHARE * lent + _best_mean(nearness.by_token[inside])
            if best is None or score > best[0]:
                best = score, message, span
    return None if best is None else best[1:]


def _best_mean(by_token: NDArray[np.float64]) -> float:
    """Return the mean over a query's tokens of the largest cosine, 0 without any."""
    return float(by_token.max(axis=0).mean()) if by_token.size else 0.0


def _sentences_of(passage: Passage, text: str) -> Iterator[tuple[Span, int, int]]:
    """Yield the sentences of a passage, each with where it stands in the passage's own text.

    Greetings and thanks are not in that text; an address before a sentence may be missing.
    """
    position = 0
    for span in sentences_within(text, passage.span or Span(0, len(text))):
        words = clean(text[span.start : span.end])
        tail = words[-_TAIL:]
        before = passage.text.find(tail, position) if tail else -1
        if before >= 0:
            end = before + len(tail)
            yield span, max(position, end - len(words)), end
            position = end


def sentences_within(text: str, within: Span) -> list[Span]:
    """Return the sentences of a text that a span touches, cut where it begins and ends."""
    cut = (
        Span(max(span.start, within.start), min(span.end, within.end)) for span in sentences(text)
    )
    return [span for span in cut if span.start < span.end]


def sentence_by_words(
    text: str, *, within: Span, terms: Set[str], weights: Mapping[str, float]
) -> Span | None:
    """Return the sentence of a passage that shares the most weight of terms with a query.

    Args:
        text: The verbatim message.
        within: The passage that is nearest to the query.
        terms: Stems of the query.
        weights: How telling each stem is; a stem without weight counts 1.

    Returns:
        A span of `text`; the passage's first sentence where nothing is shared.
    """

    def shared(span: Span) -> float:
        found = terms & set(tokenise(clean(text[span.start : span.end])))
        return sum(weights.get(term, 1.0) for term in found)

    inside = sentences_within(text, within)
    return max(inside, key=lambda span: (shared(span), -span.start)) if inside else None


def shared_words(text: str, *, terms: Set[str]) -> tuple[Span, ...]:
    """Return the words of a verbatim text whose stems a query has, in order."""
    return tuple(
        Span(start, end)
        for start, end in word_spans(text)
        if not terms.isdisjoint(tokenise(text[start:end]))
    )

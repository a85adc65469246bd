"""Point at the words that answer: the reply, the sentence, and what the question shares."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from search.models import Passage, Span
from search.text.clean import clean
from search.text.sentences import sentences
from search.text.tokens import stems_of, tokenise, word_matches

AUTHOR_PREFERENCE = 0.05
QUESTION_WEIGHT = 2.0
_PASSAGE_SHARE = 0.4
_TAIL = 24
_CUT_TEXTS = 512
_CUT_PASSAGES = 4_096


@dataclass(frozen=True, slots=True)
class ByToken:
    """How near the tokens of a passage are to those of a query.

    `starts` says where each token stands in the passage's text, in order, shape `(n,)`, and
    `cosines` has its cosine with each token of the query, `(n, m)`.
    """

    starts: NDArray[np.int64]
    cosines: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Near:
    """A passage of an answer and how near it is to a query: as a whole, and token by token.

    `asked` is how near the question is that the passage answers, for a thread with follow-ups;
    0 in any other thread, where all answers are to the same.
    """

    passage: Passage
    cosine: float
    by_token: ByToken | None
    asked: float = 0.0

    @property
    def message(self) -> int:
        """Return which message of the thread it is of."""
        return self.passage.message or 0

    @property
    def lent(self) -> float:
        """Return how near a sentence is for standing in it, and for what it answers.

        An author's is a little nearer.
        """
        preference = AUTHOR_PREFERENCE * self.passage.by_author
        return self.cosine + preference + QUESTION_WEIGHT * self.asked


def answering_sentence(near: Sequence[Near], texts: Sequence[str]) -> tuple[int, Span] | None:
    """Return the sentence of all answers that is nearest to a query.

    A sentence scores the mean, over the query's tokens, of the largest cosine with one of its
    tokens; the passage that it stands in lends it some of its own nearness and of that of the
    question which it answers, and an author's a little more.

    Args:
        near: Slices of the answers.
        texts: The verbatim messages of the thread.

    Returns:
        The index of the message and a span of it; None where the passages have no sentence, or
        their tokens are unknown.
    """
    known = [(each, each.by_token) for each in near if each.by_token is not None]
    bounds: list[list[tuple[int, int]]] = []
    lent: list[float] = []
    spans: list[tuple[int, Span]] = []
    for each, _ in known:
        found = _sentences_of(each.passage, texts[each.message])
        bounds.append([(start, end) for _, start, end in found])
        lent += [_PASSAGE_SHARE * each.lent] * len(found)
        spans += [(each.message, span) for span, _, _ in found]
    if not spans:
        return None
    means = _best_means([by_token for _, by_token in known], bounds)
    return spans[int(np.argmax(np.array(lent) + means))]


def _best_means(
    passages: Sequence[ByToken], bounds: Sequence[Sequence[tuple[int, int]]]
) -> NDArray[np.float64]:
    """Return for each sentence the mean of its largest cosines, 0 where it has no tokens.

    Args:
        passages: How near their tokens are.
        bounds: For each passage where its sentences begin and end.
    """
    ends = np.cumsum([len(each.starts) for each in passages])
    places = np.concatenate(
        [
            np.searchsorted(each.starts, np.array(own, dtype=np.int64).reshape(-1, 2))
            + (end - len(each.starts))
            for each, own, end in zip(passages, bounds, ends, strict=True)
        ]
    )
    means = np.zeros(len(places))
    full = places[:, 0] < places[:, 1]
    if full.any():
        # A row behind the last, because the end of a sentence may be the end of all.
        behind = np.zeros((1, passages[0].cosines.shape[1]))
        rows = np.concatenate([*(each.cosines for each in passages), behind])
        means[full] = np.maximum.reduceat(rows, places[full].reshape(-1))[::2].mean(axis=1)
    return means


@lru_cache(maxsize=_CUT_PASSAGES)
def _sentences_of(passage: Passage, text: str) -> tuple[tuple[Span, int, int], ...]:
    """Return the sentences of a passage, each with where it stands in the passage's own text.

    Greetings and thanks are not in that text; an address before a sentence may be missing.
    """
    found = []
    position = 0
    for span in sentences_within(text, passage.span or Span(0, len(text))):
        words = clean(text[span.start : span.end])
        tail = words[-_TAIL:]
        before = passage.text.find(tail, position) if tail else -1
        if before >= 0:
            end = before + len(tail)
            found.append((span, max(position, end - len(words)), end))
            position = end
    return tuple(found)


@lru_cache(maxsize=_CUT_TEXTS)
def _cut(text: str) -> tuple[Span, ...]:
    """Return the sentences of a text; passages of one message ask for the same."""
    return tuple(sentences(text))


def sentences_within(text: str, within: Span) -> list[Span]:
    """Return the sentences of a text that a span touches, cut where it begins and ends."""
    touched = []
    for span in _cut(text):
        start, end = max(span.start, within.start), min(span.end, within.end)
        if start < end:
            touched.append(span if end - start == span.end - span.start else Span(start, end))
    return touched


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
        Span(*word.span()) for word in word_matches(text) if not terms.isdisjoint(stems_of(word[0]))
    )

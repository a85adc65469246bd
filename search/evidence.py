"""Point at the words that answer: the reply, the sentence, and what the question shares."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from search.arrays import mean_of_columns
from search.late import ByToken
from search.models import Passage, Span
from search.text.clean import clean
from search.text.sentences import sentences
from search.text.tokens import places_of_stems, tokenise

AUTHOR_PREFERENCE = 0.2
QUESTION_WEIGHT = 2.0
REPEATING_COST = 0.5
QUOTING_GAIN = 0.2
_PASSAGE_SHARE = 0.3
_ASIDE = re.compile(r"\s*\(.*\)[\s.!]*\Z", re.DOTALL)
_ASKS = re.compile(r"\?[\s\"'”’)\]]*\Z")
_ITEM = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)])\s")
_MOST_ITEMS = 5
_SHORTEST_REPEATED = 24
_MARKS = " .!…:;,`\"'“”‘’>*_~-"
_TAIL = 24
_CUT_TEXTS = 512
_CUT_PASSAGES = 4_096


@dataclass(frozen=True, slots=True)
class Near:
    """A passage of an answer and how near it is to a query: as a whole, and by its sentences.

    `sentences` are spans of the message with how near each is by its tokens, None where these are
    unknown. `asked` is how near the question is that the passage answers, for a thread with
    follow-ups; 0 in any other thread, where all answers are to the same.
    """

    passage: Passage
    cosine: float
    sentences: Sequence[tuple[Span, float]] | None
    asked: float = 0.0

    @property
    def message(self) -> int:
        """Return which message of the thread it is of."""
        return self.passage.message or 0

    @property
    def lent(self) -> float:
        """Return how near a sentence is for standing in it, and for what it answers.

        An author's is nearer.
        """
        preference = AUTHOR_PREFERENCE * self.passage.by_author
        return self.cosine + preference + QUESTION_WEIGHT * self.asked


def answering_sentence(near: Sequence[Near]) -> tuple[int, Span] | None:
    """Return the sentence of all answers that is nearest to a query.

    The passage that it stands in lends a sentence some of its own nearness and of that of the
    question which it answers, and an author's more.

    Args:
        near: Slices of the answers.

    Returns:
        The index of the message and a span of it, the first of several that are as near; None
        where the passages have no sentence, or their tokens are unknown.
    """
    scored = (
        (_PASSAGE_SHARE * each.lent + nearness, each.message, span)
        for each in near
        for span, nearness in each.sentences or ()
    )
    best = max(scored, key=itemgetter(0), default=None)
    return best and best[1:]


def near_sentences(
    passages: Sequence[Passage],
    texts: Sequence[str],
    by_token: ByToken,
    *,
    asked: Sequence[str] = (),
) -> list[list[tuple[Span, float]]]:
    """Return the sentences of each passage, with how near they are to a query by their tokens.

    A sentence scores the mean, over the query's tokens, of the largest cosine with one of its
    tokens, and 0 where all of these were left out. One that asks, or stands in brackets or in the
    question itself, is farther: who answers a question often repeats it first.

    Args:
        passages: Slices of messages.
        texts: For each passage its verbatim message.
        by_token: How near the tokens of these passages are; the query has some.
        asked: For each passage the question that its thread opens with.
    """
    found = list(map(_sentences_of, passages, texts, asked or [""] * len(passages)))
    owners = np.repeat(np.arange(len(found)), list(map(len, found)))
    bounds = np.array([each.bounds for own in found for each in own], np.int64).reshape(-1, 2)
    means = iter(_best_means(by_token, bounds, owners).tolist())
    return [
        [(each.span, next(means) - REPEATING_COST * each.repeats) for each in own] for own in found
    ]


def _best_means(
    by_token: ByToken, bounds: NDArray[np.int64], owners: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return for each sentence the mean of its largest cosines, 0 where it has no tokens.

    Args:
        by_token: How near the tokens of some passages are.
        bounds: Where each sentence begins and ends in its passage, `(n, 2)`.
        owners: The number of its passage; these are sorted.
    """
    # Passages one behind the other, each longer than any is.
    longest = 1 + max(by_token.starts.max(initial=0), bounds.max(initial=0))
    starts = by_token.starts + longest * np.repeat(np.arange(len(by_token.counts)), by_token.counts)
    places = np.searchsorted(starts, bounds + longest * owners[:, None])
    means = np.zeros(len(places))
    full = places[:, 0] < places[:, 1]
    if full.any():
        # A column behind the last, because the end of a sentence may be the end of all.
        cosines = np.concatenate([by_token.cosines, np.zeros((len(by_token.cosines), 1))], axis=1)
        best = np.maximum.reduceat(cosines, places[full].reshape(-1), axis=1)[:, ::2]
        means[full] = mean_of_columns(best)
    return means


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of a message, and where it begins and ends in the text of its passage."""

    span: Span
    bounds: tuple[int, int]
    repeats: bool


@lru_cache(maxsize=_CUT_PASSAGES)
def _sentences_of(passage: Passage, text: str, asked: str) -> tuple[_Sentence, ...]:
    """Return the sentences of a passage; those that ask, or stand in what was asked, repeat it.

    Greetings and thanks are not in its text; an address before a sentence may be missing.
    """
    found = []
    known = _folded(asked)
    position = 0
    for span in sentences_within(text, passage.span or Span(0, len(text))):
        words = clean(text[span.start : span.end])
        tail = words[-_TAIL:]
        before = passage.text.find(tail, position) if tail else -1
        if before >= 0:
            end = before + len(tail)
            bounds = max(position, end - len(words)), end
            found.append(_Sentence(span, bounds, _repeats(words, known)))
            position = end
    return tuple(found)


def _repeats(words: str, asked: str) -> bool:
    """Tell whether a sentence asks, stands in brackets, or stands in a folded question too."""
    if _ASKS.search(words) or _ASIDE.match(words):
        return True
    return len(words) >= _SHORTEST_REPEATED and _folded(words).strip(_MARKS) in asked


@lru_cache(maxsize=_CUT_TEXTS)
def _folded(text: str) -> str:
    """Return the words of a message as those of its passages are written, in small letters.

    Curly apostrophes are straight.
    """
    return clean(text).casefold().replace("’", "'")


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


def with_what_follows(text: str, sentence: Span) -> Span:
    """Return a sentence that leads to a list with the list, five items at most; any other alone.

    Args:
        text: The verbatim message.
        sentence: A span of it. One that ends in a colon leads to what follows.
    """
    if not text[sentence.start : sentence.end].rstrip().endswith(":"):
        return sentence
    following = [span for span in _cut(text) if span.start >= sentence.end]
    items = list(takewhile(lambda span: _ITEM.match(text, span.start), following[:_MOST_ITEMS]))
    last = (items or following[:1] or [sentence])[-1]
    return Span(sentence.start, last.end)


def sentence_by_words(text: str, *, within: Span, terms: Set[str]) -> Span | None:
    """Return the sentence of a passage that shares the most terms with a query.

    Args:
        text: The verbatim message.
        within: The passage that is nearest to the query.
        terms: Stems of the query.

    Returns:
        A span of `text`; the passage's first sentence where nothing is shared.
    """

    def shared(span: Span) -> int:
        return len(terms & set(tokenise(clean(text[span.start : span.end]))))

    inside = sentences_within(text, within)
    return max(inside, key=lambda span: (shared(span), -span.start)) if inside else None


def shared_words(text: str, *, terms: Set[str]) -> tuple[Span, ...]:
    """Return the words of a verbatim text whose stems a query has, in order."""
    places = places_of_stems(text)
    shared = {place for term in terms for place in places.get(term, ())}
    return tuple(Span(*place) for place in sorted(shared))

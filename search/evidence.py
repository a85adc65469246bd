"""Point at the words that answer: the reply, the sentence, and what the question shares."""

from collections.abc import Mapping, Set

from search.models import Span
from search.text.clean import clean
from search.text.sentences import sentences
from search.text.tokens import tokenise, word_spans


def answering_sentence(
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
    inside = [
        span for span in sentences(text) if within.start <= span.start and span.end <= within.end
    ]
    if not inside:
        return within if within.end > within.start else None

    def shared(span: Span) -> float:
        found = terms & set(tokenise(clean(text[span.start : span.end])))
        return sum(weights.get(term, 1.0) for term in found)

    return max(inside, key=lambda span: (shared(span), -span.start))


def shared_words(text: str, *, terms: Set[str]) -> tuple[Span, ...]:
    """Return the words of a verbatim text whose stems a query has, in order."""
    return tuple(
        Span(start, end)
        for start, end in word_spans(text)
        if not terms.isdisjoint(tokenise(text[start:end]))
    )

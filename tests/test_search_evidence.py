import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.evidence import ByToken, Near, answering_sentence, shared_words
from search.models import Passage, PassageKind, Span
from search.text.sentences import sentences

WORDS = ("shadow", "traffic", "model", "deploy", "slowly")
MESSAGES = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(lambda said: " ".join(said) + "."),
    min_size=1,
    max_size=4,
).map(" ".join)


def passage(text: str, *, message: int = 0, by_author: bool = False) -> Passage:
    return Passage(
        thread_id="t",
        kind=PassageKind.ANSWER,
        text=text,
        message=message,
        span=Span(0, len(text)),
        by_author=by_author,
    )


def near(
    text: str, cosines: np.ndarray, *, cosine: float = 0.0, asked: float = 0.0, **kept: int
) -> Near:
    starts = np.array([at for at in range(len(text)) if text[at - 1 : at] in ("", " ")], np.int64)
    return Near(passage(text, **kept), cosine, ByToken(starts, cosines[: len(starts)]), asked)


def by_hand(nears: list[Near], texts: list[str]) -> tuple[int, Span]:
    """Score each sentence as the definition says, one by one; passages are whole messages."""
    best = None
    for each in nears:
        for span in sentences(texts[each.message]):
            starts, cosines = each.by_token.starts, each.by_token.cosines
            inside = cosines[(starts >= span.start) & (starts < span.end)]
            mean = inside.max(axis=0).mean() if len(inside) else 0.0
            lent = each.cosine + 0.05 * each.passage.by_author + 2 * each.asked
            score = 0.4 * lent + mean
            if best is None or score > best[0]:
                best = score, each.message, span
    return best[1:]


@settings(max_examples=60, deadline=None)
@given(st.lists(MESSAGES, min_size=1, max_size=4), st.integers(0, 1_000))
def test_the_answering_sentence_is_that_of_the_definition(texts: list[str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    nears = [
        near(
            text,
            rng.normal(size=(40, 3)),
            cosine=float(rng.normal()),
            asked=float(rng.normal()),
            message=number,
            by_author=bool(number % 2),
        )
        for number, text in enumerate(texts)
    ]
    assert answering_sentence(nears, texts) == by_hand(nears, texts)


def test_a_sentence_whose_tokens_were_left_out_scores_only_what_its_passage_lends() -> None:
    text = "Watch the traffic. So it is."
    first = Near(passage(text), 0.5, ByToken(np.array([0, 10]), np.array([[-0.2], [-0.1]])))
    assert answering_sentence([first], [text]) == (0, Span(19, 28))
    nothing = Near(passage(text), 0.5, ByToken(np.zeros(0, np.int64), np.zeros((0, 1))))
    assert answering_sentence([nothing], [text]) == (0, Span(0, 18))


def test_without_tokens_or_sentences_nothing_is_pointed_at() -> None:
    assert answering_sentence([Near(passage("Yes."), 1.0, None)], ["Yes."]) is None
    assert answering_sentence([near(" ", np.zeros((1, 1)))], [" "]) is None
    assert answering_sentence([], []) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Deploying a model's shadow", ["Deploying", "model's"]),
        ("DEPLOY, deploys; e-model", ["DEPLOY", "deploys", "e-model"]),
        ("nothing of it", []),
    ],
)
def test_shared_words_have_a_stem_of_the_query(text: str, shown: list[str]) -> None:
    found = shared_words(text, terms=frozenset({"deploy", "model"}))
    assert [text[span.start : span.end] for span in found] == shown

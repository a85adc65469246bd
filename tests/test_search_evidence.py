import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.evidence import (
    Near,
    answering_sentence,
    near_sentences,
    shared_words,
    with_what_follows,
)
from search.late import ByToken
from search.models import Passage, PassageKind, Span
from search.text.sentences import sentences

WORDS = ("shadow", "traffic", "model", "deploy", "slowly")
SAID = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
MESSAGES = st.lists(
    st.tuples(SAID, st.sampled_from("..?")).map("".join), min_size=1, max_size=4
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


def word_starts(text: str) -> list[int]:
    return [at for at in range(len(text)) if text[at - 1 : at] in ("", " ")]


def by_token(starts: list[list[int]], cosines: list[np.ndarray]) -> ByToken:
    """Put the tokens of passages one behind the other; `cosines` has `(n, m)` for each."""
    return ByToken(
        counts=np.array(list(map(len, starts)), np.int64),
        starts=np.array([at for own in starts for at in own], np.int64),
        cosines=np.concatenate(cosines).T,
    )


def near(text: str, nearness: float) -> Near:
    """Return a passage whose only sentence is as near as given."""
    return Near(passage(text), 0.0, [(Span(0, len(text)), nearness)])


def by_hand(nears: list[Near], texts: list[str], cosines: list[np.ndarray]) -> tuple[int, Span]:
    """Score each sentence as the definition says, one by one; passages are whole messages."""
    best = None
    for each, own in zip(nears, cosines, strict=True):
        starts = np.array(word_starts(texts[each.message]))
        for span in sentences(texts[each.message]):
            inside = own[(starts >= span.start) & (starts < span.end)]
            mean = inside.max(axis=0).mean() if len(inside) else 0.0
            lent = each.cosine + 0.2 * each.passage.by_author + 2 * each.asked
            score = 0.3 * lent + mean - 0.5 * texts[each.message][: span.end].endswith("?")
            if best is None or score > best[0]:
                best = score, each.message, span
    return best[1:]


@settings(max_examples=60, deadline=None)
@given(st.lists(MESSAGES, min_size=1, max_size=4), st.integers(0, 1_000))
def test_the_answering_sentence_is_that_of_the_definition(texts: list[str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    passages = [
        passage(text, message=number, by_author=bool(number % 2))
        for number, text in enumerate(texts)
    ]
    starts = list(map(word_starts, texts))
    cosines = [rng.normal(size=(len(own), 3)) for own in starts]
    nears = [
        Near(each, float(rng.normal()), found, float(rng.normal()))
        for each, found in zip(
            passages, near_sentences(passages, texts, by_token(starts, cosines)), strict=True
        )
    ]
    assert answering_sentence(nears) == by_hand(nears, texts, cosines)


def test_a_sentence_scores_the_mean_of_what_each_token_of_the_query_finds_in_it() -> None:
    texts = ["Watch the traffic. So it is.", "", "Yes."]
    found = near_sentences(
        list(map(passage, texts)),
        texts,
        by_token(
            [[0, 10], [], [0]],
            [np.array([[0.2, -0.3], [0.6, -0.1]]), np.zeros((0, 2)), np.array([[0.5, 1.0]])],
        ),
    )
    # The tokens of the second sentence were left out.
    assert found == [
        [(Span(0, 18), (0.6 - 0.1) / 2), (Span(19, 28), 0.0)],
        [],
        [(Span(0, 4), (0.5 + 1.0) / 2)],
    ]


def test_a_question_that_an_answer_repeats_is_not_what_answers() -> None:
    text = "How do I watch it (safely?) Shadow it."
    starts = [[7, 11, 28]]
    (found,) = near_sentences(
        [passage(text)], [text], by_token(starts, [np.array([[0.5], [0.6], [0.55]])])
    )
    assert [nearness for _, nearness in found] == pytest.approx([0.1, 0.55])
    assert answering_sentence([Near(passage(text), 0.0, found)]) == (0, Span(28, 38))


@pytest.mark.parametrize(
    ("text", "sentence", "marked"),
    [
        (
            "Do one of these:\n- Shadow it.\n- Watch it.\n\nOr not.",
            "Do one of these:",
            "Do one of these:\n- Shadow it.\n- Watch it.",
        ),
        ("I say: shadow it. And so on.", "I say: shadow it.", "I say: shadow it."),
        ("As I say:\nshadow it.\nAnd so on.", "As I say:", "As I say:\nshadow it."),
        ("That is all:", "That is all:", "That is all:"),
    ],
)
def test_a_sentence_that_leads_to_a_list_is_marked_with_it(
    text: str, sentence: str, marked: str
) -> None:
    start = text.index(sentence)
    found = with_what_follows(text, Span(start, start + len(sentence)))
    assert text[found.start : found.end] == marked


def test_an_aside_in_brackets_is_not_what_answers() -> None:
    text = "(I watch it too.) Shadow it."
    (found,) = near_sentences(
        [passage(text)], [text], by_token([[1, 18]], [np.array([[0.6], [0.55]])])
    )
    assert answering_sentence([Near(passage(text), 0.0, found)]) == (0, Span(18, 28))


def test_a_sentence_of_the_question_is_not_what_answers() -> None:
    text = "> You watch Ada’s traffic move slowly. So shadow it. And so on, forever and ever."
    starts = [[6, 42, 56]]
    cosines = np.array([[0.6], [0.55], [0.1]])
    asked = ["Hi! Say that YOU watch Ada's traffic move slowly?  So shadow it."]
    (found,) = near_sentences([passage(text)], [text], by_token(starts, [cosines]), asked=asked)
    assert [nearness for _, nearness in found] == pytest.approx([0.1, 0.55, 0.1])
    assert answering_sentence([Near(passage(text), 0.0, found)]) == (0, Span(39, 52))


def test_no_passages_have_no_sentences() -> None:
    assert near_sentences([], [], by_token([], [np.zeros((0, 2))])) == []


def test_the_first_of_sentences_that_are_as_near_is_pointed_at() -> None:
    assert answering_sentence([near("No.", 0.1), near("Yes.", 0.2), near("So.", 0.2)]) == (
        0,
        Span(0, 4),
    )


def test_without_tokens_or_sentences_nothing_is_pointed_at() -> None:
    assert answering_sentence([Near(passage("Yes."), 1.0, None)]) is None
    assert answering_sentence([Near(passage(" "), 1.0, [])]) is None
    assert answering_sentence([]) is None


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

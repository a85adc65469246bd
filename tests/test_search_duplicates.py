"""Checking new posts: verdicts, drafts, what must not change them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from search import open_engine
from search.among import originals, repeated
from search.confidence import Logistic
from search.duplicates import JUDGED, NO_CALIBRATION
from search.engine import Engine
from search.errors import InvalidQueryError
from search.limits import MAX_POST_CHARS
from search.results import Verdict
from search.similarity import ASKED_SIGNALS, ORDER, SIGNALS
from search.verdicts import CheckCalibration, Thresholds, overall
from tests.support import THREADS, build_hashed, write_book

ANSWERED = "How do I deploy a model without downtime?"
WAITING = "Will there be a second edition of the book?"
BOOK = "20211122-a-small-book"
NEW = "Where can pigeons learn underwater basket weaving?"


def _logistic(names: tuple[str, ...], **weights: float) -> Logistic:
    return Logistic(-6.0, {name: weights.get(name, 0.0) for name in names})


CALIBRATION = CheckCalibration(
    answers=_logistic(SIGNALS, own=9.0, foreign=-9.0, compared=-4.0),
    asks=_logistic(ASKED_SIGNALS, own=9.0),
    thresholds=Thresholds(answered=0.8, asked=0.8, related=0.3),
    fitted_on="made up",
)


@pytest.fixture(scope="module")
def engine(hashed_bundle: Path) -> Engine:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.verdicts.check_calibration_for", lambda fingerprint: CALIBRATION)
        made = open_engine(hashed_bundle)
        assert made.duplicates
    return made


def test_an_answered_question_is_no_background_of_a_new_one(engine: Engine) -> None:
    further = "And what is weaving?"
    result = engine.check(f"{ANSWERED} {further}")
    assert result.parts[0].verdict is Verdict.ANSWERED
    assert result.parts[1].verdict is not Verdict.ANSWERED
    assert result.parts[1].text == f"{ANSWERED}\n{further}"
    assert result.draft == further


@pytest.mark.parametrize("further", ["Is there a discount?", "2. What is basket weaving?"])
def test_a_short_question_is_judged_by_its_own_words(engine: Engine, further: str) -> None:
    result = engine.check(f"1. {ANSWERED}\n{further}")
    assert further.endswith(result.parts[1].text)
    assert result.parts[1].verdict is Verdict.NEW


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (ANSWERED, Verdict.ANSWERED),
        (f"Hi Ada, {WAITING}", Verdict.ASKED),
        (NEW, Verdict.NEW),
    ],
)
def test_verdicts(engine: Engine, text: str, verdict: Verdict) -> None:
    result = engine.check(text)
    assert result.verdict is verdict
    assert [part.verdict for part in result.parts] == [verdict]


def test_an_answered_question_comes_with_the_author_s_words(engine: Engine) -> None:
    (part,) = engine.check(ANSWERED, top_k=1).parts
    (hit,) = part.hits
    assert hit.answer is not None
    assert hit.answer.text.startswith("Use a shadow deployment first.")
    assert part.probability == hit.probability
    assert part.probability is not None
    assert part.probability > 0.9


def test_a_hit_s_score_is_the_sum_of_its_parts(engine: Engine) -> None:
    for hit in engine.check(ANSWERED).parts[0].hits:
        assert set(hit.why) == set(ORDER)
        assert sum(hit.why.values()) == pytest.approx(hit.score)
        assert 0.0 <= hit.score <= 1.0
    assert sum(ORDER.values()) == pytest.approx(1.0)


def test_a_post_of_several_questions(engine: Engine) -> None:
    result = engine.check(f"Hello!\n1. {ANSWERED}\n2. {NEW}\nThanks!")
    assert [part.verdict for part in result.parts] == [Verdict.ANSWERED, Verdict.NEW]
    assert result.verdict is Verdict.NEW
    assert result.draft == NEW


@pytest.mark.parametrize("text", [ANSWERED, NEW, f"1. {ANSWERED}\n2. {ANSWERED}"])
def test_no_draft_where_nothing_or_everything_is_new(engine: Engine, text: str) -> None:
    assert engine.check(text).draft is None


@pytest.mark.parametrize("text", [ANSWERED, "Which database suits time series?", NEW])
@pytest.mark.parametrize(
    "post",
    ["Hi everyone! {}", "Hello all,\n{}\nThanks a lot in advance!", "{} Cheers", "Great book! {}"],
)
def test_greetings_and_thanks_change_nothing(engine: Engine, text: str, post: str) -> None:
    plain, dressed = engine.check(text), engine.check(post.format(text))
    assert dressed.verdict is plain.verdict
    assert dressed.parts[0].probability == pytest.approx(plain.parts[0].probability, abs=1e-6)


@pytest.mark.parametrize("text", ["Why?", "Models?", "Deploy a model?"])
def test_few_words_are_never_certain(engine: Engine, text: str) -> None:
    (part,) = engine.check(text).parts
    assert part.verdict is not Verdict.ANSWERED
    assert part.probability is not None
    assert part.probability < 0.7


def test_a_question_of_any_book_needs_a_book(engine: Engine) -> None:
    (part,) = engine.check(WAITING).parts
    assert part.verdict not in {Verdict.ANSWERED, Verdict.ASKED}


def test_a_question_of_any_book_has_the_book_that_is_given(engine: Engine) -> None:
    (part,) = engine.check(WAITING, collection=BOOK).parts
    assert part.verdict is Verdict.ASKED
    assert part.hits[0].why["book"] > 0
    assert engine.check(f"Hi Ada, {WAITING}", collection=BOOK).parts[0].verdict is Verdict.ASKED


def test_a_post_that_names_a_book_is_about_that_one(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    authors = {"first-small-book": "Ada Lovelace", "other-large-book": "Grace Hopper"}
    for slug, author in authors.items():
        threads = [((slug, "Who is this book for?"), [(author, f"For all of {slug}.")])]
        write_book(tmp_path / "books", slug, threads, authors=[author])
    build_hashed(tmp_path / "books", tmp_path / "bundle")
    two_books = open_engine(tmp_path / "bundle")

    def first(text: str, collection: str | None) -> str:
        return two_books.check(text, collection=collection).parts[0].hits[0].collection.slug

    for slug in authors:
        assert first("Who is this book for?", slug) == slug
        assert first("Hi Grace, who is this book for?", slug) == "other-large-book"


def test_of_the_books_of_an_author_the_given_one_is_meant(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    slugs = ("first-small-book", "other-large-book")
    for slug in slugs:
        threads = [((slug, "Who is this book for?"), [("Ada Lovelace", f"For all of {slug}.")])]
        write_book(tmp_path / "books", slug, threads, authors=["Ada Lovelace"])
    build_hashed(tmp_path / "books", tmp_path / "bundle")
    checker = open_engine(tmp_path / "bundle").duplicates
    post = "Hi Ada, who is this book for?"
    assert checker.read(post).books == set(slugs)
    for slug in slugs:
        assert checker.read(post, collection=slug).books == {slug}


def test_the_given_book_takes_no_answer_of_another_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "books").mkdir()
    write_book(tmp_path / "books", "first-small-book", THREADS)
    near = [((f"Asker {n}", f"How do I deploy on day {n}?"), []) for n in range(2 * JUDGED)]
    write_book(tmp_path / "books", "other-large-book", near, authors=["Grace Hopper"])
    build_hashed(tmp_path / "books", tmp_path / "bundle")
    monkeypatch.setattr("search.verdicts.check_calibration_for", lambda fingerprint: CALIBRATION)
    engine = open_engine(tmp_path / "bundle")
    (part,) = engine.check(ANSWERED, collection="other-large-book", top_k=2).parts
    assert part.verdict is Verdict.ANSWERED
    assert [hit.collection.slug for hit in part.hits] == ["first-small-book", "other-large-book"]
    assert part.hits[0].probability == part.probability


@pytest.mark.parametrize("top_k", [1, 2, 9])
def test_the_thread_whose_chance_is_told_is_shown_first(
    hashed_bundle: Path, monkeypatch: pytest.MonkeyPatch, top_k: int
) -> None:
    farthest = replace(
        CALIBRATION,
        answers=_logistic(SIGNALS, thread=-9.0),
        thresholds=Thresholds(answered=0.99, asked=0.99, related=0.0),
    )
    monkeypatch.setattr("search.verdicts.check_calibration_for", lambda fingerprint: farthest)
    (part,) = open_engine(hashed_bundle).check(ANSWERED, top_k=top_k).parts
    assert part.verdict is Verdict.RELATED
    assert part.probability == part.hits[0].probability
    assert [hit.rank for hit in part.hits] == list(range(1, len(part.hits) + 1))


@pytest.mark.parametrize("top_k", [1, 2, 9])
def test_the_thread_that_asks_the_same_is_shown(engine: Engine, top_k: int) -> None:
    (part,) = engine.check(f"Hi Ada, {WAITING}", top_k=top_k).parts
    assert part.verdict is Verdict.ASKED
    assert part.hits[0].question.text.endswith(WAITING)


def test_an_unknown_book_is_refused(engine: Engine) -> None:
    with pytest.raises(InvalidQueryError, match=f"no book or collection.*did you mean '{BOOK}'"):
        engine.check(WAITING, collection=f"{BOOK}s")


def test_batch_is_the_same_as_alone(engine: Engine) -> None:
    texts = [ANSWERED, NEW, f"1. {ANSWERED}\n2. {NEW}", "Which database suits time series?"] * 20
    posts = [engine.duplicates.read(text) for text in texts]
    together = list(engine.duplicates.check_all(posts, top_k=2))
    for text, result in zip(texts, together, strict=True):
        alone = engine.check(text, top_k=2)
        assert result.verdict is alone.verdict
        for one, other in zip(result.parts, alone.parts, strict=True):
            assert one.probability == pytest.approx(other.probability, abs=1e-6)
            assert [hit.thread_id for hit in one.hits] == [hit.thread_id for hit in other.hits]


def test_without_a_calibration_nothing_is_claimed(hashed: Engine) -> None:
    result = hashed.check(ANSWERED)
    assert result.parts[0].probability is None
    assert result.verdict is Verdict.RELATED
    assert hashed.check(NEW).verdict is Verdict.NEW
    assert NO_CALIBRATION in result.warnings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the post is empty"),
        (" \n\t ", "the post is empty"),
        ("Hi all! Thanks a lot!", "only greets"),
        ("x" * (MAX_POST_CHARS + 1), "20,001 characters, 20,000 are allowed"),
        ("x" * 1_000_000, "1,000,000 characters"),
    ],
    ids=["empty", "blank", "greeting", "too long", "megabyte"],
)
def test_bad_posts_are_refused(engine: Engine, text: str, words: str) -> None:
    with pytest.raises(InvalidQueryError, match=words):
        engine.check(text)


def test_top_k_is_bounded(engine: Engine) -> None:
    with pytest.raises(InvalidQueryError, match="top_k is 0"):
        engine.check(ANSWERED, top_k=0)


def test_a_post_without_a_question_is_one_part(engine: Engine) -> None:
    (part,) = engine.check("We deploy every model without any downtime on Fridays.").parts
    assert part.hits


def test_a_removed_thread_is_not_found(engine: Engine) -> None:
    comparer = engine.duplicates.comparer
    (asked,) = comparer.read([ANSWERED], [frozenset()])
    first = int(comparer.compare(asked).rows[0])
    assert first not in comparer.compare(asked, without=frozenset({first})).rows


def test_the_least_settled_part_decides() -> None:
    assert overall([Verdict.ANSWERED, Verdict.ASKED]) is Verdict.ASKED
    assert overall([Verdict.ANSWERED, Verdict.NEW, Verdict.RELATED]) is Verdict.NEW
    assert overall([Verdict.ANSWERED]) is Verdict.ANSWERED


def test_thresholds_decide_in_order() -> None:
    strict = replace(CALIBRATION, thresholds=Thresholds(0.9, 0.6, 0.3))
    assert strict.verdict(0.9, 1.0) is Verdict.ANSWERED
    assert strict.verdict(0.8, 0.6) is Verdict.ASKED
    assert strict.verdict(0.3, 0.0) is Verdict.RELATED
    assert strict.verdict(0.2, 0.2) is Verdict.NEW


def test_repeats_among_posts_go_back_to_the_first() -> None:
    rows = np.array([[1, 0], [0, 1], [0.99, 0.14], [0.95, 0.31]], dtype=np.float32)
    assert repeated(rows, at_least=0.98) == {2: 0, 3: 2}
    assert originals({2: 0, 3: 2}, 4) == [0, 1, 0, 0]

"""The audit of an archive: what is asked twice, what was answered elsewhere."""

import pytest

from benchmarks.check_posts import read_pairs
from search import open_engine
from search.apart import answered_apart
from search.auditing import (
    AUDIT_DATA,
    AUDIT_SIGNALS,
    NO_CALIBRATION,
    Auditor,
    audit_calibration_for,
)
from search.confidence import Logistic, published
from search.engine import Engine
from search.models import AnsweredBy, LinkKind, Message, Role, Thread, ThreadLink
from tests.support import build_hashed, write_book

ANSWERED = "How do I deploy a model without downtime?"
POSTED_APART = "Why do pigeons navigate better than ravens over the northern sea?"
REPLY = "Hi Gus Tester, pigeons navigate over the northern sea by smell, which ravens have less of."
CALIBRATION = Logistic(-8.0, {"question": 10.0, "own_part": 0.0, "late": 0.0, "open": 0.0})


@pytest.fixture(scope="module")
def repetitive(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("repetitive")
    (folder / "books").mkdir()
    answer = [("Ada Lovelace", "Use a shadow deployment first. Then shift traffic slowly.")]
    pages = [("Ada Lovelace", "It has 442 pages.")]
    mine = [
        (("Ben Tester", ANSWERED), answer),
        (("Cy Tester", "How many pages has it?"), pages),
        (("Gus Tester", POSTED_APART), []),
        (("Ada Lovelace", REPLY), []),
        (("Ian Tester", "How many pages has your book?"), []),
    ]
    other = [
        (("Dot Tester", "How do I deploy a big model without downtime?"), []),
        (("Eve Tester", "How many pages has this book?"), []),
        (("Fay Tester", "How do I learn statistics without books?"), []),
    ]
    write_book(folder / "books", "20211122-a-small-book", mine)
    write_book(folder / "books", "20211129-another-book", other, authors=["Grace Hopper"])
    build_hashed(folder / "books", folder / "bundle")
    return open_engine(folder / "bundle")


@pytest.fixture(scope="module")
def auditor(repetitive: Engine) -> Auditor:
    return Auditor(repetitive.store, repetitive.duplicates, calibration=CALIBRATION)


def test_it_proposes_what_asks_the_same_once_and_what_was_answered_apart(auditor: Auditor) -> None:
    apart, same = sorted(auditor.proposals(), key=lambda each: each.reason is None)
    assert same.kind == "answered_elsewhere"
    assert same.question == "How do I deploy a big model without downtime?"
    assert same.other.question.text == ANSWERED
    assert same.other.answer is not None
    assert same.other.probability == same.probability
    assert apart.kind == "answered_elsewhere"
    assert apart.question == POSTED_APART
    assert apart.source_refs == ("20211122-a-small-book#2",)
    assert apart.other.source_refs == ("20211122-a-small-book#3",)
    assert apart.other.answer is not None
    assert apart.other.answer.text == REPLY
    assert apart.reason is not None
    assert "Gus Tester" in apart.reason
    assert apart.probability >= 0.6


def test_the_other_thread_is_found_by_its_id(repetitive: Engine, auditor: Auditor) -> None:
    for each in auditor.proposals():
        assert repetitive.thread(each.other.thread_id).messages


def test_it_proposes_nothing_that_is_unlikely_or_about_another_book(auditor: Auditor) -> None:
    loose = auditor.proposals(at_least=0.0)
    assert "How many pages has your book?" in {each.question for each in loose}
    assert "How many pages has this book?" not in {each.question for each in loose}
    order = [(each.reason is not None, -each.probability) for each in loose]
    assert order == sorted(order)
    assert order[0][0] < order[-1][0]
    assert auditor.proposals(limit=1) == loose[:1]
    likely = [each for each in loose if each.probability >= 0.5]
    assert len(likely) < len(loose)
    assert auditor.proposals(at_least=0.5) == likely


def test_without_a_calibration_only_answers_posted_apart_are_proposed(repetitive: Engine) -> None:
    auditor = Auditor(repetitive.store, repetitive.duplicates, calibration=None)
    (found,) = auditor.proposals(at_least=0.0)
    assert found.question == POSTED_APART
    assert auditor.warnings == (NO_CALIBRATION,)


def test_signals_are_those_that_a_calibration_weighs(repetitive: Engine, auditor: Auditor) -> None:
    ids = {thread.question.text: thread.thread_id for thread in repetitive.store.iter_threads()}
    (asked,) = repetitive.store.threads([ids["How do I deploy a big model without downtime?"]])
    signals = auditor.signals(asked, ids[ANSWERED])
    assert signals is not None
    assert set(signals) == set(AUDIT_SIGNALS)
    assert signals["open"] == 1.0
    assert auditor.signals(asked, asked.thread_id) is None


def test_every_shipped_calibration_weighs_the_signals() -> None:
    shipped = published(AUDIT_DATA)
    assert shipped
    for fingerprint in shipped:
        calibration = audit_calibration_for(fingerprint)
        assert calibration is not None
        assert set(calibration.weights) == set(AUDIT_SIGNALS)
        alike = dict.fromkeys(AUDIT_SIGNALS, 1.0)
        assert calibration.probability(alike) > 0.9 > calibration.probability({**alike, "late": 0})
    assert audit_calibration_for("another encoder") is None


def _message(
    ref: str, *, asks: bool = False, answers: bool = False, shared: bool = False
) -> Message:
    return Message(ref, "Ada", Role.AUTHOR, ref, ref, 0, asks=asks, answers=answers, shared=shared)


def _link(kind: LinkKind, source: str, target: str, confidence: float) -> ThreadLink:
    return ThreadLink(kind, source, target, "other", confidence, f"{source} fits")


def _thread(messages: list[Message], links: list[ThreadLink]) -> Thread:
    return Thread("id", ("q",), ("book",), tuple(messages), AnsweredBy.AUTHOR, links=tuple(links))


def test_the_surest_answer_of_each_question_without_a_reply_is_found_apart() -> None:
    messages = [
        _message("q", asks=True),
        _message("second", asks=True),
        _message("weak", answers=True),
        _message("sure", answers=True),
        _message("covering", answers=True, shared=True),
    ]
    links = [
        _link(LinkKind.ANSWER, "weak", "q", 0.6),
        _link(LinkKind.ANSWER, "sure", "q", 0.9),
        _link(LinkKind.COVERS, "covering", "second", 0.8),
        _link(LinkKind.SEE, "weak", "second", 1.0),
    ]
    found = [
        (each.question.text, each.answer.text) for each in answered_apart(_thread(messages, links))
    ]
    assert found == [("q", "sure"), ("second", "covering")]


@pytest.mark.parametrize(
    ("asks", "replies"), [(True, True), (False, False)], ids=["answered below", "asks nothing"]
)
def test_nothing_is_found_apart_where_nothing_waits(*, asks: bool, replies: bool) -> None:
    messages = [
        _message("q", asks=asks),
        _message("q", answers=replies),
        _message("sure", answers=True),
    ]
    thread = _thread(messages, [_link(LinkKind.ANSWER, "sure", "q", 0.9)])
    assert list(answered_apart(thread)) == []


def test_judged_pairs_are_ids_and_labels_alone_and_each_is_judged_once() -> None:
    pairs = read_pairs()
    assert len({frozenset({each["thread_id"], each["other"]}) for each in pairs}) == len(pairs)
    for each in pairs:
        assert {*each} == {"sample", "kind", "thread_id", "other", "label"}
        assert all(len(each[name]) == 16 for name in ("thread_id", "other"))
        assert each["label"] in (0, 1)
    assert sum(each["sample"] == "likely" for each in pairs) == 60
    assert sum(each["sample"] == "apart" for each in pairs) >= 60

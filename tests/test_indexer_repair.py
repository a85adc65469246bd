import pytest

from indexer.evidence import Evidence, confidence, reason
from indexer.people import resolve_people
from indexer.repair import find_repairs
from indexer.threads import cast_names
from search.models import CollectionKind, LinkKind
from tests.boards import archive, book

ADA = "Ada Lovelace"
COGS = ("Ben Tester", "Hi Ada, how many cogs does the analytical engine need for addition?")
OIL = ("Cleo Tester", "Which oil keeps the engine running in winter?")


def repairs(*entries, **options):
    item = book(*entries, **options)
    cast = resolve_people(archive(item))
    return find_repairs(item, cast, cast_names(item, cast))


def found(*entries, **options):
    return {
        (made.kind.value, made.source_ref[5:], made.target[5:])
        for made in repairs(*entries, **options)
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Ben Tester -- ten of them.", id="name first"),
        pytest.param("Good question, Ben! Ten of them.", id="name after praise"),
        pytest.param("> how many cogs does the analytical engine need\nTen.", id="quote"),
        pytest.param(
            "How many cogs does the analytical engine need for addition? Ten.", id="restated"
        ),
    ],
)
def test_an_author_answers_in_a_post_of_their_own(text):
    [made] = repairs(COGS, OIL, (ADA, text))
    assert (made.kind, made.source_ref, made.target) == (LinkKind.ANSWER, "book#2", "book#0")
    assert made.joins
    assert made.confidence >= 0.6
    assert made.reason


def test_the_reason_names_what_was_seen():
    [made] = repairs(COGS, OIL, (ADA, "Ben Tester -- ten of them."))
    assert made.reason.startswith("addresses Ben Tester, who asks there")


def test_a_batch_answers_in_the_order_of_the_questions():
    entries = (COGS, OIL, (ADA, "Ben Tester: ten."), (ADA, "Cleo Tester: whale oil."))
    assert found(*entries) == {("answer", "2", "0"), ("answer", "3", "1")}


def test_one_answer_to_several_posts_of_one_asker_covers_them():
    entries = (
        ("Ben Tester", "How much math do engine builders need to read your book, Ada?"),
        ("Ben Tester", "How much theory does the book cover for engine builders?"),
        OIL,
        (
            ADA,
            "Ben Tester -- Almost no math to read the book.\n"
            "How much theory does it cover? Only what builders of engines need.",
        ),
    )
    assert ("covers", "3", "1") in found(*entries)


@pytest.mark.parametrize(
    "text",
    [
        "Hi everyone, happy to be here!",
        "Thanks everyone for the great questions!",
        "By the way, for everybody reading: I also wrote a play.",
    ],
)
def test_an_announcement_answers_nobody(text):
    assert found(COGS, (ADA, text)) == set()


def test_readers_do_not_answer_in_posts_of_their_own():
    assert found(COGS, OIL, ("Dan Tester", "Ben Tester -- ten of them.")) == set()


def test_an_authors_list_is_one_chain():
    entries = (
        (ADA, "These are the ten reasons why engines fail:"),
        (ADA, "1. Too few cogs"),
        (ADA, "2. Too little oil"),
    )
    assert found(*entries) == {("continuation", "1", "0"), ("continuation", "2", "0")}


@pytest.mark.parametrize(
    ("second", "target"),
    [
        pytest.param("2. Which oil do engines like best?", "0", id="numbered"),
        pytest.param("Second question: which oil do engines like best?", "0", id="counted"),
        pytest.param("Also, which oil do engines like best?", "0", id="addition"),
        pytest.param("As a follow up question, which oil do they like?", "0", id="follow-up"),
    ],
)
def test_the_same_asker_goes_on(second, target):
    first = ("Ben Tester", "1. How many cogs does the engine need?")
    assert ("continuation", "1", target) in found(first, ("Ben Tester", second))


def test_items_belong_to_the_post_that_announces_them():
    entries = (
        ("Ben Tester", "Hi Ada, I would like to ask you a few questions."),
        ("Ben Tester", "- How many cogs does the engine need?"),
        ("Ben Tester", "- Which oil is best?"),
    )
    assert found(*entries) == {("continuation", "1", "0"), ("continuation", "2", "0")}


def test_two_questions_in_a_row_are_not_one_series():
    entries = (
        ("Ben Tester", "How many cogs does the engine need?"),
        ("Ben Tester", "Is whale oil expensive in London?"),
    )
    assert found(*entries) == set()


def test_a_reply_below_a_series_covers_its_other_items():
    entries = (
        ("Ben Tester", "Hi Ada, I have a few questions."),
        ("Ben Tester", "- How many cogs does the engine need?"),
        (
            ("Ben Tester", "- Which oil is best for winter?"),
            [(ADA, "1. Ten cogs are what the engine needs.\n2. Whale oil is best for winter.")],
        ),
    )
    assert ("covers", "2", "1") in found(*entries)


def test_a_reply_that_names_another_asker_points_to_their_thread():
    entries = (
        (COGS, [(ADA, "Ten cogs for addition, more for division.")]),
        (OIL, [(ADA, "Whale oil; for addition see my answer to Ben Tester above.")]),
    )
    assert ("see", "1", "0") in found(*entries)


def test_a_list_of_frequent_questions_needs_no_repair():
    assert found(COGS, (ADA, "Ben Tester: ten."), kind=CollectionKind.FAQ) == set()


def test_confidence_is_the_logistic_of_the_summed_weights():
    assert confidence([]) == 0.5
    assert confidence([Evidence(2.0), Evidence(-2.0)]) == 0.5
    assert confidence([Evidence(3.0, "a")]) > 0.95


def test_a_reason_holds_what_speaks_for_it_strongest_first():
    evidence = [Evidence(1.0, "b"), Evidence(-2.0, "c"), Evidence(3.0, "a"), Evidence(4.0)]
    assert reason(evidence) == "a; b"

from indexer.passages import passages_of
from indexer.people import resolve_people
from indexer.threads import build_threads
from search.models import PassageKind
from tests.boards import archive, book

ADA = "Ada Lovelace"


def thread(*entries, ref="book#0"):
    whole = archive(book(*entries))
    threads = build_threads(whole, resolve_people(whole))
    return next(found for found in threads if ref in found.source_refs)


def texts(found, kind):
    return [passage.text for passage in passages_of(found) if passage.kind is kind]


def test_an_unanswered_thread_is_its_question_alone():
    found = thread(("Ben", "How many cogs does it need?"))
    assert texts(found, PassageKind.QUESTION) == ["How many cogs does it need?"]
    assert len(passages_of(found)) == 1


def test_an_answer_is_cut_into_passages_that_point_into_it():
    answer = " ".join(
        f"Sentence {n} says ten quite ordinary words about the cogs." for n in range(9)
    )
    found = thread((("Ben", "How many cogs?"), [(ADA, answer)]))
    passages = [made for made in passages_of(found) if made.kind is PassageKind.ANSWER]
    assert len(passages) == 2
    assert all(made.by_author and made.message == 1 for made in passages)
    first, second = (made.span for made in passages)
    assert answer[first.start : first.end].startswith("Sentence 0")
    assert answer[second.start : second.end].endswith("cogs.")


def test_a_follow_up_is_found_together_with_its_answer():
    replies = [
        (ADA, "Ten cogs are enough."),
        ("Ben", "And how many for division?"),
        (ADA, "Division takes thirty of them."),
    ]
    found = thread((("Ben", "How many cogs for addition?"), replies))
    pair = "And how many for division?\nDivision takes thirty of them."
    [made] = [passage for passage in passages_of(found) if passage.text == pair]
    assert (made.kind, made.message, made.by_author) == (PassageKind.ANSWER, 3, True)


def test_of_a_shared_answer_only_what_concerns_the_question_counts():
    far = " ".join(
        "Whale oil is what winter asks for, and nothing else will do here." for _ in range(6)
    )
    near = "The engine needs ten cogs for an addition, as many as fingers."
    entries = (
        ("Ben", "Hi Ada, I have a few questions."),
        ("Ben", "- How many cogs does the engine need for an addition?"),
        (("Ben", "- Which oil is best for winter?"), [(ADA, f"1. {near}\n\n2. {far}")]),
    )
    found = thread(*entries, ref="book#1")
    [answer] = texts(found, PassageKind.ANSWER)
    assert "ten cogs" in answer
    [whole] = texts(found, PassageKind.THREAD)
    assert whole.count("Whale oil") < 6


def test_a_section_is_context_of_the_whole_and_not_of_the_question():
    found = thread((("Ben", "How many cogs?"), [(ADA, "Ten cogs are enough.")]))
    passages = passages_of(found, section="Arithmetic")
    whole = "Arithmetic\nHow many cogs?\nTen cogs are enough."
    assert [made.text for made in passages if made.kind is PassageKind.THREAD] == [whole]
    others = [made.text for made in passages if made.kind is not PassageKind.THREAD]
    assert others == ["How many cogs?", "Ten cogs are enough."]


def test_a_section_does_not_make_an_unanswered_thread_findable():
    found = thread(("Ben", "How many cogs does it need?"))
    assert len(passages_of(found, section="Arithmetic")) == 1

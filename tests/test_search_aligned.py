"""A thread's questions are shown with what answers each."""

from search.aligned import thread_parts
from search.models import AnsweredBy, Message, Role, Span, Stretch, Thread
from search.text.boilerplate import name_words


def said(place: int, role: Role, text: str, *, position: int | None = None) -> Message:
    return Message(
        f"t/{place}",
        "Ada Lovelace" if role is Role.AUTHOR else "Ben Tester",
        role,
        text,
        "b#0",
        place if position is None else position,
        answers=role is Role.AUTHOR,
        asks="?" in text,
    )


def thread(*messages: Message) -> Thread:
    return Thread("t", ("b#0",), ("b",), messages, AnsweredBy.AUTHOR)


def cut(where: Thread, stretch: Stretch) -> str:
    return where.messages[stretch.message].text[stretch.span.start : stretch.span.end]


ASKED = "Hi Ada!\n1. Which database do you use?\n2. How do you test pipelines?"


def test_each_question_has_its_stretch_of_the_reply() -> None:
    asked = thread(
        said(0, Role.ASKER, ASKED),
        said(1, Role.AUTHOR, "Thanks!\n2. With fixtures.\n1. Postgres."),
    )
    database, testing = thread_parts(asked, names=name_words(["Ada Lovelace"]))
    assert cut(asked, database.asked) == "1. Which database do you use?"
    assert [cut(asked, each) for each in database.answers] == ["1. Postgres."]
    assert [cut(asked, each) for each in testing.answers] == ["2. With fixtures."]
    assert (database.label, testing.label) == ("1", "2")


def test_thanks_and_answers_to_follow_ups_answer_no_part() -> None:
    asked = thread(
        said(0, Role.ASKER, ASKED),
        said(1, Role.AUTHOR, "1. Postgres.\n2. With fixtures."),
        said(2, Role.ASKER, "1. Thanks, and which version of Postgres?"),
        said(3, Role.AUTHOR, "1. The newest version of Postgres."),
    )
    found = thread_parts(asked)
    assert [each.message for part in found for each in part.answers] == [1, 1]


def test_a_post_with_which_the_asker_goes_on_has_parts_too() -> None:
    asked = thread(
        said(0, Role.ASKER, "Which database do you use?"),
        said(1, Role.ASKER, "How do you test pipelines?", position=0),
        said(2, Role.AUTHOR, "Postgres is the database. Pipelines I test with fixtures."),
    )
    first, second = thread_parts(asked)
    assert (first.asked.message, second.asked.message) == (0, 1)
    assert cut(asked, second.answers[0]) == "Pipelines I test with fixtures."


def test_a_thread_that_asks_nothing_has_no_parts() -> None:
    assert thread_parts(thread(said(0, Role.ASKER, "Thanks for the week!"))) == ()


def test_one_question_is_answered_by_the_whole_reply() -> None:
    asked = thread(said(0, Role.ASKER, "Which database?"), said(1, Role.AUTHOR, "Postgres."))
    (part,) = thread_parts(asked)
    assert part.answers == (Stretch(1, Span(0, len("Postgres."))),)

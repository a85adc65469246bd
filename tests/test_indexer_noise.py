import pytest

from indexer.noise import asks, has_link, is_broadcast, only_promises, only_reacts


@pytest.mark.parametrize(
    "text",
    [
        "Hi everyone, looking forward to answering all of your questions!",
        "Thanks everyone!",
        "So many great questions so far! Keep them coming!",
        "I just joined the channel.",
        "Ada Lovelace Ben You have been selected as the winners of the free copy of the book.",
        "We're answering questions now. Feel free to drop new questions.",
        "Thanks Alexey for inviting me here.",
        "Message for the channel,\nI also offer trainings.",
    ],
)
def test_posts_to_everybody(text):
    assert is_broadcast(text)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks Ada! How do winners of a contest prepare?",
        "Great question, Ben! It depends.",
        "Does everyone need a graph database?",
    ],
)
def test_posts_to_somebody(text):
    assert not is_broadcast(text)


def test_what_is_quoted_is_not_asked():
    assert asks("How many cogs?")
    assert asks("I wonder how many cogs it has")
    assert not asks("> How many cogs?\nTen.")
    assert not asks("Thanks a lot for the book!")


@pytest.mark.parametrize(
    "said",
    [
        "I'll answer tomorrow",
        "Let me get back to you on this later.",
        "I am sorry for my belated reply.",
    ],
)
def test_promises(said):
    assert only_promises(said)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "I'll answer tomorrow.\nIn short, use ten cogs.",
        "You will answer many calls later in life",
    ],
)
def test_what_is_more_than_a_promise(said):
    assert not only_promises(said)


def test_short_exclamations_are_reactions():
    assert only_reacts("Wow, looks interesting already")
    assert not only_reacts("Great cogs need oil twice a day")


def test_links():
    assert has_link("[https://example.org/a](https://example.org/a)")
    assert not has_link("example")

from pathlib import Path

import pytest

from indexer.names import likeness, plain_name, says_author
from indexer.people import resolve_people
from indexer.sources.records import RawPerson
from search.models import Role
from tests.boards import archive, book


def person(slug, name):
    return RawPerson(slug, name, Path(f"{slug}.md"))


@pytest.mark.parametrize(
    ("speaker", "name", "slug", "least"),
    [
        pytest.param("Ada Lovelace", "Ada Lovelace", "", 1.0, id="same"),
        pytest.param("Lovelace Ada", "Ada Lovelace", "", 1.0, id="order"),
        pytest.param("adalovelace", "Ada Lovelace", "adalovelace", 1.0, id="handle"),
        pytest.param("Ankur Patel", "Ankur A. Patel", "", 0.9, id="initial left out"),
        pytest.param("Mike Munn", "Michael Munn", "", 0.9, id="short first name"),
        pytest.param("Savas Yıldırım", "Savaş Yıldırım", "", 1.0, id="accents"),
        pytest.param("Kevin", "Kevin Huo", "kevinhuo", 0.7, id="first name"),
        pytest.param("bechbd", "Dave Bechberger", "davebechberger", 0.6, id="begins like surname"),
        pytest.param("Cathy Chen (she/her)", "Cathy Chen", "", 1.0, id="suffix"),
    ],
)
def test_names_that_fit(speaker, name, slug, least):
    assert likeness(speaker, name, slug=slug).score >= least


@pytest.mark.parametrize("speaker", ["Bea Turing", "Max", "ab", ""])
def test_names_that_do_not_fit(speaker):
    assert likeness(speaker, "Ada Lovelace").score == 0


def test_a_name_can_say_that_its_bearer_is_an_author():
    assert says_author("Anthony Virtuoso (Author)")
    assert not says_author("Anthony Virtuoso (he/him)")


def test_an_author_speaks_under_the_name_of_the_people_folder():
    item = book((("Ben", "Why?"), [("Ada Lovelace", "Because.")]), authors=["adalovelace"])
    cast = resolve_people(archive(item, people=[person("adalovelace", "Ada Lovelace")]))
    assert cast.author_of("book", "Ada Lovelace") == "adalovelace"
    assert cast.role("book", "Ada Lovelace", asker="Ben") is Role.AUTHOR
    assert cast.role("book", "Ben", asker="Ben") is Role.ASKER
    assert cast.role("book", "Cleo", asker="Ben") is Role.COMMUNITY


@pytest.mark.parametrize(
    ("speaker", "name"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Ada Lovelace (Author)", "Ada Lovelace"),
        ("Ada  Lovelace [she/her]", "Ada Lovelace"),
        ("Jean-Luc O'Neill Jr.", "Jean-Luc O'Neill Jr."),
        ("María Telkès", "María Telkès"),
        ("@adalovelace", None),
        ("ada.lovelace", None),
        ("Ada 🚀 Lovelace", None),
        ("Ada", None),
        ("", None),
    ],
)
def test_a_name_is_what_is_left_of_a_display_name(speaker, name):
    assert plain_name(speaker) == name


def test_an_author_of_whom_only_a_slug_is_known_is_called_as_they_speak():
    asked = [((f"Asker {n}", "What now?"), [("Kevin", "Do this.")]) for n in range(3)]
    known = book((("Ben", "Why?"), [("Ada Lovelace", "Because.")]), authors=["adalovelace"])
    guessed = book(*asked, slug="other", authors=["kevinhuo"])
    cast = resolve_people(archive(known, guessed))
    assert cast.author_of("other", "Kevin") == "kevinhuo"
    assert [(each.slug, each.name) for each in cast.authors] == [
        ("adalovelace", "Ada Lovelace"),
        ("kevinhuo", "kevinhuo"),
    ]


def test_a_first_name_needs_the_behaviour_of_an_author():
    asked = [((f"Asker {n}", "What now?"), [("Kevin", "Do this.")]) for n in range(3)]
    answering = book(*asked, authors=["Kevin Huo"])
    asking = book(("Kevin", "What now?"), slug="other", authors=["Kevin Huo"])
    cast = resolve_people(archive(answering, asking))
    assert cast.author_of("book", "Kevin") == "kevin-huo"
    assert cast.author_of("other", "Kevin") is None
    assert [decision.speaker for decision in cast.uncertain()] == ["Kevin"]


def test_every_decision_that_is_not_certain_is_listed():
    asked = [
        (
            ("Ben", "Why?"),
            [("Mike Munn", "So."), ("Ada Lovelace", "Because."), ("Sara Roe", "Yes.")],
        )
    ]
    item = book(*asked, authors=["Ada Lovelace", "Michael Munn", "Sara Anna Roe"])
    cast = resolve_people(archive(item))
    listed = {decision.speaker: decision.confidence for decision in cast.uncertain()}
    assert listed == {"Mike Munn": 0.9, "Sara Roe": 0.95}
    assert cast.author_of("book", "Ada Lovelace") == "ada-lovelace"


def test_the_missing_co_author_is_whom_askers_address():
    asked = [
        (
            (f"Asker {n}", "Hi Ada Lovelace and Analytical Engines! How many cogs?"),
            [("Analytical Engines", "Many cogs.")],
        )
        for n in range(2)
    ]
    item = book(
        *asked,
        ((("Ben", "Why?")), [("Ada Lovelace", "So.")]),
        authors=["Ada Lovelace", "Charles Babbage"],
    )
    cast = resolve_people(archive(item))
    assert cast.author_of("book", "Analytical Engines") == "charles-babbage"
    [made] = cast.uncertain()
    assert "whom askers address" in made.reason


def test_a_helpful_reader_is_not_the_silent_co_author():
    asked = [((f"Asker {n}", "How many cogs?"), [("Dan", "Ten.")]) for n in range(4)]
    item = book(
        *asked,
        ((("Ben", "Why?")), [("Ada Lovelace", "So.")]),
        authors=["Ada Lovelace", "Charles Babbage"],
    )
    assert resolve_people(archive(item)).author_of("book", "Dan") is None


def test_hosts_are_found_by_their_behaviour_or_named():
    books = [book((("Ben", "Why?"), [("Host", "Welcome!")]), slug=f"book-{n}") for n in range(3)]
    assert resolve_people(archive(*books)).role("book-0", "Host", asker="Ben") is Role.HOST
    named = resolve_people(archive(*books), hosts=["Ben"])
    assert named.role("book-0", "Ben", asker="x") is Role.HOST
    assert named.role("book-0", "Host", asker="x") is Role.COMMUNITY

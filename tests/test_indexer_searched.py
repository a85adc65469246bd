"""What the indexes hold of an archive: titles and sections are words, passages are by kind."""

from dataclasses import replace

from indexer.people import resolve_people
from indexer.searched import searched
from indexer.threads import build_threads
from search.models import PassageKind
from tests.boards import archive, book

ADA = "Ada Lovelace"


def test_words_are_those_of_section_thread_and_title():
    item = book((("Ben", "How many cogs?"), [(ADA, "Ten cogs are enough.")]), slug="engines")
    entry = replace(item.threads[0], section="Arithmetic")
    whole = archive(replace(item, threads=(entry,)))
    cast = resolve_people(whole)
    found = searched(build_threads(whole, cast), whole.collections, cast)
    assert found.texts == ("Arithmetic\nHow many cogs?\nTen cogs are enough.\nEngines",)


def test_names_in_addresses_are_words():
    item = book((("Ben", "Which tool?"), [(ADA, "See https://cogs.example.org.")]), slug="engines")
    whole = archive(item)
    cast = resolve_people(whole)
    found = searched(build_threads(whole, cast), whole.collections, cast)
    assert found.texts == ("Which tool?\nSee\nEngines\ncogs example",)


def test_an_unanswered_thread_has_no_words_and_passages_are_by_kind():
    whole = archive(
        book(
            ("Ben", "Which oil is best in winter?"),
            (("Cleo", "How many cogs?"), [(ADA, "Ten cogs are enough.")]),
        )
    )
    cast = resolve_people(whole)
    threads = build_threads(whole, cast)
    found = searched(threads, whole.collections, cast)
    texts = dict(zip((thread.source_refs[0] for thread in threads), found.texts, strict=True))
    assert texts == {"book#0": "", "book#1": "How many cogs?\nTen cogs are enough.\nBook"}
    kinds = [passage.kind for passage in found.passages]
    assert kinds == sorted(kinds, key=list(PassageKind).index)

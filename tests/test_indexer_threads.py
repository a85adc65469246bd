from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.lineage import carry_aliases
from indexer.people import resolve_people
from indexer.sources.records import RawCollection
from indexer.threads import build_threads, thread_id_of
from search.models import AnsweredBy, CollectionKind, FollowUp, LinkKind, Role
from search.sqlite_store import SqliteStore
from search.store_writer import write_store
from search.text.clean import normalise
from tests.boards import archive, book

ADA = "Ada Lovelace"
COGS = ("Ben Tester", "Hi Ada, how many cogs does the analytical engine need for addition?")
OIL = ("Cleo Tester", "Which oil keeps the engine running in winter?")
TEN = (ADA, "Ben Tester -- ten of them, and oil.")


def build(*books: RawCollection, repair: bool = True):
    whole = archive(*books)
    return build_threads(whole, resolve_people(whole), repair=repair)


def by_ref(threads):
    return {ref: thread for thread in threads for ref in thread.source_refs}


def test_a_post_that_answers_becomes_a_reply_and_keeps_its_place():
    thread = by_ref(build(book(COGS, OIL, (TEN, [("Ben Tester", "Thanks!")]))))["book#0"]
    assert thread.source_refs == ("book#0", "book#2")
    assert [(m.source_ref, m.position) for m in thread.messages] == [
        ("book#0", 0),
        ("book#2", 0),
        ("book#2", 1),
    ]
    assert thread.answered_by is AnsweredBy.AUTHOR
    assert thread.thread_id == thread_id_of("book", *COGS)
    assert thread.aliases == (thread_id_of("book", *TEN),)
    [link] = thread.links
    assert (link.kind, link.joined, link.thread_id) == (LinkKind.ANSWER, True, thread.aliases[0])


def test_without_repair_every_post_is_a_thread():
    threads = build(book(COGS, OIL, TEN), repair=False)
    assert sorted(thread.source_refs for thread in threads) == [
        ("book#0",),
        ("book#1",),
        ("book#2",),
    ]
    assert not any(thread.links or thread.aliases for thread in threads)


def test_a_covering_reply_is_shared_and_answers():
    threads = by_ref(
        build(
            book(
                ("Ben Tester", "Hi Ada, I have a few questions."),
                ("Ben Tester", "- How many cogs does the engine need?"),
                (
                    ("Ben Tester", "- Which oil is best for winter?"),
                    [
                        (ADA, "1. Ten cogs are what the engine needs.\n2. Whale oil for winter."),
                        ("Ben Tester", "Thanks!"),
                        (ADA, "You are welcome, and good luck with the engine."),
                    ],
                ),
            )
        )
    )
    covered = threads["book#1"]
    assert covered.answered_by is AnsweredBy.AUTHOR
    assert [(m.source_ref, m.position) for m in covered.messages if m.shared] == [("book#2", 1)]
    assert {link.kind for link in covered.links} == {LinkKind.COVERS, LinkKind.CONTINUATION}
    assert not any(m.shared for m in threads["book#2"].messages)
    assert threads["book#0"].answered_by is AnsweredBy.NOBODY
    assert not threads["book#0"].asks


def test_what_asks_nothing_is_not_answered():
    threads = by_ref(
        build(book((("Ben Tester", "Love the book!"), [(ADA, "Thanks, Ben, enjoy.")])))
    )
    assert not threads["book#0"].asks
    assert threads["book#0"].answered_by is AnsweredBy.NOBODY


def test_what_an_author_answers_at_length_asks():
    lead = "I could not get the engine to run in my barn."
    answer = (
        "Put it in a dry room first, then oil every cog, and wait for two days until it is warm."
    )
    threads = by_ref(build(book((("Ben Tester", lead), [(ADA, answer)]))))
    assert threads["book#0"].answered_by is AnsweredBy.AUTHOR


@pytest.mark.parametrize(
    ("reply", "answered"),
    [
        pytest.param("Thank you!", AnsweredBy.NOBODY, id="thanks"),
        pytest.param("I'll answer tomorrow", AnsweredBy.NOBODY, id="promise"),
        pytest.param("What do you mean?", AnsweredBy.NOBODY, id="counter-question"),
        pytest.param(
            "[https://example.org/a](https://example.org/a)", AnsweredBy.AUTHOR, id="link"
        ),
        pytest.param("Yes", AnsweredBy.AUTHOR, id="one word"),
    ],
)
def test_what_counts_as_an_answer(reply, answered):
    thread = by_ref(build(book((COGS, [(ADA, reply)]))))["book#0"]
    assert thread.answered_by is answered


def test_a_question_after_an_answer_is_a_follow_up():
    replies = [
        (ADA, "Ten cogs are enough for that."),
        ("Ben Tester", "And how many for division?"),
        (ADA, "Division takes thirty."),
        (ADA, "Or forty, in winter."),
        ("Dan Tester", "Does that hold for small engines?"),
    ]
    thread = by_ref(build(book((COGS, replies))))["book#0"]
    assert thread.follow_ups == (FollowUp(2, (3, 4)),)


def test_the_store_keeps_links_and_flags(tmp_path):
    item = book(COGS, OIL, (TEN, [("Ben Tester", "And for division?"), (ADA, "Thirty.")]))
    whole = archive(item)
    cast = resolve_people(whole)
    threads = build_threads(whole, cast)
    path = tmp_path / "threads.sqlite"
    write_store(path, collections=[], authors=cast.authors, threads=threads, passages=[])
    store = SqliteStore(path)
    assert list(store.iter_threads()) == threads
    assert store.resolve(thread_id_of("book", *TEN)) == thread_id_of("book", *COGS)
    store.close()


def test_twins_are_one_thread_that_names_both_books():
    long = ("Ben Tester", "How many cogs does the analytical engine need for addition in winter?")
    threads = build(
        book(long, slug="one"),
        book((long, [(ADA, "Ten cogs do.")]), slug="two"),
    )
    [thread] = threads
    assert thread.collections == ("two", "one")
    assert thread.source_refs == ("two#0", "one#0")
    assert thread.aliases == (thread_id_of("one", *long),)


def test_small_edits_make_twins_and_other_words_do_not():
    words = "Ada, how many brass cogs does the analytical engine need for an addition in winter"
    same = build(book(("Ben", f"{words}?")), book(("Ben", f"{words} time?"), slug="two"))
    assert len(same) == 1
    other = (
        words.replace("brass", "iron")
        .replace("winter", "summer")
        .replace("an addition", "long division")
    )
    assert len(build(book(("Ben", words)), book(("Ben", other), slug="two"))) == 2
    assert len(build(book(("Ben", words)), book(("Cleo", words), slug="two"))) == 2


def test_short_twins_need_the_same_reply():
    reply = [(ADA, "It pays for the person who takes care of the engine.")]
    post = ("Ben", "- What are the advantages?")
    assert len(build(book((post, reply)), book((post, reply), slug="two"))) == 1
    assert len(build(book(post), book((post, reply), slug="two"))) == 2


def test_edited_lists_have_no_twins_elsewhere():
    post = (("", "How do I get a certificate for the course that I am taking?"), [("", "Ask.")])
    one = book(post, slug="one", kind=CollectionKind.FAQ, authors=())
    two = book(post, slug="two", kind=CollectionKind.FAQ, authors=())
    assert len(build(one, two)) == 2


def records(*pairs: tuple[str, str, str], author: str = "", **of_each) -> RawCollection:
    """Make a collection of records: id, question and official answer."""
    entries = [(("", question), [(author, answer)]) for _, question, answer in pairs]
    item = book(*entries, kind=CollectionKind.FAQ, authors=(author,) if author else ())
    threads = [
        replace(
            raw,
            source_ref=name,
            named=True,
            replies=(replace(raw.replies[0], official=True),),
            **of_each,
        )
        for raw, (name, _, _) in zip(item.threads, pairs, strict=True)
    ]
    return replace(item, threads=tuple(threads))


def test_the_answer_of_a_record_is_official_whoever_wrote_it():
    [thread] = build(records(("a1", "Certificates", "Ask, or do you know nobody?")))
    assert thread.asks
    assert thread.answered_by is AnsweredBy.OFFICIAL
    [answer] = thread.replies
    assert (answer.role, answer.answers, answer.asks) == (Role.OFFICIAL, True, False)


def test_the_answer_of_a_record_by_an_author_is_the_authors():
    [thread] = build(records(("a1", "Is it free?", "Yes."), author=ADA))
    assert thread.answered_by is AnsweredBy.AUTHOR
    assert thread.replies[0].author == "ada-lovelace"


def test_records_of_the_same_words_stay_apart():
    same = ("How do I get a certificate for the course?", "Pass two of three projects in time.")
    threads = build(records(("a1", *same), ("b2", *same)))
    assert sorted(thread.source_refs for thread in threads) == [("a1",), ("b2",)]
    assert {thread.thread_id for thread in threads} == {
        thread_id_of("book", "", same[0], name=name) for name in ("a1", "b2")
    }


def test_a_record_has_the_year_of_its_date():
    [thread] = build(records(("a1", "Is it free?", "Yes."), day=date(2024, 1, 15)))
    assert thread.year == 2024


def test_ids_of_records_from_before_they_had_names_resolve():
    item = records(("a1", "Is it free?", "Yes."), ("b2", "Is it long?", "No."))
    nameless = replace(item, threads=tuple(replace(raw, named=False) for raw in item.threads))
    before, after = build(nameless), build(item)
    carried = by_ref(carry_aliases(after, before))
    assert {ref: thread.aliases for ref, thread in carried.items()} == {
        ref: (thread.thread_id,) for ref, thread in by_ref(before).items()
    }


def test_records_of_which_only_the_ids_changed_are_compared_with_nothing_else(monkeypatch):
    """All threads of a long list are gone at once, and comparing all with all takes hours."""
    pairs = [(f"What is topic {n} about?", f"It is about {n}.") for n in range(50)]
    before = build(records(*((f"a{n}", *pair) for n, pair in enumerate(pairs))))
    after = build(records(*((f"b{n}", *pair) for n, pair in enumerate(pairs))))
    monkeypatch.setattr("indexer.lineage.SequenceMatcher", None)
    carried = carry_aliases(after, before)
    old = {thread.thread_id for thread in before}
    assert {alias for thread in carried for alias in thread.aliases} == old


RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["Is it free?", "Is it long?", "Who teaches it in autumn?"]),
        st.sampled_from(["Yes.", "No.", "Ask in the channel."]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(RECORDS, st.integers(0, 6))
def test_ids_of_records_that_only_count_them_resolve_when_one_is_inserted(pairs, place):
    """Ids such as 0, 1, 2 move on to other records, and the words find the old thread again."""
    rows = list(pairs)
    rows.insert(min(place, len(rows)), ("Can I join late, in the middle of the term?", "You can."))
    before, after = (
        build(records(*((str(number), *pair) for number, pair in enumerate(each))))
        for each in (pairs, rows)
    )
    assert len(after) == len(before) + 1
    old = {thread.thread_id: thread.question.text for thread in before}
    carried = carry_aliases(after, before)
    texts = {n: t.question.text for t in carried for n in (t.thread_id, *t.aliases)}
    assert {name: texts.get(name) for name in old} == old


SPEAKERS = st.sampled_from([ADA, "Ben Tester", "Cleo Tester", "Dan"])
TEXTS = st.sampled_from(
    [
        "How many cogs does the engine need?",
        "- Which oil is best for winter?",
        "2. Does it run on steam alone?",
        "Also, is whale oil expensive?",
        "Hi Ada, I have a few questions",
        "Ben Tester -- ten cogs.",
        "Good question, Cleo! Whale oil is best for winter.",
        "> Which oil is best\nWhale oil, see Ben Tester's question above.",
        "And then oil it.",
        "Thanks everyone!",
        "",
        "...",
    ]
)
POSTS = st.tuples(SPEAKERS, TEXTS)
ENTRIES = st.lists(st.tuples(POSTS, st.lists(POSTS, max_size=3)), max_size=12)


@settings(max_examples=60, deadline=None)
@example([((ADA, "..."), []), ((ADA, "..."), [(ADA, "")])])
@given(ENTRIES)
def test_nothing_is_lost(entries):
    item = book(*entries)
    threads = build(item)
    posts = {
        (entry.source_ref, position): post.text
        for entry in item.threads
        for position, post in enumerate((entry.post, *entry.replies))
    }
    own = [
        (message.source_ref, message.position)
        for thread in threads
        for message in thread.messages
        if not message.shared
    ]
    assert len(own) == len(set(own))
    assert sorted(ref for thread in threads for ref in thread.source_refs) == sorted(
        entry.source_ref for entry in item.threads
    )
    for ref, position in posts.keys() - set(own):
        same = next(thread for thread in threads if ref in thread.source_refs)
        assert posts[ref, position] in {message.text for message in same.messages}
    assert set(own) <= posts.keys()


@settings(max_examples=30, deadline=None)
@given(ENTRIES)
def test_ids_resolve_and_are_unique(entries):
    item = book(*entries)
    threads = build(item)
    ids = [name for thread in threads for name in (thread.thread_id, *thread.aliases)]
    assert len(ids) == len(set(ids))
    assert set(ids) == {
        thread_id_of("book", entry.post.speaker, entry.post.text) for entry in item.threads
    }


@settings(max_examples=30, deadline=None)
@given(ENTRIES, st.randoms(use_true_random=False))
def test_every_id_still_resolves_when_entries_move(entries, random):
    def known(item):
        return {name for thread in build(item) for name in (thread.thread_id, *thread.aliases)}

    shuffled = list(entries)
    random.shuffle(shuffled)
    assert known(book(*entries)) == known(book(*shuffled))


@settings(max_examples=30, deadline=None)
@example([((ADA, "..."), []), ((ADA, ""), [])])
@example([(("", COGS[1]), []), (("", COGS[1]), [(ADA, "Ten.")])])
@example(
    [
        ((ADA, "..."), [(ADA, "Good question, Cleo! Whale oil is best for winter.")]),
        ((ADA, ""), [(ADA, "Good question, Cleo! Whale oil is best for winter.")]),
    ]
)
@given(ENTRIES)
def test_repair_switched_off_joins_only_what_is_the_same(entries):
    threads = build(book(*entries), repair=False)
    for thread in threads:
        assert not thread.links
        assert not any(message.shared for message in thread.messages)
        joined = [entries[int(ref.rpartition("#")[2])][0] for ref in thread.source_refs]
        assert len({speaker for speaker, _ in joined}) == 1
        first, *others = [normalise(text) for _, text in joined]
        assert all(SequenceMatcher(None, first, text).ratio() > 0.85 for text in others)
    refs = [ref for thread in threads for ref in thread.source_refs]
    assert sorted(refs) == sorted(f"book#{place}" for place in range(len(entries)))


EDITS = st.sampled_from(["insert", "reply", "typo", "move"])


@settings(max_examples=30, deadline=None)
@given(ENTRIES.filter(bool), EDITS, st.randoms(use_true_random=False))
def test_every_old_id_resolves_after_an_edit(entries, edit, random):
    place = random.randrange(len(entries))
    (speaker, text), replies = entries[place]
    edited = list(entries)
    if edit == "insert":
        edited.insert(place, (("Eve Tester", "Is the engine loud when it runs at night?"), []))
    elif edit == "reply":
        edited[place] = ((speaker, text), [*replies, (ADA, "In addition, oil it twice a day.")])
    elif edit == "typo" and len(text.split()) >= 5:
        edited[place] = ((speaker, text.replace("engine", "enigne", 1)), replies)
    else:
        random.shuffle(edited)
    before, after = build(book(*entries)), build(book(*edited))
    carried = carry_aliases(after, before)
    known = {name for thread in carried for name in (thread.thread_id, *thread.aliases)}
    assert {name for thread in before for name in (thread.thread_id, *thread.aliases)} <= known

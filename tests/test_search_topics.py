"""Topics: every thread in at most one, the same for every part of the archive, named by words."""

import weakref
from pathlib import Path

import pytest

from search import open_engine
from search.engine import Engine
from search.errors import InvalidQueryError, NotFoundError
from search.models import ThreadFilter
from tests.support import BOOK, OTHER_BOOK, SUBJECTS


def test_topics_are_the_subjects(topical: Engine) -> None:
    topics = topical.topics()
    assert len(topics) == 6
    assert {topic.n_threads for topic in topics} == {6}
    assert {topic.n_answered for topic in topics} == {5}
    for topic in topics:
        (subject,) = SUBJECTS.keys() & set(topic.label.casefold().replace(",", "").split())
        page = topical.topic_threads(topic.topic_id)
        assert all(subject in thread.question for thread in page.items)
        assert topic.share == 1 / 6
        assert [each.thread_id for each in topic.examples] == [
            each.thread_id for each in page.items if each.n_replies
        ][:3]


def test_a_book_has_the_same_topics_with_its_own_counts(topical: Engine) -> None:
    everywhere = {topic.topic_id: topic.label for topic in topical.topics()}
    own = topical.topics(ThreadFilter(collection=BOOK))
    assert len(own) == 3
    for topic in own:
        assert everywhere[topic.topic_id] == topic.label
        assert (topic.n_threads, topic.share) == (6, 1 / 3)
    other = topical.topics(ThreadFilter(collection=OTHER_BOOK))
    assert {each.topic_id for each in own} | {each.topic_id for each in other} == {*everywhere}


def test_every_thread_is_on_the_map_once(topical: Engine) -> None:
    found = topical.topic_map()
    assert [point.thread_id for point in found.points] == list(topical.store.thread_ids())
    assert all(-1 <= value <= 1 for point in found.points for value in (point.x, point.y))
    assert {label.topic_id for label in found.labels} == {t.topic_id for t in topical.topics()}
    for topic in topical.topics():
        own = {point.thread_id for point in found.points if point.topic_id == topic.topic_id}
        page = topical.topic_threads(topic.topic_id, limit=100)
        assert own == {thread.thread_id for thread in page.items}


def test_pages_of_a_topic_repeat_nothing_and_skip_nothing(topical: Engine) -> None:
    topic = topical.topics()[0]
    seen: list[str] = []
    cursor = None
    while True:
        page = topical.topic_threads(topic.topic_id, limit=3, cursor=cursor)
        seen += [thread.thread_id for thread in page.items]
        if (cursor := page.next_cursor) is None:
            break
    whole = topical.topic_threads(topic.topic_id, limit=100)
    assert seen == [thread.thread_id for thread in whole.items]


def test_the_threads_of_a_book_by_topic_are_all_of_them(topical: Engine) -> None:
    where = ThreadFilter(collection=BOOK)
    groups = topical.threads_by_topic(where)
    assert sorted(t.thread_id for g in groups for t in g.threads) == sorted(
        thread.thread_id for thread in topical.threads(where, limit=100).items
    )
    assert [group.n_answered for group in groups] == [5, 5, 5]


def test_everything_an_author_wrote_is_theirs(topical: Engine) -> None:
    groups = topical.said_by("ada-lovelace")
    wrote = [message for group in groups for said in group.said for message in said.messages]
    assert len(wrote) == 15
    assert {message.author for message in wrote} == {"ada-lovelace"}


def test_unknown_names_are_refused(topical: Engine) -> None:
    topic_id = topical.topics()[0].topic_id
    with pytest.raises(NotFoundError, match=f"did you mean '{topic_id}'"):
        topical.topic(topic_id[:-1])
    with pytest.raises(NotFoundError, match="no author"):
        topical.said_by("nobody")
    with pytest.raises(InvalidQueryError, match="no book"):
        topical.topics(ThreadFilter(collection="nothing"))


def test_a_small_archive_has_no_topics_but_a_map(hashed: Engine) -> None:
    assert hashed.topics() == ()
    assert [point.topic_id for point in hashed.topic_map().points] == [None] * 4
    (rest,) = hashed.threads_by_topic(ThreadFilter(answered=True))
    assert (rest.topic_id, rest.label, rest.n_answered) == (None, "Other", 3)


def test_an_engine_that_nobody_holds_is_freed_at_once(topical_bundle: Path) -> None:
    engine = open_engine(topical_bundle)
    assert engine.topic_map().labels
    gone = weakref.ref(engine.topic_index)
    del engine
    assert gone() is None

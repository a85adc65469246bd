"""A Slack export becomes channels with threads, as the archive's books hold them."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from indexer.sources import read_sources
from indexer.sources.records import RawCollection, RawPost, RawThread, SourceReport
from indexer.sources.slack_text import render
from search.errors import CorpusError
from search.models import CollectionKind
from tests.source_samples import (
    Record,
    complaints_of,
    count_posts,
    make_export,
    message,
    read_days,
    threads_of,
    write_days,
)


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the folder of an export without channels, and work beside it."""
    monkeypatch.chdir(tmp_path)
    return make_export()


def test_an_export_is_read_as_written(export: Path) -> None:
    """Replies of another day are found, and people have the names that others see."""
    archive = read_days(
        export,
        d01=[
            message("1614600000.000100", text="Hi <@U2>, how?", thread_ts="1614600000.000100"),
            message("1614600060.000200", "U4", "Other?"),
        ],
        d02=[
            message("1614686400.000300", "U2", "So.", thread_ts="1614600000.000100"),
            message("1614686401.000400", "U3", "Thanks", thread_ts="1614600000.000100"),
        ],
    )
    folder = export / "general"
    assert archive.complaints == ()
    assert archive.collections == (
        RawCollection(
            slug="general",
            title="#general",
            kind=CollectionKind.CHANNEL,
            path=folder,
            threads=(
                RawThread(
                    "general#1614600000.000100",
                    RawPost("Ann", "Hi Ben Author, how?", 2),
                    (RawPost("Ben Author", "So.", 2), RawPost("Cid", "Thanks", 3)),
                    day=date(2021, 3, 1),
                ),
                RawThread(
                    "general#1614600060.000200", RawPost("dan", "Other?", 3), day=date(2021, 3, 1)
                ),
            ),
            description="All of it",
        ),
    )
    assert archive.reports == (
        SourceReport(export / "channels.json", "slack"),
        SourceReport(folder / "2021-03-01.json", "slack", 2, 0),
        SourceReport(folder / "2021-03-02.json", "slack", 0, 2),
        SourceReport(export / "users.json", "slack"),
    )


@pytest.mark.parametrize("source", ["general", "general/2021-03-01.json", "."])
def test_a_channel_alone_is_read_with_the_users_beside_it(
    export: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """By its folder, by a day's file and from inside."""
    read_days(export, d01=[message("1.0", "U2")])
    write_days(export / "other", {"2021-03-01": [message("2.0")]})
    monkeypatch.chdir(export / "general" if source == "." else export)
    archive = read_sources([Path(source)])
    assert threads_of(archive) == [("general#1.0", [("Ben Author", "text")])]
    assert archive.complaints == ()


LEFT_OUT = {
    "a join": ({"subtype": "channel_join"}, "joins and leaves"),
    "a leave": ({"subtype": "channel_leave"}, "joins and leaves"),
    "a bot's message": ({"subtype": "bot_message", "bot_id": "B9"}, "by bots"),
    "a bot that is a user": ({"user": "B1"}, "by bots"),
    "an app that is no user": ({"user": "U9", "bot_id": "B9"}, "by bots"),
    "an app without user": ({"user": None, "bot_id": "B9"}, "by bots"),
    "the workspace's own bot": ({"user": "USLACKBOT"}, "by bots"),
    "a tombstone": ({"subtype": "tombstone"}, "deleted"),
    "a deletion": ({"subtype": "message_deleted"}, "deleted"),
    "a new topic": ({"subtype": "channel_topic"}, "about other events"),
    "no message": ({"type": "reaction"}, "about other events"),
    "a picture": ({"text": "", "files": [{"id": "F1"}]}, "without text"),
}


@pytest.mark.parametrize(("more", "reason"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_nobody_said_is_left_out_with_its_line(
    export: Path, more: Record, reason: str
) -> None:
    """In the file of its day; the rest is kept."""
    left_out = {**message("1.0"), **more}
    archive = read_days(export, d01=[message("0.5"), left_out], d02=[message("2.0")])
    assert complaints_of(archive) == [
        f"notice export/general/2021-03-01.json:3: messages left out: 1 {reason}"
    ]
    assert threads_of(archive) == [
        ("general#0.5", [("Ann", "text")]),
        ("general#2.0", [("Ann", "text")]),
    ]


def test_every_line_of_what_is_left_out_is_named(export: Path) -> None:
    """Once for each day and reason; of very many, the first."""
    joins = [message(f"{n}.0", subtype="channel_join") for n in range(1, 1_501)]
    deleted = [message(f"9999.{n}", subtype="tombstone") for n in range(2)]
    archive = read_days(export, d01=joins, d02=[deleted[0], message("9999.5"), deleted[1]])
    first = ", ".join(str(line) for line in range(2, 22))
    assert complaints_of(archive) == [
        "notice export/general/2021-03-01.json:2: messages left out: 1,500 joins and leaves "
        f"(lines {first} and 1,480 more)",
        "notice export/general/2021-03-02.json:2: messages left out: 2 deleted (lines 2, 4)",
    ]
    assert threads_of(archive) == [("general#9999.5", [("Ann", "text")])]


def test_messages_on_one_line_have_that_line(export: Path) -> None:
    """However many they are."""
    joins = [message(f"{n}.0", subtype="channel_join") for n in range(3)]
    (export / "general").mkdir()
    (export / "general" / "2021-03-01.json").write_text(json.dumps([*joins, message("5.0")]))
    assert complaints_of(read_sources([export])) == [
        "notice export/general/2021-03-01.json:1: messages left out: 3 joins and leaves"
    ]


def test_a_line_is_the_one_on_which_the_message_starts(export: Path) -> None:
    """As Slack writes its exports: indented, a key a line."""
    messages = [message("1.0"), message("2.0", subtype="tombstone"), message("3.0", "U9")]
    text = json.dumps(messages, indent=4)
    (export / "general").mkdir()
    (export / "general" / "2021-03-01.json").write_text(text)
    starts = [n for n, line in enumerate(text.splitlines(), start=1) if line == "    {"]
    complaints = read_sources([export]).complaints
    assert [each.line for each in complaints] == starts[1:]
    assert "1 deleted" in complaints[0].message
    assert "not in users.json: `U9`" in complaints[1].message


def test_a_channel_without_anything_said_is_empty(export: Path) -> None:
    """With a notice beside those of its messages."""
    archive = read_days(export, d01=[message("1.0", subtype="channel_join")])
    assert complaints_of(archive) == [
        "notice export/general/2021-03-01.json:2: messages left out: 1 joins and leaves",
        "notice export/general:1: holds nothing that a person said; nothing to search in it yet",
    ]
    assert [(each.slug, each.threads) for each in archive.collections] == [("general", ())]


@pytest.mark.parametrize("more", [{"subtype": "me_message"}, {"bot_id": "B9"}, {"edited": {}}])
def test_what_a_person_said_is_kept(export: Path, more: Record) -> None:
    """Even through an app, or changed later."""
    assert len(threads_of(read_days(export, d01=[message("1.0", **more)]))) == 1


def test_a_message_that_stands_twice_is_kept_once(export: Path) -> None:
    """A reply that was also sent to the channel, or a day in two exports."""
    reply = message("2.0", "U2", "So.", thread_ts="1.0", subtype="thread_broadcast")
    read_days(export, d01=[message("1.0"), reply], d02=[reply])
    shutil.copytree(export, "later")
    write_days(
        Path("later/general"), {"2021-03-03": [message("3.0", "U2", "Ah.", thread_ts="1.0")]}
    )
    archive = read_sources([export, Path("later")])
    assert complaints_of(archive) == [
        "notice export/general/2021-03-02.json:2: messages left out: 1 twice",
        "notice later/general/2021-03-01.json:2: messages left out: 2 twice (lines 2, 3)",
        "notice later/general/2021-03-02.json:2: messages left out: 1 twice",
    ]
    assert threads_of(archive) == [
        ("general#1.0", [("Ann", "text"), ("Ben Author", "So."), ("Ben Author", "Ah.")])
    ]
    assert read_sources([Path("later"), export]).collections == archive.collections


def test_replies_to_what_is_missing_become_a_thread(export: Path) -> None:
    """One for each missing message, with the first reply as its post."""
    archive = read_days(
        export,
        d01=[
            message("2.0", "U2", "first", thread_ts="1.0"),
            message("4.0", "U1", "second", thread_ts="1.0"),
            message("5.0", "U1", "deleted", subtype="tombstone"),
            message("6.0", "U2", "third", thread_ts="5.0"),
            message("3.0", "U4", "other"),
        ],
    )
    filed = "which is left out or not exported; filed as a thread of its own"
    assert complaints_of(archive)[1:] == [
        f"notice export/general/2021-03-01.json:2: answers the message of 1.0, {filed}",
        f"notice export/general/2021-03-01.json:5: answers the message of 5.0, {filed}",
    ]
    assert threads_of(archive) == [
        ("general#2.0", [("Ben Author", "first"), ("Ann", "second")]),
        ("general#3.0", [("dan", "other")]),
        ("general#6.0", [("Ben Author", "third")]),
    ]


def test_replies_to_replies_lose_nothing(export: Path) -> None:
    """Nor do messages that answer each other, as no real export has them."""
    chain = [message("1.0", thread_ts="2.0"), message("2.0", thread_ts="1.0")]
    archive = read_days(export, d01=[*chain, message("3.0", thread_ts="2.0")])
    assert count_posts(archive) == 3


def test_the_order_is_that_of_time(export: Path) -> None:
    """By number, whatever the order in the files."""
    archive = read_days(
        export,
        d01=[message("10.5"), message("9.2", thread_ts="9.1"), message("9.1"), message("10.45")],
    )
    assert [ref for ref, _ in threads_of(archive)] == [
        "general#9.1",
        "general#10.45",
        "general#10.5",
    ]


def test_direct_messages_are_not_read(export: Path) -> None:
    """Not even when their folder is named."""
    (export / "dms.json").write_text('[{"id": "D1", "members": ["U1", "U2"]}]')
    (export / "mpims.json").write_text('[{"id": "G1", "name": "mpdm-ann--ben-1"}]')
    for name in ["D1", "mpdm-ann--ben-1"]:
        write_days(export / name, {"2021-03-01": [message("1.0")]})
    archive = read_days(export, d01=[message("1.0")])
    assert [each.slug for each in archive.collections] == ["general"]
    assert complaints_of(archive) == [
        "notice export/D1:1: holds direct messages; not read",
        "notice export/mpdm-ann--ben-1:1: holds direct messages; not read",
    ]
    with pytest.raises(CorpusError, match="holds no archive"):
        read_sources([export / "D1"])


TEXTS = {
    "a person": ("<@U1>: yes", "Ann: yes"),
    "a person with a label": ("<@U1|annie> yes", "annie yes"),
    "a channel": ("see <#C1|general>", "see #general"),
    "a channel without label": ("see <#C1>", "see #C1"),
    "everybody": ("<!here> and <!channel|@channel>", "@here and @channel"),
    "a group": ("<!subteam^S1|@staff>", "@staff"),
    "a date": ("<!date^1392734382^{date}|Feb 18, 2014>", "Feb 18, 2014"),
    "an address": ("<https://example.org/a?b=c&amp;d>", "https://example.org/a?b=c&amp;d"),
    "an address as its label": ("<https://a.org|https://a.org>", "https://a.org"),
    "a link": ("<https://example.org|the *site*>", "[the *site*](https://example.org)"),
    "mail": ("<mailto:a@example.org|a@example.org>", "a@example.org"),
    "a telephone": ("<tel:100-1000>", "100-1000"),
    "signs": ("a &lt;b&gt; &amp; <c> < d > e", "a &lt;b&gt; &amp; <c> < d > e"),
    "emoji and marks": (":wave: *bold* `code`", ":wave: *bold* `code`"),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_markup_becomes_what_books_hold(text: str, expected: str) -> None:
    """Names without a sign, links in brackets, everything else as it is."""
    assert render(text, {"U1": "Ann"}.__getitem__) == expected


def test_a_channel_and_a_book_of_one_name_clash(export: Path) -> None:
    """The first in the order of the formats is kept."""
    Path("general.md").write_text("---\ntitle: T\narchive:\n- name: A\n  text: asked\n---\n")
    read_days(export, d01=[message("1.0")])
    archive = read_sources([export, Path("general.md")])
    assert complaints_of(archive) == [
        "error export/general:1: has the same name `general` as general.md; rename one of the two"
    ]

"""A broken message or file of a Slack export is reported once and costs no other."""

from pathlib import Path

import pytest

from indexer.sources import read_sources
from tests.source_samples import Record, complaints_of, make_export, message, read_days, threads_of


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the folder of an export without channels, and work beside it."""
    monkeypatch.chdir(tmp_path)
    return make_export()


BROKEN_MESSAGES = {
    "no time": ({"ts": None}, "`ts` of message 2 is empty; fill it in"),
    "no time at all": ({"ts": "soon"}, "`ts` of message 2 is no time (`soon`); repair it"),
    "a list as time": ({"ts": [1]}, "`ts` of message 2 is not a text; write a text"),
    "a control character": ({"text": "\x07"}, "character U+0007 is not allowed; delete it"),
    "half a character": ({"text": "\ud800"}, "character U+D800 is not allowed; delete it"),
}


@pytest.mark.parametrize(("more", "expected"), BROKEN_MESSAGES.values(), ids=BROKEN_MESSAGES)
def test_a_broken_message_is_reported_once(export: Path, more: Record, expected: str) -> None:
    """The messages around it are read."""
    broken = {**message("2.0"), **more}
    archive = read_days(export, d01=[message("1.0"), broken, message("3.0")])
    assert complaints_of(archive) == [f"error export/general/2021-03-01.json:3: {expected}"]
    assert [ref for ref, _ in threads_of(archive)] == ["general#1.0", "general#3.0"]


KEPT_MESSAGES = {
    "no user": (
        {"user": None},
        "`user` of message 1 is empty; fill it in",
        ("", "text"),
    ),
    "thread no time": (
        {"thread_ts": "soon"},
        "`thread_ts` of message 1 is no time (`soon`); taken as absent",
        ("Ann", "text"),
    ),
    "thread a list": (
        {"thread_ts": []},
        "`thread_ts` of message 1 is not a text; write a text",
        ("Ann", "text"),
    ),
}


@pytest.mark.parametrize(("more", "expected", "post"), KEPT_MESSAGES.values(), ids=KEPT_MESSAGES)
def test_a_message_is_kept_where_its_text_can_be(
    export: Path, more: Record, expected: str, post: tuple[str, str]
) -> None:
    """With an error."""
    archive = read_days(export, d01=[{**message("1.0"), **more}])
    assert complaints_of(archive) == [f"error export/general/2021-03-01.json:2: {expected}"]
    assert threads_of(archive) == [("general#1.0", [post])]


FIRST = '[\n{"type": "message", "ts": "1.0", "user": "U1", "text": "first"}'
BROKEN_DAYS = {
    "cut": (FIRST + "\n", "3: is not JSON at column 1 (Expecting ',' of a list)"),
    "cut in a message": (
        FIRST + ',\n{"ts": "2.0',
        "3: is not JSON at column 8 (Unterminated string starting at)",
    ),
    "no comma": (FIRST + "\n{}]", "3: is not JSON at column 1 (Expecting ',' of a list)"),
    "comma at the end": (
        FIRST + ",\n]",
        "3: is not JSON at column 1 (Expecting value)",
    ),
    "no value": (FIRST + ',\n{"ts": }\n]', "3: is not JSON at column 8 (Expecting value)"),
    "nested": (FIRST + ",\n" + "[" * 100_000, "3: is nested more than 32 deep; flatten it"),
}


@pytest.mark.parametrize(("text", "expected"), BROKEN_DAYS.values(), ids=BROKEN_DAYS)
def test_a_day_is_read_up_to_where_it_is_broken(export: Path, text: str, expected: str) -> None:
    """The other days are read whole."""
    read_days(export, d02=[message("9.0")])
    (export / "general" / "2021-03-01.json").write_text(text)
    archive = read_sources([export])
    advice = "" if "nested" in expected else "; repair it"
    assert complaints_of(archive) == [
        f"error export/general/2021-03-01.json:{expected}{advice}; what follows is left out"
    ]
    assert [ref for ref, _ in threads_of(archive)] == ["general#1.0", "general#9.0"]


BROKEN_OVERVIEWS = {
    "a mapping": ("users.json", "{}", "notice", "1: is in no format that can be read"),
    "a text": ("users.json", '["U1"]', "error", "1: user 1 is no object; export it again"),
    "no id": ("users.json", '[\n{"name": "x"}\n]', "error", "2: user 1 has no `id`; add it"),
    "a profile that is a text": (
        "users.json",
        '[{"id": "U1", "profile": "x"}]',
        "error",
        "1: `profile` of user 1 is not a mapping; write a mapping",
    ),
    "no JSON": (
        "users.json",
        '[\n{"id": "U1"},\n{]',
        "error",
        "3: is not JSON at column 2 (Expecting property name enclosed in double quotes); repair "
        "it; what follows is left out",
    ),
    "a channel without name": (
        "channels.json",
        '[{"id": "C1"}]',
        "error",
        "1: channel 1 has no `name`; add it",
    ),
    "a conversation without id": (
        "dms.json",
        "[{}]",
        "error",
        "1: conversation 1 has no `id`; add it",
    ),
    "not UTF-8": ("users.json", "[\udcff]", "error", "1: byte 0xFF is not UTF-8; save the file"),
}


@pytest.mark.parametrize(
    ("name", "text", "severity", "expected"), BROKEN_OVERVIEWS.values(), ids=BROKEN_OVERVIEWS
)
def test_a_broken_overview_costs_no_message(
    export: Path, name: str, text: str, severity: str, expected: str
) -> None:
    """Its complaint has file and line."""
    (export / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    archive = read_days(export, d01=[message("1.0")])
    assert complaints_of(archive)[0].startswith(f"{severity} export/{name}:{expected}")
    assert len(threads_of(archive)) == 1


def test_users_who_are_missing_are_one_notice_a_day(export: Path) -> None:
    """Their ids stand for their names, in mentions too."""
    messages = [message(f"{n}.0", f"U{n}0", "Hi <@U77>") for n in range(1, 7)]
    archive = read_days(export, d01=messages)
    assert complaints_of(archive) == [
        "notice export/general/2021-03-01.json:2: not in users.json: `U10` on line 2, `U77` on "
        "line 2, `U20` on line 3, `U30` on line 4, `U40` on line 5 and 2 more; ids stand for "
        "names; put the export's users.json beside the folder of the channel"
    ]
    assert threads_of(archive)[0] == ("general#1.0", [("U10", "Hi U77")])


def test_a_missing_user_is_named_where_they_first_speak(export: Path) -> None:
    """Once, also where a later reply belongs to an earlier thread."""
    archive = read_days(
        export,
        d01=[message("1.0"), message("2.0", "U8")],
        d02=[message("3.0", "U8", thread_ts="1.0"), message("4.0", "U9")],
    )
    days = [f"notice export/general/2021-03-0{day}.json:" for day in (1, 2)]
    assert [each.split(";")[0] for each in complaints_of(archive)] == [
        f"{days[0]}3: not in users.json: `U8` on line 3",
        f"{days[1]}3: not in users.json: `U9` on line 3",
    ]

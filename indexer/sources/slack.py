"""Read the files of a Slack workspace export, one at a time.

An export is a folder with `users.json`, `channels.json` and a folder for each channel, which
holds one file a day. What they say together is worked out in `slack_channels`. What is broken
is reported once and everything else is kept:

- where a file stops being JSON, what stands above is read and the rest is left out;
- a message without a readable `ts` or that is no object, and a user or channel without `id` or
  `name`, is left out;
- a field of a wrong type is an error and counts as absent;
- a message of a person without `user` is an error and is kept with the empty name.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from indexer.sources import frontmatter
from indexer.sources.fields import Fields, Report, read_each
from indexer.sources.files import SourceFile
from indexer.sources.json_safe import parse_items
from indexer.sources.printing import quote
from indexer.sources.records import BrokenSourceError, Complaint
from indexer.sources.yaml_safe import MappingNode, Node

NAME = "slack"
SUFFIXES = frozenset({".json"})
SAID = frozenset({"", "file_share", "me_message", "thread_broadcast"})

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\.json")
_LIST = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[")
_MESSAGE = re.compile(rb"\"type\"\s*:\s*\"message\"")
_TS_KEY = re.compile(rb"\"ts\"\s*:")
_TS = re.compile(r"[0-9]{1,11}(?:\.[0-9]{1,9})?")
_KEYS_OF_MESSAGES = frozenset({"bot_id", "subtype", "text", "thread_ts", "ts", "type", "user"})
_KEYS_OF_OVERVIEWS = frozenset({"id", "is_bot", "name", "profile", "purpose", "real_name"})


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """One message; `thread` is the `ts` of the message that it answers, or its own."""

    ts: str
    thread: str
    user: str
    text: str
    subtype: str
    from_app: bool
    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class SlackUser:
    """Somebody who may speak; `name` is the one that others see."""

    user_id: str
    name: str
    is_bot: bool


@dataclass(frozen=True, slots=True)
class SlackFile:
    """What one file of an export says; its name decides which of the fields it fills.

    `purposes` maps names of channels to what they are for; `private` are the names of folders
    that hold direct messages.
    """

    path: Path
    messages: Sequence[SlackMessage] = ()
    users: Sequence[SlackUser] = ()
    purposes: Mapping[str, str] = field(default_factory=dict)
    private: frozenset[str] = frozenset()
    complaints: Sequence[Complaint] = ()

    @property
    def holds_messages(self) -> bool:
        """Tell whether the file is a channel's and not an overview."""
        return self.path.name not in OVERVIEWS

    @property
    def channel(self) -> str:
        """The name of the channel, which is the folder's."""
        name = self.path.parent.name
        return Path(os.path.realpath(self.path.parent)).name if name in {"", ".."} else name


def may_be_day(path: Path) -> bool:
    """Tell whether a file's name allows it to be a day of a channel."""
    return path.suffix.lower() in SUFFIXES and path.name not in OVERVIEWS


def is_slack(file: SourceFile) -> bool:
    """Tell whether a file holds messages, or looks like a file of an export."""
    name, data = file.path.name, file.data
    has_times = _TS_KEY.search(data) is not None
    if not _LIST.match(data):
        return _DAY.fullmatch(name) is not None and has_times
    if name in OVERVIEWS or _DAY.fullmatch(name):
        return True
    return has_times and _MESSAGE.search(data) is not None


def read_slack(file: SourceFile) -> SlackFile:
    """Read the messages of a day, or an overview of users or channels.

    Raises:
        BrokenSourceError: If the file is no list or not encoded as UTF-8.
    """
    if not _LIST.match(file.data):
        reason = "is no JSON list, as every file of a Slack export is"
        raise BrokenSourceError(1, f"{reason}; repair it or export it again")
    report = Report(file.path)
    keys = _KEYS_OF_MESSAGES | _KEYS_OF_OVERVIEWS
    nodes = parse_items(frontmatter.decode(file.data), keys=keys, report=report)
    read = OVERVIEWS.get(file.path.name, _read_messages)
    return read(file.path, nodes, report)


def _read_messages(path: Path, nodes: Iterable[Node], report: Report) -> SlackFile:
    read = partial(_read_message, path=path, report=report)
    messages = tuple(read_each(nodes, read, report))
    return SlackFile(path, messages=messages, complaints=report.complaints)


def _read_message(index: int, node: Node, *, path: Path, report: Report) -> SlackMessage:
    label = f"message {index + 1}"
    fields = _open(node, label, report)
    ts = fields.filled_text("ts")
    if not _TS.fullmatch(ts):
        raise BrokenSourceError(fields.line, f"`ts` of {label} is no time ({quote(ts)}); repair it")
    subtype = fields.text("subtype") or _subtype(fields.text("type"))
    from_app = bool(fields.text("bot_id"))
    by_person = subtype in SAID and not from_app
    return SlackMessage(
        ts=ts,
        thread=_read_thread(fields, label, report) or ts,
        user=fields.text_or("user", "") if by_person else fields.text("user") or "",
        text=fields.text("text") or "",
        subtype=subtype,
        from_app=from_app,
        path=path,
        line=fields.line,
    )


def _subtype(kind: str | None) -> str:
    """Give the subtype of a record without one; only a message has the empty one."""
    return "" if kind in {None, "", "message"} else "event"


def _read_thread(fields: Fields, label: str, report: Report) -> str | None:
    thread = fields.text("thread_ts")
    if not thread or _TS.fullmatch(thread):
        return thread
    reason = f"`thread_ts` of {label} is no time ({quote(thread)}); taken as absent"
    report.error(fields.line, reason)
    return None


def _read_users(path: Path, nodes: Iterable[Node], report: Report) -> SlackFile:
    users = tuple(read_each(nodes, partial(_read_user, report=report), report))
    return SlackFile(path, users=users, complaints=report.complaints)


def _read_user(index: int, node: Node, *, report: Report) -> SlackUser:
    fields = _open(node, f"user {index + 1}", report)
    user_id = fields.filled_text("id")
    profile = fields.inner("profile")
    names = (
        profile.text("display_name"),
        profile.text("real_name"),
        fields.text("real_name"),
        fields.text("name"),
    )
    name = next((name.strip() for name in names if name and name.strip()), user_id)
    return SlackUser(user_id, name, fields.text("is_bot") == "true")


def _read_channels(path: Path, nodes: Iterable[Node], report: Report) -> SlackFile:
    purposes = dict(read_each(nodes, partial(_read_channel, report=report), report))
    return SlackFile(path, purposes=purposes, complaints=report.complaints)


def _read_channel(index: int, node: Node, *, report: Report) -> tuple[str, str]:
    fields = _open(node, f"channel {index + 1}", report)
    purpose = fields.inner("purpose").text("value") or ""
    return fields.filled_text("name"), purpose.strip()


def _read_private(path: Path, nodes: Iterable[Node], report: Report) -> SlackFile:
    names = frozenset(read_each(nodes, partial(_read_conversation, report=report), report))
    return SlackFile(path, private=names, complaints=report.complaints)


def _read_conversation(index: int, node: Node, *, report: Report) -> str:
    """Name the folder of a conversation: its name, or its id where it has none."""
    fields = _open(node, f"conversation {index + 1}", report)
    return fields.text("name") or fields.filled_text("id")


def _ignore(path: Path, nodes: Iterable[Node], report: Report) -> SlackFile:
    del nodes, report
    return SlackFile(path)


def _open(node: Node, label: str, report: Report) -> Fields:
    if not isinstance(node, MappingNode):
        raise BrokenSourceError(node.line, f"{label} is no object; export it again")
    return Fields(node, label, report)


OVERVIEWS: Mapping[str, Callable[[Path, Iterable[Node], Report], SlackFile]] = {
    "users.json": _read_users,
    "channels.json": _read_channels,
    "groups.json": _read_channels,
    "dms.json": _read_private,
    "mpims.json": _read_private,
    "canvases.json": _ignore,
    "integration_logs.json": _ignore,
}

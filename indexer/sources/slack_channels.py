"""Join the files of Slack exports into channels with threads.

A reply may stand in another day's file than what it answers. Left out are joins and leaves,
bots, deleted messages, messages without text and other events; a notice for each kind and day
file names the lines. Replies to what was left out, or lies outside the export, become a thread
of their own. Files of a channel of the same name belong together, whichever export they come
from: of two messages of the same time, the first is kept.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from indexer.sources.printing import quote
from indexer.sources.records import (
    Archive,
    Complaint,
    RawCollection,
    RawPost,
    RawThread,
    Severity,
    SourceReport,
)
from indexer.sources.slack import NAME, SAID, SlackFile, SlackMessage
from indexer.sources.slack_text import render
from search.models import CollectionKind

_MOST_NAMED = 5
_MOST_LINES = 20
_SLACKBOT = "USLACKBOT"
_LEFT_OUT: Mapping[str, str] = {
    "bot_message": "by bots",
    "channel_join": "joins and leaves",
    "channel_leave": "joins and leaves",
    "group_join": "joins and leaves",
    "group_leave": "joins and leaves",
    "message_deleted": "deleted",
    "tombstone": "deleted",
}


def join_channels(files: Sequence[SlackFile]) -> Archive:
    """Make a collection of each channel.

    Args:
        files: All files of all exports, in any order.
    """
    in_order = sorted(files, key=lambda each: each.path)
    join = _Join(in_order)
    channels: defaultdict[str, list[SlackFile]] = defaultdict(list)
    for file in in_order:
        if file.holds_messages:
            channels[file.channel].append(file)
    collections = [
        made for name in sorted(channels) if (made := join.channel(name, channels[name]))
    ]
    return Archive(
        collections=collections,
        complaints=join.complaints(),
        reports=[join.report(file) for file in in_order],
    )


class _People:
    """Who stands behind the ids of users, as far as the exports tell."""

    def __init__(self, files: Iterable[SlackFile]) -> None:
        users = [user for file in files for user in file.users]
        self._names = {user.user_id: user.name for user in reversed(users)}
        self._bots = {user.user_id for user in users if user.is_bot} | {_SLACKBOT}
        self._missing: dict[str, SlackMessage] = {}

    def name(self, user_id: str, message: SlackMessage) -> str:
        """Get the display name; the id stands in for one that is missing."""
        if user_id and user_id not in self._names:
            first = self._missing.get(user_id, message)
            self._missing[user_id] = min(first, message, key=_time)
        return self._names.get(user_id, user_id)

    def wrote(self, message: SlackMessage) -> bool:
        """Tell whether a message is a person's and not a bot's."""
        if message.user in self._bots:
            return False
        return not message.from_app or message.user in self._names

    def complaints(self) -> Iterator[Complaint]:
        """Give notice of each user that is missing, where the first of their messages stands."""
        by_file: defaultdict[Path, list[tuple[int, str]]] = defaultdict(list)
        for user_id, first in self._missing.items():
            by_file[first.path].append((first.line, user_id))
        for path, missing in by_file.items():
            missing.sort()
            named = [f"{quote(user_id)} on line {line}" for line, user_id in missing]
            reason = f"not in users.json: {_listed(named, _MOST_NAMED)}"
            advice = "put the export's users.json beside the folder of the channel"
            notice = f"{reason}; ids stand for names; {advice}"
            yield _notice(path, missing[0][0], notice)


class _Join:
    """Makes channels of files, and counts what it takes from each."""

    def __init__(self, files: Sequence[SlackFile]) -> None:
        self._people = _People(files)
        self._private = frozenset().union(*(file.private for file in files))
        self._purposes = {
            name: purpose for file in files for name, purpose in file.purposes.items()
        }
        self._n_threads: Counter[Path] = Counter()
        self._n_replies: Counter[Path] = Counter()
        self._complaints: list[Complaint] = []

    def channel(self, name: str, files: Sequence[SlackFile]) -> RawCollection | None:
        """Make a channel of its files; None where it is private."""
        folder = files[0].path.parent
        if name in self._private:
            self._complaints.append(_notice(folder, 1, "holds direct messages; not read"))
            return None
        messages = self._sift(each for file in files for each in file.messages)
        if not messages:
            reason = "holds nothing that a person said; nothing to search in it yet"
            self._complaints.append(_notice(folder, 1, reason))
        return RawCollection(
            slug=name,
            title=f"#{name}",
            kind=CollectionKind.CHANNEL,
            path=folder,
            threads=tuple(self._make_thread(name, group) for group in self._group(messages)),
            description=self._purposes.get(name, ""),
        )

    def complaints(self) -> tuple[Complaint, ...]:
        """Give everything that was noticed so far."""
        return (*self._complaints, *self._people.complaints())

    def report(self, file: SlackFile) -> SourceReport:
        """Say what became of a file."""
        return SourceReport(file.path, NAME, self._n_threads[file.path], self._n_replies[file.path])

    def _sift(self, messages: Iterable[SlackMessage]) -> list[SlackMessage]:
        """Keep what people said, in the order of time, and give notice of the rest."""
        kept: dict[str, SlackMessage] = {}
        left_out: defaultdict[tuple[Path, str], list[int]] = defaultdict(list)
        for message in messages:
            reason = self._object_to(message) or ("twice" if message.ts in kept else "")
            if reason:
                left_out[message.path, reason].append(message.line)
            else:
                kept[message.ts] = message
        self._complaints.extend(
            _notice_left_out(path, reason, lines) for (path, reason), lines in left_out.items()
        )
        return sorted(kept.values(), key=_time)

    def _object_to(self, message: SlackMessage) -> str:
        if message.subtype not in SAID:
            return _LEFT_OUT.get(message.subtype, "about other events")
        if not self._people.wrote(message):
            return "by bots"
        return "" if message.text.strip() else "without text"

    def _group(self, messages: Sequence[SlackMessage]) -> list[list[SlackMessage]]:
        """Put messages into threads, everything in the order of time."""
        groups = {each.ts: [each] for each in messages if each.thread == each.ts}
        orphans: defaultdict[str, list[SlackMessage]] = defaultdict(list)
        for message in messages:
            if message.thread != message.ts:
                group = (
                    groups[message.thread] if message.thread in groups else orphans[message.thread]
                )
                group.append(message)
        self._complaints.extend(_notice_orphan(group[0]) for group in orphans.values())
        return sorted([*groups.values(), *orphans.values()], key=lambda group: _time(group[0]))

    def _make_thread(self, channel: str, messages: Sequence[SlackMessage]) -> RawThread:
        first, *others = messages
        self._n_threads[first.path] += 1
        self._n_replies.update(message.path for message in others)
        return RawThread(
            source_ref=f"{channel}#{first.ts}",
            post=self._make_post(first),
            replies=tuple(map(self._make_post, others)),
            day=_day(first),
        )

    def _make_post(self, message: SlackMessage) -> RawPost:
        speaker = self._people.name(message.user, message)
        text = render(message.text, lambda user_id: self._people.name(user_id, message))
        return RawPost(speaker, text, message.line)


def _notice_left_out(path: Path, reason: str, lines: Sequence[int]) -> Complaint:
    """Give notice of the messages of a file that are left out for one reason."""
    distinct = sorted(set(lines))
    listed = _listed(list(map(str, distinct)), _MOST_LINES)
    where = f" (lines {listed})" if len(distinct) > 1 else ""
    return _notice(path, distinct[0], f"messages left out: {len(lines):,} {reason}{where}")


def _listed(names: Sequence[str], most: int) -> str:
    """List names, and count those beyond the first few."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _notice_orphan(message: SlackMessage) -> Complaint:
    reason = f"answers the message of {message.thread}, which is left out or not exported"
    return _notice(message.path, message.line, f"{reason}; filed as a thread of its own")


def _notice(path: Path, line: int, message: str) -> Complaint:
    return Complaint(path, line, message, Severity.NOTICE)


def _time(message: SlackMessage) -> tuple[int, str]:
    seconds, _, fraction = message.ts.partition(".")
    return int(seconds), fraction.ljust(9, "0")


def _day(message: SlackMessage) -> date:
    return datetime.fromtimestamp(_time(message)[0], UTC).date()

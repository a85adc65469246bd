"""Small sources in every format, and ways to write, damage and describe them."""

import csv
import io
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from indexer.sources import read_sources
from indexer.sources.files import SourceFile
from indexer.sources.jsonl import read_jsonl
from indexer.sources.pairs import PairFile
from indexer.sources.records import Archive

Reader = Callable[[SourceFile], PairFile]
Record = dict[str, object]


BOOK = "---\ntitle: T\narchive:\n- name: A\n  text: asked\n---\n"
FAQ = '- question: "Is it free?"\n  answer: |\n    Yes.\n\n    Always.\n'
FULL = {
    "id": "752e8452",
    "question": "Is it free?",
    "answer": "Yes.\nAlways.",
    "author": "Ann Author",
    "asker": "Ben Asker",
    "collection": "Course One",
    "section": "General",
    "url": "https://example.org/a?b=c#d",
    "date": "2024-01-15",
}
SHORT = {"id": "09081824", "question": "When?", "answer": "Now."}
SHAPE = '{"id": "…", "question": "…", "answer": "…"}'
USERS: list[Record] = [
    {"id": "U1", "name": "ann", "profile": {"display_name": "Ann", "real_name": "Ann Asker"}},
    {"id": "U2", "name": "ben", "profile": {"display_name": "", "real_name": "Ben Author"}},
    {"id": "U3", "name": "cid", "real_name": "Cid", "profile": {}},
    {"id": "U4", "name": "dan"},
    {"id": "B1", "name": "helper", "is_bot": True, "profile": {"real_name": "Helper"}},
]
CHANNELS: list[Record] = [{"id": "C1", "name": "general", "purpose": {"value": "All of it"}}]


def jsonl(*records: object) -> str:
    """Write records one to a line."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def table(*records: dict[str, str], delimiter: str = ",") -> str:
    """Write records as rows below the names of all columns."""
    stream = io.StringIO()
    names = list(dict.fromkeys(name for record in records for name in record))
    writer = csv.DictWriter(stream, names, delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return stream.getvalue()


def read(text: str | bytes, reader: Reader = read_jsonl) -> PairFile:
    """Read one file of records from its text."""
    data = text if isinstance(text, bytes) else text.encode()
    return reader(SourceFile(Path("in/my-course"), data))


def rendered(file: PairFile | Archive) -> list[str]:
    """Render complaints as `e3 reason`: severity, line, reason."""
    return [f"{each.severity[0]}{each.line} {each.message}" for each in file.complaints]


def ids(file: PairFile) -> list[str]:
    """Get the references of what was kept."""
    return [record.thread.source_ref for record in file.records]


def number(records: list[dict[str, str]]) -> list[dict[str, str]]:
    """Give each record an id."""
    return [{**record, "id": f"{n:03}"} for n, record in enumerate(records)]


def message(ts: str, user: str = "U1", text: str = "text", **more: object) -> Record:
    """Write one message."""
    return {"type": "message", "ts": ts, "user": user, "text": text, **more}


def write_days(folder: Path, days: dict[str, Sequence[object]]) -> None:
    """Write the files of a channel, one message a line."""
    folder.mkdir(parents=True, exist_ok=True)
    for day, messages in days.items():
        lines = ",\n".join(json.dumps(each) for each in messages)
        (folder / f"{day}.json").write_text(f"[\n{lines}\n]\n")


def make_export() -> Path:
    """Make the folder of an export without channels."""
    folder = Path("export")
    folder.mkdir()
    (folder / "users.json").write_text(json.dumps(USERS))
    (folder / "channels.json").write_text(json.dumps(CHANNELS))
    return folder


def read_days(export: Path, **days: Sequence[object]) -> Archive:
    """Read an export whose channel `general` has the days `d01`, `d02` and so on."""
    named = {f"2021-03-{day[1:]}": messages for day, messages in days.items()}
    write_days(export / "general", named)
    return read_sources([export])


def threads_of(archive: Archive) -> list[tuple[str, list[tuple[str, str]]]]:
    """Get reference, speakers and texts of all threads."""
    return [
        (
            thread.source_ref,
            [(post.speaker, post.text) for post in (thread.post, *thread.replies)],
        )
        for each in archive.collections
        for thread in each.threads
    ]


def count_posts(archive: Archive) -> int:
    """Count posts and replies."""
    return sum(len(posts) for _, posts in threads_of(archive))


def complaints_of(archive: Archive) -> list[str]:
    """Render complaints as `error file:line: message`."""
    return [f"{each.severity} {each}" for each in archive.complaints]


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Damage one place: flip a bit, cut, drop, repeat or insert bytes."""
    at = chance.randrange(len(data))
    size = chance.randint(1, 30)
    return chance.choice(
        [
            data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :],
            data[:at],
            data[:at] + data[at + size :],
            data[:at] + data[at : at + size] + data[at:],
            data[:at] + chance.randbytes(size) + data[at:],
            data[:at] + chance.choice([b'"', b"\n", b",", b"{", b"\x00", b"\r"]) + data[at:],
        ]
    )

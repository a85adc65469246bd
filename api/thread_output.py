"""Print one thread: who says what, which stretch answers which question, what was joined."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from api.console import console
from api.output import print_json
from search.models import Collection, CollectionRef, Message, Part, Thread
from search.text.display import display, printable

Marks = Mapping[int, Sequence[tuple[int, str]]]
"""Place of a message → offsets of its text and what is written before them."""


def print_thread(
    thread: Thread, collection: Collection, parts: Sequence[Part], *, as_json: bool
) -> None:
    """Print a whole thread; questions are numbered, and so are the stretches that answer them."""
    if as_json:
        print_json(
            {
                **asdict(thread),
                "follow_ups": thread.follow_ups,
                "parts": parts,
                "collection": asdict(CollectionRef.of(collection)),
            }
        )
        return
    out = console()
    out.print(Text(printable(collection.title), style="bold"))
    marks = marks_of(parts)
    for place, message in enumerate(thread.messages):
        _print_message(out, message, marks.get(place, ()), _note(thread, message))
    out.print(Text(f"thread {thread.thread_id}  {', '.join(thread.source_refs)}", style="dim"))
    for line in _linked(thread):
        out.print(Text(line, style="dim"))


def marks_of(parts: Iterable[Part]) -> Marks:
    """Return what is written into the messages: "[1]" where the first part is asked, "[to 1]"."""
    found: dict[int, list[tuple[int, str]]] = {}
    for number, part in enumerate(parts, start=1):
        found.setdefault(part.message, []).append((part.span.start, f"[{number}] "))
        for answer in part.answers:
            found.setdefault(answer.message, []).append((answer.span.start, f"[to {number}] "))
    return {place: sorted(marks) for place, marks in found.items()}


def _print_message(
    out: Console, message: Message, marks: Sequence[tuple[int, str]], note: str
) -> None:
    """Print one message with who says it."""
    head = Text(f"\n{printable(message.speaker)} ({message.role.value})", style="cyan")
    out.print(head.append(note, style="dim"))
    out.print(_marked(message.text, marks))


def _marked(text: str, marks: Sequence[tuple[int, str]]) -> Text:
    """Return a text with marks before some of its offsets."""
    shown, position = Text(), 0
    for offset, mark in marks:
        shown.append(display(text[position:offset])).append(mark, style="bold")
        position = offset
    return shown.append(display(text[position:]))


def _note(thread: Thread, message: Message) -> str:
    """Return why a message stands in a thread below whose post it was not written."""
    if message.source_ref == thread.question.source_ref or message.position:
        return ""
    why = [link.reason for link in thread.links if link.source_ref == message.source_ref]
    how = "shared with another thread" if message.shared else "posted separately"
    return f"  {how}{f': {printable(why[0])}' if why and why[0] else ''}"


def _linked(thread: Thread) -> list[str]:
    """Return a line for each other thread that a thread names."""
    return [
        f"{link.kind.value} {link.source_ref} → {link.target_ref}: thread {link.thread_id}, "
        f"confidence {link.confidence:.2f} ({printable(link.reason)})"
        for link in thread.links
        if not link.joined
    ]

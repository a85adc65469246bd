"""A thread as a conversation: who says what to whom, and what was put together."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.pages.markup.blocks import parse
from api.pages.markup.html import Note
from api.pages.markup.markdown import to_markdown, to_words
from api.pages.words import role
from search.engine import Engine
from search.models import CollectionRef, LinkKind, Message, Part, Role, Span, Thread
from search.text.numbers import after_number


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation.

    `place` is its number in the thread, from 1; `nested` says that it belongs to a follow-up,
    `note` how it came here if it was posted elsewhere, `aside` that it only thanks or greets;
    `numbers` say which part of the question begins or is answered where.
    """

    place: int
    message: Message
    follow_up: bool
    nested: bool
    note: str
    aside: bool
    numbers: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedPart:
    """One of several questions of a post, in its own words, and who answers it."""

    number: int
    words: str
    answered_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Connection:
    """Another thread that belongs to this one, and how."""

    how: str
    thread: Thread


_HOW = {
    LinkKind.ANSWER: "Answered in another thread",
    LinkKind.CONTINUATION: "Same reader, next post",
    LinkKind.SEE: "The author points to",
    LinkKind.COVERS: "Answered together with",
}


_UNANSWERED = "no answer of its own"


def numbered(found: Sequence[Part]) -> Sequence[Part]:
    """Return the questions of a thread if any of them has an answer of its own."""
    return found if any(part.answers for part in found) else ()


def listed_parts(thread: Thread, found: Sequence[Part]) -> list[ListedPart]:
    """Describe the questions of a thread."""
    return [
        ListedPart(
            number,
            _words_of(thread.messages[part.message].text, part.span, number),
            tuple(dict.fromkeys(thread.messages[each.message].speaker for each in part.answers)),
        )
        for number, part in zip(_numbering(found), found, strict=True)
    ]


def _numbering(found: Sequence[Part]) -> Sequence[int]:
    """Return a number for each question: the asker's where each has one of its own."""
    own = [int(part.label) for part in found if part.label and part.label.isdecimal()]
    return own if len(set(own)) == len(found) else range(1, len(found) + 1)


def _words_of(text: str, span: Span, number: int) -> str:
    """Return the words of a question without its number."""
    return to_words(parse(text), window=after_number(text, span, number))


def _numbers(thread: Thread, found: Sequence[Part]) -> dict[int, list[Note]]:
    """Number the questions of a thread and what answers them, by the place of the message."""
    numbers: dict[int, list[Note]] = {}

    def add(place: int, span: Span, note: Note) -> None:
        rest = after_number(thread.messages[place].text, span, note.number)
        numbers.setdefault(place, []).append(replace(note, end=rest.start))

    for number, part in zip(_numbering(found), found, strict=True):
        href = f"#a{number}" if part.answers else None
        leads = "to its answer" if href else _UNANSWERED
        label = f"Question {number}, {leads}"
        add(part.message, part.span, Note(part.span.start, number, label, f"q{number}", href))
        for each in part.answers:
            anchor = f"a{number}" if each is part.answers[0] else None
            label = f"Answer to question {number}"
            note = Note(each.span.start, number, label, anchor, f"#q{number}")
            add(each.message, each.span, note)
    return numbers


def turns(thread: Thread, found: Sequence[Part] = ()) -> list[Turn]:
    """Describe the messages of a thread, with the numbers of its questions."""
    numbers = _numbers(thread, found)
    asked = {found.question for found in thread.follow_ups}
    nested = asked | {place for found in thread.follow_ups for place in found.answers}
    return [
        Turn(
            place=place + 1,
            message=message,
            follow_up=place in asked,
            nested=place in nested,
            note=_note(thread, message),
            aside=place > 0 and not message.answers and not message.asks,
            numbers=tuple(numbers.get(place, ())),
        )
        for place, message in enumerate(thread.messages)
    ]


def _note(thread: Thread, message: Message) -> str:
    """Tell how a message came into a thread below whose post it does not stand."""
    if message.source_ref == thread.question.source_ref:
        return ""
    return "Answers several threads" if message.shared else "Posted separately, joined here"


def connections(engine: Engine, thread: Thread) -> list[Connection]:
    """Return the other threads that a thread is linked with, each once."""
    found: dict[str, Connection] = {}
    for link in thread.links:
        resolved = None if link.joined else engine.store.resolve(link.thread_id)
        if resolved and resolved != thread.thread_id and resolved not in found:
            found[resolved] = Connection(_HOW[link.kind], engine.thread(resolved))
    return list(found.values())


def filed_under(engine: Engine, thread: Thread) -> list[CollectionRef]:
    """Return the collections of a thread, its own first."""
    return [CollectionRef.of(engine.collection(slug)) for slug in thread.collections]


def thread_markdown(
    thread: Thread, title: str, book: CollectionRef, parts: Sequence[Part] = ()
) -> str:
    """Write a thread as Markdown."""
    heading = to_markdown(parse(f"`{title}`")) if "`" in title else title
    written = [f"# {_plain(heading)}", f"*{_plain(book.title)}*"]
    if parts:
        written.append("\n".join(map(_listed, listed_parts(thread, parts))))
    for turn in turns(thread):
        about = [role(turn.message.role), "Follow-up" if turn.follow_up else "", turn.note]
        aside = ", ".join(filter(None, about)).lower()
        written.append(f"## {_plain(turn.message.speaker)} ({aside})")
        written.append(to_markdown(parse(turn.message.text)))
    if book.url:
        written.append(f"Original: <{book.url}>")
    return "\n\n".join(written) + "\n"


def _listed(part: ListedPart) -> str:
    """Write one question of a thread as an item of a list."""
    by = f"answered by {', '.join(part.answered_by)}" if part.answered_by else _UNANSWERED
    return f"{part.number}. {to_markdown(parse(_plain(part.words)))} ({_plain(by)})"


def _plain(text: str) -> str:
    """Write words on one line of Markdown without any of them being markup."""
    return text.replace("\n", " ").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def structured_data(thread: Thread, title: str, url: str) -> str:
    """Describe a thread as a schema.org `QAPage`, safe to stand in a script element."""
    answers = [
        _entity("Answer", message, f"{url}#m{place}")
        for place, message in enumerate(thread.messages, start=1)
        if place > 1 and message.answers
    ]
    by_author = [
        answer
        for answer, message in zip(
            answers, (each for each in thread.replies if each.answers), strict=True
        )
        if message.role is Role.AUTHOR
    ]
    question = _entity("Question", thread.question, url) | {
        "name": title,
        "answerCount": len(answers),
        **({"acceptedAnswer": by_author[0]} if by_author else {}),
        "suggestedAnswer": [each for each in answers if each not in by_author[:1]],
    }
    document = {"@context": "https://schema.org", "@type": "QAPage", "mainEntity": question}
    text = json.dumps(document, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _entity(kind: str, message: Message, url: str) -> dict[str, Any]:
    """Describe one message."""
    return {
        "@type": kind,
        "text": to_words(parse(message.text)),
        "url": url,
        "author": {"@type": "Person", "name": message.speaker},
    }

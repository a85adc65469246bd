"""From posts as written to threads: roles, answers, identity, one thread for a post filed twice."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from indexer.people import Cast
from indexer.sources.records import Archive, RawCollection, RawPost, RawThread
from search.models import AnsweredBy, Message, Role, Thread
from search.text.boilerplate import content, name_words
from search.text.clean import normalise

ID_CHARS = 16
_FEWEST_WORDS_OF_A_TWIN = 8
_FEWEST_WORDS_OF_AN_ANSWER = 2


def thread_id_of(collection: str, asker: str, text: str) -> str:
    """Return the id of a thread: a pure function of where, who and what was asked.

    Spacing, case, punctuation and emoji do not count, unless the text has nothing else.
    """
    identity = "\x00".join((collection, asker, normalise(text) or text.strip()))
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:ID_CHARS]


def build_threads(archive: Archive, cast: Cast) -> list[Thread]:
    """Return the threads of an archive in the order of their ids."""
    threads = [
        _thread(item, raw, cast, names)
        for item in archive.collections
        for names in [cast_names(item, cast)]
        for raw in item.threads
    ]
    return sorted(join_twins(threads), key=lambda thread: thread.thread_id)


def cast_names(item: RawCollection, cast: Cast) -> frozenset[str]:
    """Return the words by which people of a collection are addressed."""
    titles = {author.slug: author.name for author in cast.authors}
    speakers = {thread.post.speaker for thread in item.threads}
    speakers |= {reply.speaker for thread in item.threads for reply in thread.replies}
    return name_words({*speakers, *(titles[slug] for slug in cast.written_by[item.slug])})


def _thread(item: RawCollection, raw: RawThread, cast: Cast, names: frozenset[str]) -> Thread:
    """Build one thread from one entry of an archive."""
    thread_id = thread_id_of(item.slug, raw.post.speaker, raw.post.text)
    messages = tuple(
        _message(item.slug, raw, position, post, cast, names)
        for position, post in enumerate((raw.post, *raw.replies))
    )
    return Thread(
        thread_id=thread_id,
        source_refs=(raw.source_ref,),
        collections=(item.slug,),
        messages=number(thread_id, messages),
        answered_by=answered_by(messages),
        year=item.start.year if item.start else None,
    )


def _message(
    collection: str,
    raw: RawThread,
    position: int,
    post: RawPost,
    cast: Cast,
    names: frozenset[str],
) -> Message:
    """Describe one post of a thread."""
    asker = raw.post.speaker
    role = cast.role(collection, post.speaker, asker=asker)
    return Message(
        message_id="",
        speaker=post.speaker,
        role=role,
        text=post.text,
        source_ref=raw.source_ref,
        position=position,
        author=cast.author_of(collection, post.speaker),
        answers=position > 0 and post.speaker != asker and _says_something(post.text, role, names),
    )


def _says_something(text: str, role: Role, names: frozenset[str]) -> bool:
    """Tell whether a reply by another than the asker answers: not thanks, not only a question."""
    said = content(text, names=names)
    if len(said.split()) < _FEWEST_WORDS_OF_AN_ANSWER:
        return role is Role.AUTHOR and bool(said)
    lines = said.splitlines()
    return not all(line.rstrip().endswith("?") for line in lines)


def answered_by(messages: Iterable[Message]) -> AnsweredBy:
    """Return the best kind of answer among messages."""
    roles = {message.role for message in messages if message.answers}
    if Role.AUTHOR in roles:
        return AnsweredBy.AUTHOR
    return AnsweredBy.COMMUNITY if roles else AnsweredBy.NOBODY


def number(thread_id: str, messages: Sequence[Message]) -> tuple[Message, ...]:
    """Give messages their ids: the thread's, and their place in it."""
    return tuple(
        replace(message, message_id=f"{thread_id}/{place}")
        for place, message in enumerate(messages)
    )


def join_twins(threads: Sequence[Thread]) -> list[Thread]:
    """Make one thread of each group that is the same post by the same person, filed twice.

    The copy with the best answers stays; it keeps replies that only another copy has, names both
    places, and the other copy's id becomes an alias.
    """
    groups: defaultdict[tuple[str, str], list[Thread]] = defaultdict(list)
    for thread in threads:
        groups[_twin_key(thread)].append(thread)
    return [_join(group) for group in groups.values()]


def _twin_key(thread: Thread) -> tuple[str, str]:
    """Return what two copies of a post share; short posts are twins only within a collection."""
    text = normalise(thread.question.text)
    if len(text.split()) < _FEWEST_WORDS_OF_A_TWIN:
        return ("", thread.thread_id)
    return (thread.question.speaker, text)


def _join(group: Sequence[Thread]) -> Thread:
    """Join copies of one thread."""
    if len(group) == 1:
        return group[0]
    best, *others = sorted(group, key=_most_answered_first)
    messages = list(best.messages)
    seen = {(message.speaker, normalise(message.text)) for message in messages}
    for message in (message for other in others for message in other.messages):
        if (key := (message.speaker, normalise(message.text))) not in seen:
            seen.add(key)
            messages.append(message)
    return replace(
        best,
        source_refs=tuple(ref for thread in (best, *others) for ref in thread.source_refs),
        collections=tuple(
            dict.fromkeys(slug for thread in (best, *others) for slug in thread.collections)
        ),
        messages=number(best.thread_id, messages),
        answered_by=answered_by(messages),
        aliases=tuple(sorted({other.thread_id for other in others} - {best.thread_id})),
    )


def _most_answered_first(thread: Thread) -> tuple[int, int, str]:
    """Order copies: answered by an author, more answers, smaller reference."""
    rank = list(AnsweredBy).index(thread.answered_by)
    return (rank, -sum(message.answers for message in thread.messages), thread.source_refs[0])

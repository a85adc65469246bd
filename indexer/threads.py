"""From posts as written to threads: what belongs together, who answers, identity."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from indexer.evidence import Repair
from indexer.joining import Joined, join
from indexer.messages import Scene, answer_to_share, answered_by, number, settle
from indexer.people import Cast
from indexer.repair import find_repairs
from indexer.sources.records import Archive, RawCollection
from indexer.twins import join_twins
from search.models import CollectionKind, Message, Thread, ThreadLink
from search.text.boilerplate import name_words
from search.text.clean import normalise

ID_CHARS = 16


def thread_id_of(collection: str, asker: str, text: str, *, name: str = "") -> str:
    """Return the id of a thread: a pure function of where, who and what was asked.

    Spacing, case, punctuation and emoji do not count, unless the text has nothing else. A record
    that the source gave a name has it in its id too, so that no two records are one thread.
    """
    own = (name,) if name else ()
    identity = "\x00".join((collection, asker, normalise(text) or text.strip(), *own))
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:ID_CHARS]


def build_threads(archive: Archive, cast: Cast, *, repair: bool = True) -> list[Thread]:
    """Return the threads of an archive in the order of their ids.

    Args:
        archive: What the sources hold.
        cast: Who speaks.
        repair: Whether posts that belong together are joined and linked.
    """
    threads = [
        thread for item in archive.collections for thread in _threads(item, cast, repair=repair)
    ]
    edited = {item.slug for item in archive.collections if item.kind is CollectionKind.FAQ}
    joined = sorted(join_twins(threads, edited=edited), key=lambda thread: thread.thread_id)
    return _with_own_aliases(joined)


def cast_names(item: RawCollection, cast: Cast) -> frozenset[str]:
    """Return the words by which people of a collection are addressed."""
    titles = {author.slug: author.name for author in cast.authors}
    speakers = {thread.post.speaker for thread in item.threads}
    speakers |= {reply.speaker for thread in item.threads for reply in thread.replies}
    return name_words({*speakers, *(titles[slug] for slug in cast.written_by[item.slug])})


def _threads(item: RawCollection, cast: Cast, *, repair: bool) -> list[Thread]:
    """Return the threads of a collection in the order of the page."""
    names = cast_names(item, cast)
    joined = join(item.threads, find_repairs(item, cast, names) if repair else [])
    scene = Scene(item.slug, cast, names)
    messages = {
        entry.source_ref: scene.messages(
            entry, asker=group.opening.post.speaker, opens=entry is group.opening
        )
        for group in joined
        for entry in group.entries
    }
    ids = {
        entry.source_ref: thread_id_of(
            item.slug,
            entry.post.speaker,
            entry.post.text,
            name=entry.source_ref if entry.named else "",
        )
        for entry in item.threads
    }
    homes = {entry.source_ref: group for group in joined for entry in group.entries}
    return [_thread(item, group, messages, ids, homes) for group in joined]


def _thread(
    item: RawCollection,
    group: Joined,
    messages: Mapping[str, list[Message]],
    ids: Mapping[str, str],
    homes: Mapping[str, Joined],
) -> Thread:
    """Make one thread of the entries that belong to it."""
    thread_id = ids[group.opening.source_ref]
    own = [message for entry in group.entries for message in messages[entry.source_ref]]
    shared = [message for ref in group.shared for message in answer_to_share(messages[ref])]
    settled = settle([*own, *shared])
    day = item.start or group.opening.day
    return Thread(
        thread_id=thread_id,
        source_refs=tuple(entry.source_ref for entry in group.entries),
        collections=(item.slug,),
        messages=number(thread_id, settled),
        answered_by=answered_by(settled),
        year=day.year if day else None,
        aliases=tuple(sorted({ids[entry.source_ref] for entry in group.others} - {thread_id})),
        links=tuple(_link(made, group, ids, homes) for made in group.repairs),
    )


def _link(
    made: Repair, group: Joined, ids: Mapping[str, str], homes: Mapping[str, Joined]
) -> ThreadLink:
    """Describe a repair as one of its two threads sees it."""
    if made.joins:
        other = made.source_ref
    else:
        theirs = homes[made.source_ref]
        ref = made.target if theirs is group else made.source_ref
        other = homes[ref].opening.source_ref
    return ThreadLink(
        kind=made.kind,
        source_ref=made.source_ref,
        target_ref=made.target,
        thread_id=ids[other],
        confidence=round(made.confidence, 3),
        reason=made.reason,
        joined=made.joins,
    )


def _with_own_aliases(threads: Iterable[Thread]) -> list[Thread]:
    """Leave every former id to one thread: the same words may have been posted twice."""
    threads = list(threads)
    taken = {thread.thread_id for thread in threads}
    kept = []
    for thread in threads:
        own = tuple(alias for alias in thread.aliases if alias not in taken)
        taken.update(own)
        kept.append(replace(thread, aliases=own) if own != thread.aliases else thread)
    return kept

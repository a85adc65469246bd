"""What the indexes hold of threads: passages to embed, and the words of word search."""

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.passages import passages_of
from indexer.people import Cast
from indexer.sources.records import RawCollection
from indexer.threads import cast_names
from search.models import Passage, PassageKind, Thread
from search.text.clean import names_in_addresses

_ORDER = {kind: place for place, kind in enumerate(PassageKind)}


@dataclass(frozen=True, slots=True)
class Searched:
    """Passages by kind, and what word search reads of each thread: nothing of an unanswered one."""

    passages: tuple[Passage, ...]
    texts: tuple[str, ...]


def searched(
    threads: Sequence[Thread], collections: Sequence[RawCollection], cast: Cast
) -> Searched:
    """Cut threads into what is searched of them.

    Args:
        threads: In the order of their ids.
        collections: What they are filed under, with the headings of their entries.
        cast: Who speaks.
    """
    names = {item.slug: cast_names(item, cast) for item in collections}
    titles = {item.slug: item.title for item in collections}
    sections = {entry.source_ref: entry.section for item in collections for entry in item.threads}
    passages: list[Passage] = []
    texts: list[str] = []
    for thread in threads:
        addressed = frozenset().union(*(names[slug] for slug in thread.collections))
        section = sections[thread.source_refs[0]] or ""
        own = passages_of(thread, names=addressed, section=section)
        passages += own
        text = next((made.text for made in own if made.kind is PassageKind.THREAD), "")
        linked = names_in_addresses("\n".join(each.text for each in thread.messages))
        lines = (text, titles[thread.collections[0]], " ".join(linked))
        texts.append("\n".join(filter(None, lines)) if text else "")
    passages.sort(key=lambda passage: _ORDER[passage.kind])
    return Searched(tuple(passages), tuple(texts))

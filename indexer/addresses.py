"""Where collections, threads and messages can be read on the site."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from indexer.links import Place, fragments
from indexer.sources.records import RawCollection
from search.models import CollectionKind, Thread


def collection_url(item: RawCollection, site: str) -> str | None:
    """Return the page of a collection; only books have one."""
    return f"{site}/books/{item.slug}.html" if item.kind is CollectionKind.BOOK else None


def message_urls(collections: Iterable[RawCollection], site: str) -> dict[Place, str]:
    """Return where each message stands, by the post below which it stands and its place there.

    A message of a book is named by a text fragment of the book's page, another by the address
    that its record gives; a message without either is left out.
    """
    found: dict[Place, str] = {}
    for item in collections:
        page = collection_url(item, site)
        if page is None:
            found |= {
                (thread.source_ref, place): thread.url
                for thread in item.threads
                if thread.url
                for place in range(1 + len(thread.replies))
            }
        else:
            found |= {place: page + fragment for place, fragment in fragments(item).items()}
    return found


def with_urls(thread: Thread, urls: Mapping[Place, str]) -> Thread:
    """Return a thread whose messages say where they stand."""
    messages = tuple(
        replace(message, url=urls.get((message.source_ref, message.position)))
        for message in thread.messages
    )
    return replace(thread, messages=messages)

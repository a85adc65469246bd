"""Small archives in memory: books whose entries are a post, as name and text, with its replies."""

from collections.abc import Sequence
from pathlib import Path

from indexer.sources.records import Archive, RawCollection, RawPerson, RawPost, RawThread
from search.models import CollectionKind

Said = tuple[str, str]
Entry = Said | tuple[Said, Sequence[Said]]


def book(
    *entries: Entry,
    slug: str = "book",
    authors: Sequence[str] = ("Ada Lovelace",),
    kind: CollectionKind = CollectionKind.BOOK,
) -> RawCollection:
    """Make a book; an entry is a post alone or a post with its replies."""
    threads = []
    for place, entry in enumerate(entries):
        post, replies = entry if isinstance(entry[0], tuple) else (entry, ())
        threads.append(
            RawThread(
                source_ref=f"{slug}#{place}",
                post=RawPost(*post, line=1),
                replies=tuple(RawPost(*reply, line=1) for reply in replies),
            )
        )
    return RawCollection(
        slug=slug,
        title=slug.title(),
        kind=kind,
        path=Path(f"{slug}.md"),
        threads=tuple(threads),
        authors=tuple(authors),
    )


def archive(*books: RawCollection, people: Sequence[RawPerson] = ()) -> Archive:
    """Make an archive of books."""
    return Archive(collections=books, people=people)

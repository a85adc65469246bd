"""Lists of books, authors and threads, a page at a time.

A cursor holds the key of the last item shown, so that a list that changes between two pages
repeats nothing and skips nothing that was there before.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from search.errors import InvalidQueryError
from search.limits import check_limit
from search.models import Collection, CollectionKind, CollectionRef, Thread, ThreadFilter
from search.results import (
    AuthorRef,
    AuthorSummary,
    CollectionSummary,
    ThreadSummary,
)
from search.store import ThreadStore

_MOST_CURSOR_CHARS = 500

Item = TypeVar("Item")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Part of a list; `next_cursor` asks for what follows and is None at the end."""

    items: tuple[Item, ...]
    total: int
    next_cursor: str | None


def paginate(
    items: Sequence[Item], key: Callable[[Item], Key], *, limit: int, cursor: str | None
) -> Page[Item]:
    """Cut a page out of a list that is sorted by a unique key.

    Raises:
        InvalidQueryError: If the limit is out of range or the cursor is not one of ours.
    """
    check_limit(limit)
    after = None if cursor is None else _decode(cursor)
    rest = [item for item in items if after is None or key(item) > after]
    shown = tuple(rest[:limit])
    more = len(rest) > limit
    return Page(shown, len(items), _encode(key(shown[-1])) if more else None)


def _encode(key: Key) -> str:
    """Make a cursor of a key."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode("ascii").rstrip("=")


def _decode(cursor: str) -> Key:
    """Read a cursor."""
    try:
        if len(cursor) > _MOST_CURSOR_CHARS:
            raise ValueError(cursor)
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = json.loads(data)
        if not isinstance(key, list) or not all(isinstance(part, str) for part in key):
            raise TypeError(key)
    except (ValueError, TypeError, binascii.Error, RecursionError) as exc:
        raise InvalidQueryError(
            "the cursor is not one that this list returned: take `next_cursor` of the last page"
        ) from exc
    return tuple(key)


class Listing:
    """Lists what one generation holds."""

    def __init__(self, store: ThreadStore, collections: Mapping[str, Collection]) -> None:
        """Read from a store."""
        self._store = store
        self._collections = collections
        self._names = {author.slug: author.name for author in store.authors()}
        self._counts = store.thread_counts()

    def collections(
        self, *, kind: CollectionKind | None, limit: int, cursor: str | None
    ) -> Page[CollectionSummary]:
        """List collections of a kind by day and slug."""
        items = [self.summary(item) for item in self._collections.values()]
        chosen = [item for item in items if kind is None or item.kind is kind]
        chosen.sort(key=_collection_key)
        return paginate(chosen, _collection_key, limit=limit, cursor=cursor)

    def summary(self, item: Collection) -> CollectionSummary:
        """Describe a collection."""
        n_threads, n_answered = self._counts.get(item.slug, (0, 0))
        return CollectionSummary(
            slug=item.slug,
            title=item.title,
            kind=item.kind,
            authors=tuple(AuthorRef(slug, self._names[slug]) for slug in item.authors),
            start=item.start,
            end=item.end,
            url=item.url,
            n_threads=n_threads,
            n_answered=n_answered,
        )

    def authors(self, *, limit: int, cursor: str | None) -> Page[AuthorSummary]:
        """List authors by slug."""
        items = self._authors()
        return paginate(items, lambda item: (item.slug,), limit=limit, cursor=cursor)

    def author(self, slug: str) -> AuthorSummary | None:
        """Return an author by slug, None if unknown."""
        return next((item for item in self._authors() if item.slug == slug), None)

    def _authors(self) -> list[AuthorSummary]:
        """Describe all authors, by slug."""
        counts = self._store.answer_counts()
        return [
            AuthorSummary(each.slug, each.name, each.collections, counts.get(each.slug, 0))
            for each in self._store.authors()
        ]

    def threads(
        self, where: ThreadFilter, *, limit: int, cursor: str | None
    ) -> Page[ThreadSummary]:
        """List the threads that pass a filter, in the order of the source."""
        return self._page(self.ordered(where), _thread_key, limit=limit, cursor=cursor)

    def ranked(
        self, threads: Sequence[Thread], *, limit: int, cursor: str | None
    ) -> Page[ThreadSummary]:
        """List threads in the order given."""
        places = {thread.thread_id: place for place, thread in enumerate(threads)}

        def key(thread: Thread) -> Key:
            return (f"{places[thread.thread_id]:012}", thread.thread_id)

        return self._page(threads, key, limit=limit, cursor=cursor)

    def ordered(self, where: ThreadFilter) -> list[Thread]:
        """Return the threads that pass a filter, in the order of the source."""
        ids = self._store.thread_ids()
        rows = self._store.mask(where).nonzero()[0].tolist()
        return sorted(self._store.threads([ids[row] for row in rows]), key=_thread_key)

    def _page(
        self,
        threads: Sequence[Thread],
        key: Callable[[Thread], Key],
        *,
        limit: int,
        cursor: str | None,
    ) -> Page[ThreadSummary]:
        """Describe the threads of a page."""
        page = paginate(threads, key, limit=limit, cursor=cursor)
        return Page(tuple(map(self.thread, page.items)), page.total, page.next_cursor)

    def thread(self, thread: Thread) -> ThreadSummary:
        """Describe a thread."""
        return ThreadSummary(
            thread_id=thread.thread_id,
            source_refs=thread.source_refs,
            question=thread.question.text,
            asker=thread.question.speaker,
            answered_by=thread.answered_by,
            n_replies=len(thread.replies),
            collection=CollectionRef.of(self._collections[thread.collections[0]]),
        )


def _collection_key(item: CollectionSummary) -> Key:
    """Sort by day, then slug."""
    return (item.start.isoformat() if item.start else "", item.slug)


def _thread_key(thread: Thread) -> Key:
    """Sort by collection and place in it, then by id."""
    stem, _, place = thread.source_refs[0].rpartition("#")
    return (stem, place.rjust(12, "0"), thread.thread_id)

"""From sources as read to what goes into the index."""

import hashlib
import json
from dataclasses import asdict, dataclass

from indexer.addresses import collection_url, message_urls, with_urls
from indexer.options import BuildOptions
from indexer.people import Cast, resolve_people
from indexer.searched import searched
from indexer.sources.records import Archive, RawCollection
from indexer.threads import build_threads
from search.models import Collection, Passage, Thread


@dataclass(frozen=True, slots=True)
class Prepared:
    """An archive as it goes into the index."""

    collections: tuple[Collection, ...]
    cast: Cast
    threads: tuple[Thread, ...]
    passages: tuple[Passage, ...]
    texts: tuple[str, ...]
    digest: str


def prepare(archive: Archive, options: BuildOptions) -> Prepared:
    """Interpret an archive: who speaks, what belongs together, what is searched."""
    cast = resolve_people(archive, hosts=options.hosts)
    urls = message_urls(archive.collections, options.site)
    threads = [
        with_urls(thread, urls) for thread in build_threads(archive, cast, repair=options.repair)
    ]
    found = searched(threads, archive.collections, cast)
    return Prepared(
        collections=tuple(_collection(item, cast, options.site) for item in archive.collections),
        cast=cast,
        threads=tuple(threads),
        passages=found.passages,
        texts=found.texts,
        digest=digest_of(archive),
    )


def _collection(item: RawCollection, cast: Cast, site: str) -> Collection:
    """Describe a collection, with its authors resolved."""
    return Collection(
        slug=item.slug,
        title=item.title,
        kind=item.kind,
        authors=cast.written_by[item.slug],
        start=item.start,
        end=item.end,
        url=collection_url(item, site),
        description=item.description,
        body=item.body,
        cover=item.cover,
        links=item.links,
    )


def digest_of(archive: Archive) -> str:
    """Return a SHA-256 over everything that was read, whatever the paths, formats and lines."""

    def plain(value: object) -> object:
        return value.isoformat() if hasattr(value, "isoformat") else str(value)

    def facts(item: object) -> str:
        raw = asdict(item)  # type: ignore[call-overload]
        raw.pop("path")
        for thread in raw.get("threads", ()):
            thread.pop("named")
            for post in (thread["post"], *thread["replies"]):
                post.pop("line")
        return json.dumps(raw, sort_keys=True, ensure_ascii=True, default=plain)

    digest = hashlib.sha256()
    for item in (*archive.collections, *archive.people):
        digest.update(facts(item).encode())
    return digest.hexdigest()

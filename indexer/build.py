"""From sources to a published generation."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from indexer.cache import EmbeddingCache
from indexer.encoding import LazyEncoder
from indexer.lineage import carry_aliases
from indexer.passages import passages_of, whole_text
from indexer.people import Cast, resolve_people
from indexer.progress import Progress, silent
from indexer.sources.reader import read_sources
from indexer.sources.records import Archive, Complaint, RawCollection, Severity
from indexer.threads import build_threads, cast_names
from search.bundle import Bundle, Generation, Manifest
from search.dense import write_dense
from search.engine import Engine
from search.errors import AnswersError, BundleMismatchError, CorpusError
from search.lexical import write_lexical
from search.models import Collection, Passage, PassageKind, Thread
from search.opening import open_generation, open_store
from search.store_writer import write_store

LARGEST_LOSS = 0.2
BUILD_VERSION = 1
_SITE = "https://datatalks.club"
_N_CANARIES = 3


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How to build.

    `model` is a folder, a hub name or None for the default; `hosts` are display names of people
    who run the week, found from their behaviour where empty; `force` publishes even when many
    threads are gone; `rebuild` makes a generation even when nothing seems to have changed.
    """

    model: str | None = None
    device: str | None = None
    hosts: tuple[str, ...] = ()
    force: bool = False
    rebuild: bool = False
    prune: bool = False
    site: str = _SITE


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did."""

    generation: str
    published: bool
    counts: Mapping[str, int]
    n_embedded: int
    complaints: tuple[Complaint, ...] = field(default=())

    @property
    def n_errors(self) -> int:
        """How many complaints lost something."""
        return sum(made.severity is Severity.ERROR for made in self.complaints)


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
    threads = build_threads(archive, cast)
    names = {item.slug: cast_names(item, cast) for item in archive.collections}

    def names_of(thread: Thread) -> frozenset[str]:
        return frozenset().union(*(names[slug] for slug in thread.collections))

    order = {kind: place for place, kind in enumerate(PassageKind)}
    passages = [
        passage for thread in threads for passage in passages_of(thread, names=names_of(thread))
    ]
    passages.sort(key=lambda passage: order[passage.kind])
    return Prepared(
        collections=tuple(_collection(item, cast, options.site) for item in archive.collections),
        cast=cast,
        threads=tuple(threads),
        passages=tuple(passages),
        texts=tuple(whole_text(thread, names=names_of(thread)) for thread in threads),
        digest=_digest(archive),
    )


def build(
    sources: Sequence[Path],
    bundle: Bundle,
    options: BuildOptions | None = None,
    *,
    progress: Progress = silent,
) -> BuildReport:
    """Read sources and publish a generation that holds them all.

    Raises:
        CorpusError: If the sources hold no threads, or far fewer than the live generation.
        ModelUnavailableError: If the encoder cannot be loaded.
        BundleLockedError: If another process is writing the bundle.
        StorageError: If the disk is full, read-only or fails.
    """
    options = options or BuildOptions()
    archive = read_sources(sources, progress=progress)
    prepared = prepare(archive, options)
    if not prepared.threads:
        raise _nothing_to_index(archive)
    with bundle.writing():
        encoder = LazyEncoder(options.model, bundle, device=options.device)
        previous = _previous(bundle)
        if not options.rebuild and (live := _up_to_date(previous, prepared, encoder, options)):
            return _report(live, False, 0, archive)
        return _publish(bundle, archive, prepared, encoder, options, previous, progress)


def _nothing_to_index(archive: Archive) -> CorpusError:
    """Describe sources without a single thread by the first thing that is wrong with them."""
    wrong = [str(made) for made in archive.complaints if made.severity is Severity.ERROR]
    why = f" ({wrong[0]}{f'; {len(wrong) - 1} more' if wrong[1:] else ''})" if wrong else ""
    return CorpusError(f"the sources hold no threads{why}; nothing was changed")


def _publish(
    bundle: Bundle,
    archive: Archive,
    prepared: Prepared,
    encoder: LazyEncoder,
    options: BuildOptions,
    previous: Generation | None,
    progress: Progress,
) -> BuildReport:
    """Embed, write, check and switch."""
    threads = _with_history(prepared.threads, previous, force=options.force)
    cache = EmbeddingCache(bundle.embeddings_folder, encoder.fingerprint, dim=encoder.dim)
    embeddings, n_embedded = cache.encode(
        [passage.text for passage in prepared.passages],
        encoder.encode_passages,
        progress=lambda done, total: progress("embed", done, total),
    )
    encoder.publish()

    def write(folder: Path) -> None:
        progress("write", 0, 1)
        write_store(
            folder / "threads.sqlite",
            collections=prepared.collections,
            authors=prepared.cast.authors,
            threads=threads,
            passages=prepared.passages,
        )
        write_dense(folder / "passages.faiss", embeddings)
        write_lexical(folder / "lexical", prepared.texts)
        progress("write", 1, 1)

    generation = bundle.publish(_manifest(prepared, encoder, options), write)
    published = generation.name != bundle.current_name()
    if published:
        try:
            _check(bundle, generation, prepared, embeddings)
        except AnswersError:
            bundle.discard(generation.name)
            raise
        bundle.switch_to(generation.name)
    bundle.drop_old()
    return _report(generation, published, n_embedded, archive)


def _collection(item: RawCollection, cast: Cast, site: str) -> Collection:
    """Describe a collection, with its authors resolved."""
    return Collection(
        slug=item.slug,
        title=item.title,
        kind=item.kind,
        authors=cast.written_by[item.slug],
        start=item.start,
        end=item.end,
        url=f"{site}/books/{item.slug}.html",
        description=item.description,
        body=item.body,
        cover=item.cover,
        links=item.links,
    )


def _digest(archive: Archive) -> str:
    """Return a SHA-256 over everything that was read, whatever the paths and the line numbers."""

    def plain(value: object) -> object:
        return value.isoformat() if hasattr(value, "isoformat") else str(value)

    def facts(item: object) -> str:
        raw = asdict(item)  # type: ignore[call-overload]
        raw.pop("path")
        for thread in raw.get("threads", ()):
            for post in (thread["post"], *thread["replies"]):
                post.pop("line")
        return json.dumps(raw, sort_keys=True, ensure_ascii=True, default=plain)

    digest = hashlib.sha256()
    for item in (*archive.collections, *archive.people):
        digest.update(facts(item).encode())
    return digest.hexdigest()


def _settings(options: BuildOptions) -> dict[str, object]:
    """Return what else decides what a generation holds."""
    return {"build": BUILD_VERSION, "hosts": sorted(options.hosts), "site": options.site}


def _manifest(prepared: Prepared, encoder: LazyEncoder, options: BuildOptions) -> Manifest:
    """Describe the generation to be."""
    answered = Counter(thread.answered_by.value for thread in prepared.threads)
    kinds = Counter(passage.kind.value for passage in prepared.passages)
    return Manifest(
        encoder=encoder.facts(),
        counts={
            "collections": len(prepared.collections),
            "authors": len(prepared.cast.authors),
            "threads": len(prepared.threads),
            "source_refs": sum(len(thread.source_refs) for thread in prepared.threads),
            "replies": sum(len(thread.replies) for thread in prepared.threads),
            "passages": len(prepared.passages),
            **{f"answered_by_{name}": count for name, count in sorted(answered.items())},
            **{f"{name}_passages": count for name, count in sorted(kinds.items())},
        },
        corpus_digest=prepared.digest,
        settings=_settings(options),
    )


def _previous(bundle: Bundle) -> Generation | None:
    """Return the live generation, None where there is none or it cannot be read."""
    try:
        return bundle.current() if bundle.current_name() else None
    except BundleMismatchError:
        return None


def _up_to_date(
    previous: Generation | None, prepared: Prepared, encoder: LazyEncoder, options: BuildOptions
) -> Generation | None:
    """Return the live generation if it is intact and holds just these sources."""
    if previous is None or previous.manifest.corpus_digest != prepared.digest:
        return None
    if not encoder.is_published(previous.manifest):
        return None
    if previous.manifest.settings != _settings(options):
        return None
    try:
        previous.verify()
    except BundleMismatchError:
        return None
    return previous


def _with_history(
    threads: Sequence[Thread], previous: Generation | None, *, force: bool
) -> Sequence[Thread]:
    """Carry former ids on, and refuse to lose many threads by accident."""
    if previous is None:
        return threads
    try:
        previous.verify()
        with open_store(previous) as store:
            old = list(store.iter_threads())
    except BundleMismatchError:
        return threads
    carried = carry_aliases(threads, old)
    kept = {name for thread in carried for name in (thread.thread_id, *thread.aliases)}
    n_lost = sum(thread.thread_id not in kept for thread in old)
    if n_lost > LARGEST_LOSS * len(old) and not force:
        raise CorpusError(
            f"{n_lost} of {len(old)} threads of the live generation are not in these sources; "
            "name all sources of the archive, or use --force if they are really gone; "
            "nothing was changed"
        )
    return carried


def _check(
    bundle: Bundle, generation: Generation, prepared: Prepared, embeddings: np.ndarray
) -> None:
    """Open a generation before it goes live and look a few questions up in it."""
    engine = open_generation(bundle, generation)
    numbers = [
        number
        for number, passage in enumerate(prepared.passages)
        if passage.kind is PassageKind.QUESTION and embeddings[number].any()
    ]
    for number in numbers[:: max(1, len(numbers) // _N_CANARIES)][:_N_CANARIES]:
        _check_canary(engine, generation, embeddings[number])


def _check_canary(engine: Engine, generation: Generation, embedding: np.ndarray) -> None:
    """Check that a question's own embedding finds itself."""
    found = engine.nearest_question(embedding)
    if found is None or abs(found - float(embedding @ embedding)) > 1e-4:
        raise BundleMismatchError(
            f"{generation.path}: the new generation does not find its own questions; "
            "nothing was published"
        )


def _report(
    generation: Generation, published: bool, n_embedded: int, archive: Archive
) -> BuildReport:
    """Sum a build up."""
    return BuildReport(
        generation=generation.name,
        published=published,
        counts=generation.manifest.counts,
        n_embedded=n_embedded,
        complaints=tuple(archive.complaints),
    )

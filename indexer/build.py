"""From sources to a published generation."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from indexer.embedding import Embedded, Embedder
from indexer.encoding import LazyEncoder
from indexer.lineage import with_history
from indexer.options import BuildOptions
from indexer.preparing import Prepared, digest_of, prepare
from indexer.progress import Progress, silent
from indexer.selfcheck import check_generation
from indexer.skipped import skipped_of, uncertain_person
from indexer.sources.reader import read_sources
from indexer.sources.records import Archive, Complaint, Severity
from indexer.sources.summary import FormatSummary, summarise
from indexer.topics import write_found_topics
from search.bundle import Bundle
from search.dense import write_dense
from search.encoders.registry import OPENVINO
from search.errors import CorpusError
from search.files import require_space, storage_errors
from search.generation import Generation
from search.late import write_tokens
from search.lexical import write_lexical
from search.lists import make_lists
from search.manifest import Manifest
from search.models import Passage, Thread
from search.opening import LEXICAL, LISTS, PASSAGES, THREADS, TOKENS, WORDS
from search.statistics import SKIPPED, UNCERTAIN, Skipped, read_entries, write_entries
from search.store_writer import SCHEMA_VERSION, write_store
from search.text.clean import clean
from search.text.spelling import count_speakers
from search.vocabulary import write_words

BUILD_VERSION = 8
_KEPT_GENERATIONS = 2
_BYTES_A_CHAR = 50
_CACHED_A_BYTE = 2
_LEAST_BYTES = 500_000


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did."""

    generation: str
    published: bool
    counts: Mapping[str, int]
    n_embedded: int
    complaints: tuple[Complaint, ...] = field(default=())
    sources: tuple[FormatSummary, ...] = field(default=())

    @property
    def n_errors(self) -> int:
        """How many complaints lost something."""
        return sum(made.severity is Severity.ERROR for made in self.complaints)


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
    if not any(item.threads for item in archive.collections):
        raise _nothing_to_index(archive)
    with bundle.writing():
        encoder = LazyEncoder(options.model, bundle, device=options.device)
        previous = next(bundle.intact(), None)
        if previous and _is_up_to_date(bundle, previous, archive, encoder, options):
            _retire(bundle, previous, bundle.candidates()[:_KEPT_GENERATIONS])
            return _report(previous, False, 0, archive)
        prepared = prepare(archive, options)
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
    content = replace(
        prepared,
        threads=with_history(prepared.threads, previous, force=options.force, anew=options.rebuild),
    )
    embedder = Embedder(bundle.embeddings_folder, encoder)
    require_space(bundle.path, _size_bytes(content.passages, encoder.dim, embedder))
    embedded = embedder.embed(
        content.passages, progress=lambda done, total: progress("embed", done, total)
    )
    encoder.publish()
    kinds = [passage.kind for passage in content.passages]
    lists = make_lists(embedded.embeddings, kinds)

    def write(folder: Path) -> None:
        _write(folder, content, embedded, skipped_of(archive), progress)
        lists.write(folder / LISTS)
        write_found_topics(folder, previous)

    generation = bundle.publish(
        replace(_manifest(content, encoder, options), dense=lists.facts()),
        write,
        lambda draft: check_generation(bundle, draft, content.passages, embedded.embeddings),
    )
    published = previous is None or generation.name != previous.name
    if options.prune:
        _retire(bundle, generation, [generation.name])
        _prune(bundle, generation, embedder, content.passages)
    elif published:
        _retire(bundle, generation, [generation.name, previous.name if previous else ""])
    return _report(generation, published, embedded.n_computed, archive)


def _write(
    folder: Path,
    content: Prepared,
    embedded: Embedded,
    skipped: Iterable[Skipped],
    progress: Progress,
) -> None:
    """Write the files of a generation."""
    progress("write", 0, 1)
    write_store(
        folder / THREADS,
        collections=content.collections,
        authors=content.cast.authors,
        threads=content.threads,
        passages=content.passages,
    )
    write_dense(folder / PASSAGES, embedded.embeddings)
    write_lexical(folder / LEXICAL, content.texts)
    if embedded.tokens is not None:
        write_tokens(folder / TOKENS, embedded.tokens)
    write_words(folder / WORDS, count_speakers(_posts(content.threads)))
    write_entries(folder / SKIPPED, skipped)
    write_entries(folder / UNCERTAIN, map(uncertain_person, content.cast.uncertain()))
    progress("write", 1, 1)


def _posts(threads: Sequence[Thread]) -> Iterator[tuple[str, str]]:
    """Yield speaker and cleaned text of every message."""
    for thread in threads:
        for message in thread.messages:
            yield message.speaker, clean(message.text)


def _size_bytes(passages: Sequence[Passage], dim: int, embedder: Embedder) -> int:
    """Estimate what a build writes: threads and words, embeddings twice, and their cache."""
    embedded = 4 * dim * len(passages)
    cached = max(0, _CACHED_A_BYTE * embedded - embedder.size_bytes())
    words = _BYTES_A_CHAR * sum(len(passage.text) for passage in passages)
    return _LEAST_BYTES + 2 * embedded + cached + words


def _retire(bundle: Bundle, live: Generation, kept: Sequence[str]) -> None:
    """Delete all generations but some."""
    outcome = f"generation {live.name} is live, but older ones could not all be deleted"
    with storage_errors(bundle.generations_folder, outcome=outcome):
        bundle.keep_only(*kept)


def _prune(
    bundle: Bundle, live: Generation, embedder: Embedder, passages: Sequence[Passage]
) -> None:
    """Delete what only older generations used."""
    outcome = f"generation {live.name} is live, but what older ones used could not all be deleted"
    with storage_errors(bundle.embeddings_folder, outcome=outcome):
        bundle.keep_only_encoder(live.manifest.encoder["fingerprint"])
        embedder.prune(passages)


def _settings(options: BuildOptions) -> dict[str, object]:
    """Return what else decides what a generation holds."""
    return {
        "build": BUILD_VERSION,
        "encoding": OPENVINO if options.device == OPENVINO else "float32",
        "tables": SCHEMA_VERSION,
        "hosts": sorted(options.hosts),
        "repair": options.repair,
        "site": options.site,
    }


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
            "joined": sum(link.joined for thread in prepared.threads for link in thread.links),
            "follow_ups": sum(len(thread.follow_ups) for thread in prepared.threads),
            "passages": len(prepared.passages),
            **{f"answered_by_{name}": count for name, count in sorted(answered.items())},
            **{f"{name}_passages": count for name, count in sorted(kinds.items())},
        },
        corpus_digest=prepared.digest,
        settings=_settings(options),
    )


def _is_up_to_date(
    bundle: Bundle, live: Generation, archive: Archive, encoder: LazyEncoder, options: BuildOptions
) -> bool:
    """Tell whether an intact generation is live and holds and reports just these sources."""
    return (
        not (options.rebuild or options.prune)
        and bundle.is_live(live.name)
        and live.manifest.corpus_digest == digest_of(archive)
        and live.manifest.settings == _settings(options)
        and read_entries(live.file(SKIPPED), Skipped) == tuple(skipped_of(archive))
        and encoder.is_published(live.manifest)
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
        sources=summarise(archive),
    )

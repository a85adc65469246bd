"""Open what a bundle holds."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from search.bundle import Bundle, Checker, Generation
from search.confidence import calibration_for
from search.dense import FaissDenseIndex
from search.encoders.record import RECORD
from search.encoders.registry import open_query_encoder
from search.engine import Engine
from search.errors import BundleMismatchError
from search.files import sha256_of
from search.lexical import BM25Index
from search.ranking import Ranker
from search.store import SqliteStore

THREADS = "threads.sqlite"
PASSAGES = "passages.faiss"
LEXICAL = "lexical"


def open_engine(bundle: Path | str, *, checker: Checker = sha256_of) -> Engine:
    """Open a bundle's live generation for searching.

    Every file's checksum is compared first. A damaged live generation falls back to the one
    before it, and the engine's results carry a warning that says so.

    Args:
        bundle: The folder that `answers index` wrote.
        checker: Returns the SHA-256 of a file; one that remembers may skip unchanged files.

    Raises:
        BundleNotFoundError: If nothing was built there.
        BundleMismatchError: If no generation is intact.
    """
    home = Bundle(Path(bundle))
    current = home.current_name()
    damage: BundleMismatchError | None = None
    for name in [current, *(other for other in reversed(home.names()) if other != current)]:
        try:
            generation = home.current() if name is None else home.generation(name)
            return open_generation(home, generation, checker=checker, damage=damage)
        except BundleMismatchError as exc:
            damage = damage or exc
    raise damage or BundleMismatchError(f"{home.path}: no generation can be opened")


def open_generation(
    bundle: Bundle,
    generation: Generation,
    *,
    checker: Checker = sha256_of,
    damage: BundleMismatchError | None = None,
) -> Engine:
    """Open one generation for searching; `damage` is what kept a newer one from being opened.

    Raises:
        BundleMismatchError: If a file is missing or changed, or parts do not fit each other.
    """
    generation.verify(checker)
    fingerprint = generation.manifest.encoder["fingerprint"]
    folder = bundle.encoders_folder / fingerprint
    record = folder / RECORD
    if not record.is_file() or checker(record) != generation.manifest.encoder[RECORD]:
        raise BundleMismatchError(f"{record}: missing or changed; run `answers index --rebuild`")
    encoder = open_query_encoder(folder)
    store = SqliteStore(generation.file(THREADS))
    ids = store.thread_ids()
    dense = FaissDenseIndex(
        generation.file(PASSAGES), store.passage_table(), n_threads=len(ids), mask_of=store.mask
    )
    if dense.dim != encoder.dim:
        raise BundleMismatchError(
            f"{generation.path}: embeddings have {dense.dim} dimensions, "
            f"the encoder makes {encoder.dim}; run `answers index --rebuild`"
        )
    lexical = BM25Index(generation.file(LEXICAL), n_threads=len(ids), mask_of=store.mask)
    older = "the live generation is damaged, an older one answers"
    return Engine(
        store=store,
        dense=dense,
        ranker=Ranker(dense, lexical, answered=store.answered()),
        encoder=encoder,
        generation=generation.name,
        calibration=calibration_for(fingerprint),
        warnings=(f"{older}: {damage}",) if damage else (),
    )


@contextmanager
def open_store(generation: Generation) -> Iterator[SqliteStore]:
    """Open the threads of a generation alone."""
    with closing(SqliteStore(generation.file(THREADS))) as store:
        yield store

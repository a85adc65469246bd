"""Open what a bundle holds."""

import re
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from search.books import BookFinder
from search.bundle import Bundle
from search.confidence import calibration_for
from search.dense import FaissDenseIndex
from search.encoders.base import Encoder
from search.encoders.registry import open_query_encoder
from search.engine import Engine
from search.errors import BundleMismatchError, StorageError
from search.files import Checker, sha256_of, storage_errors
from search.generation import Generation
from search.late import ROWS, TokenIndex
from search.lexical import BM25Index
from search.manifest import RECORD
from search.mentions import MentionFinder
from search.models import Author
from search.phrases import PhraseFinder
from search.querying import QueryReader
from search.ranking import Ranker
from search.reranking import Reranking
from search.sqlite_store import SqliteStore
from search.text.languages import ForeignText
from search.text.slugs import name_tokens
from search.text.spelling import Speller
from search.text.synonyms import Synonyms
from search.topic_table import load_topics
from search.vocabulary import read_words

THREADS = "threads.sqlite"
PASSAGES = "passages.faiss"
LISTS = "lists"
LEXICAL = "lexical"
TOKENS = "tokens"
WORDS = "words.json"
TOPICS = "topics.json"
_SOME = 200
_IN_BRACKETS = re.compile(r"\([^()]*\)")


def open_engine(
    bundle: Path | str,
    *,
    checker: Checker = sha256_of,
    reranking: Reranking | None = None,
    remember_bytes: int = 0,
) -> Engine:
    """Open a bundle's live generation for searching.

    Every file's checksum is compared first. Where the live generation is damaged the one before
    it is opened, and the engine's results carry a warning that says so.

    Args:
        bundle: The folder that `answers index` wrote.
        checker: Returns the SHA-256 of a file; one that remembers may skip unchanged files.
        reranking: A cross-encoder that reads the best threads; none by default.
        remember_bytes: How much memory what was asked last may take, half of it for results and
            half for embeddings; the same question is then answered at once, and alike.

    Raises:
        BundleNotFoundError: If nothing was built there.
        BundleMismatchError: If no generation is intact.
        StorageError: If none can be read.
    """
    home = Bundle(Path(bundle))
    names = home.candidates()
    damage = _damage_of_live(home)
    for name in names:
        try:
            return open_generation(
                home,
                home.generation(name),
                checker=checker,
                damage=damage,
                reranking=reranking,
                remember_bytes=remember_bytes,
            )
        except (BundleMismatchError, StorageError) as exc:
            damage = damage or exc
    if home.candidates() != names:  # Published and pruned meanwhile.
        return open_engine(
            bundle, checker=checker, reranking=reranking, remember_bytes=remember_bytes
        )
    raise damage or BundleMismatchError(f"{home.path}: no generation can be opened")


def _damage_of_live(bundle: Bundle) -> BundleMismatchError | StorageError | None:
    """Return what is wrong with the pointer to the live generation or with its manifest."""
    try:
        bundle.current()
    except (BundleMismatchError, StorageError) as exc:
        return exc
    return None


def open_generation(
    bundle: Bundle,
    generation: Generation,
    *,
    checker: Checker = sha256_of,
    damage: BundleMismatchError | StorageError | None = None,
    reranking: Reranking | None = None,
    remember_bytes: int = 0,
) -> Engine:
    """Open one generation for searching; `damage` is what kept a newer one from being opened.

    Raises:
        BundleMismatchError: If a file is missing or changed, or parts do not fit each other.
    """
    generation.verify(checker)
    encoder = _open_encoder(bundle, generation, checker)
    store = SqliteStore(generation.file(THREADS))
    ids = store.thread_ids()
    dense = open_dense(generation.path, store, listed=bool(generation.manifest.dense))
    if not dense.dim == encoder.dim == generation.manifest.encoder["dim"]:
        raise BundleMismatchError(
            f"{generation.path}: embeddings have {dense.dim} dimensions, the manifest says "
            f"{generation.manifest.encoder['dim']} and the encoder makes {encoder.dim}; "
            "run `answers index --rebuild`"
        )
    lexical = BM25Index(generation.file(LEXICAL), n_threads=len(ids), mask_of=store.mask)
    late = (
        TokenIndex(generation.file(TOKENS), store.passage_table(), n_threads=len(ids))
        if f"{TOKENS}/{ROWS}" in generation.manifest.files
        else None
    )
    words = read_words(generation.file(WORDS)) if WORDS in generation.manifest.files else {}
    stored_topics = (
        load_topics(generation.file(TOPICS), n_threads=len(ids))
        if TOPICS in generation.manifest.files
        else None
    )
    phrases = PhraseFinder(store, lexical)
    speller = Speller(words, n_with=phrases.n_with, n_saying=phrases.n_saying)
    foreign = ForeignText(speller, lambda: _some_questions(store))
    authors = store.authors()
    books = BookFinder(store.collections(), authors)
    older = "the live generation is damaged, an older one answers"
    return Engine(
        store=store,
        dense=dense,
        ranker=Ranker(
            dense,
            lexical,
            answered=store.answered(),
            mask_of=store.mask,
            late=late,
            phrases=phrases,
        ),
        lexical=lexical,
        encoder=encoder,
        reader=QueryReader(
            encoder,
            speller=speller,
            is_joined=lambda word: phrases.n_with(word) > 0,
            synonyms=Synonyms(
                n_with=phrases.n_with, n_saying=phrases.n_saying, n_near=phrases.n_near
            ),
            foreign=foreign,
            mentions=MentionFinder(
                books, authors, aliases=lambda: _aliases(authors, store), knows=speller.has
            ),
            remember_bytes=remember_bytes // 2,
        ),
        books=books,
        foreign=foreign,
        generation=generation.name,
        calibration=calibration_for(encoder.fingerprint),
        reranking=reranking,
        stored_topics=stored_topics,
        warnings=(f"{older}: {damage}",) if damage else (),
        remember_bytes=remember_bytes // 2,
    )


def _aliases(authors: Iterable[Author], store: SqliteStore) -> Iterator[Author]:
    """Return authors once more by each other name under which they speak.

    A name that shares no word with theirs may be that of somebody else.
    """
    known = {author.slug: author for author in authors}
    for slug, shown in store.author_speakers():
        author, speaker = known[slug], _IN_BRACKETS.sub(" ", shown).strip()
        if speaker != author.name and not set(name_tokens(speaker)).isdisjoint(
            name_tokens(author.name)
        ):
            yield replace(author, name=speaker)


def _some_questions(store: SqliteStore) -> Iterator[str]:
    """Return opening posts from all over an archive."""
    ids = store.thread_ids()
    for thread in store.threads(ids[:: max(1, len(ids) // _SOME)]):
        yield thread.messages[0].text


def _open_encoder(bundle: Bundle, generation: Generation, checker: Checker) -> Encoder:
    """Open the encoder that a generation was built with, and no other."""
    facts = generation.manifest.encoder
    folder = bundle.encoders_folder / facts["fingerprint"]
    record = folder / RECORD
    with storage_errors(record):
        if not record.is_file() or checker(record) != facts.get(RECORD):
            raise BundleMismatchError(
                f"{record}: missing or changed; run `answers index --rebuild`"
            )
    encoder = open_query_encoder(folder, checker=checker)
    if encoder.fingerprint != facts["fingerprint"]:
        raise BundleMismatchError(
            f"{generation.path}: built with {facts.get('name')} {facts['fingerprint'][:12]}, "
            f"the encoder is {encoder.fingerprint[:12]}; run `answers index --rebuild`"
        )
    return encoder


def open_dense(folder: Path, store: SqliteStore, *, listed: bool = False) -> FaissDenseIndex:
    """Open the embeddings of a generation's folder, with their lists where the archive is large."""
    path, table = folder / PASSAGES, store.passage_table()
    n_threads = len(store.thread_ids())
    if not listed:
        return FaissDenseIndex(path, table, n_threads=n_threads, mask_of=store.mask)
    from search.lists import ListedDenseIndex

    dense = ListedDenseIndex(path, table, n_threads=n_threads, mask_of=store.mask)
    dense.open_lists(folder / LISTS)
    return dense


@contextmanager
def open_store(generation: Generation, *, any_version: bool = False) -> Iterator[SqliteStore]:
    """Open the threads of a generation alone; see `SqliteStore`."""
    with closing(SqliteStore(generation.file(THREADS), any_version=any_version)) as store:
        yield store

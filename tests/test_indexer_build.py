"""Builds one after the other: history, loss, pruning, and the same result as from scratch."""

import shutil
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from indexer.build import BuildReport, build
from indexer.cache import EmbeddingCache
from indexer.options import BuildOptions
from search.bundle import Bundle
from search.engine import Engine
from search.errors import BundleMismatchError, BundleNotFoundError, CorpusError, StorageError
from search.opening import open_engine
from search.store_writer import _SCHEMA, SCHEMA_VERSION
from tests.support import THREADS, build_hashed, write_book

SECRET = (
    ("Xaver Tester", "Does zebrafish husbandry matter for quokka habitats?"),
    [("Ada Lovelace", "Quokka habitats need wombat corridors, zebrafish do not matter there.")],
)
TRACES = (b"Xaver", b"zebrafish", b"quokka", b"Quokka", b"wombat")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    write_book(folder, "20211122-a-small-book", THREADS)
    return folder


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return tmp_path / "bundle"


def traces(bundle: Path) -> set[bytes]:
    """Return which words stand anywhere in a bundle's bytes."""
    contents = [path.read_bytes() for path in bundle.rglob("*") if path.is_file()]
    return {word for word in TRACES if any(word in content for content in contents)}


def cached(bundle: Path, *texts: str) -> list[str]:
    fingerprint = Bundle(bundle).current().manifest.encoder["fingerprint"]
    cache = EmbeddingCache(bundle / "embeddings", fingerprint, dim=256)
    return list(cache.read(texts))


def test_a_removed_post_is_really_gone_after_pruning(sources: Path, bundle: Path) -> None:
    write_book(sources, "20211122-a-small-book", [*THREADS, SECRET])
    build_hashed(sources, bundle)
    build([sources], Bundle(bundle), BuildOptions(model="hash:16", rebuild=True))
    build_hashed(sources, bundle)
    question = SECRET[0][1]
    assert traces(bundle) == set(TRACES)
    assert cached(bundle, question) == [question]
    write_book(sources, "20211122-a-small-book", THREADS)
    build_hashed(sources, bundle)
    assert traces(bundle) == set(TRACES)
    report = build_hashed(sources, bundle, prune=True)
    assert not report.published
    assert traces(bundle) == set()
    assert cached(bundle, question) == []
    assert Bundle(bundle).names() == [report.generation]
    assert len([*(bundle / "encoders").iterdir()]) == 1
    assert build_hashed(sources, bundle, rebuild=True).n_embedded == 0
    assert open_engine(bundle).search("deploy a model").hits


def test_pruning_with_a_change_leaves_one_generation(sources: Path, bundle: Path) -> None:
    write_book(sources, "20211122-a-small-book", [*THREADS, SECRET])
    build_hashed(sources, bundle)
    write_book(sources, "20211122-a-small-book", THREADS)
    assert build_hashed(sources, bundle, prune=True).published
    assert traces(bundle) == set()
    with pytest.raises(StorageError, match=r"generation 3-.* is live, but older ones could not"):
        fail_to_delete(sources, bundle)


def fail_to_delete(sources: Path, bundle: Path) -> BuildReport:
    """Prune where deleting fails."""
    write_book(sources, "20211122-a-small-book", THREADS[:-1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.bundle._remove", refuse)
        return build_hashed(sources, bundle, prune=True, force=True)


def refuse(path: Path) -> None:
    raise PermissionError(1, "Operation not permitted", str(path))


def test_an_edited_post_is_found_under_its_former_ids(sources: Path, bundle: Path) -> None:
    wordings = [
        "Which databse suits time series?",
        "Which database suits time series?",
        "Which database suits long time series?",
    ]
    ids = []
    for text in wordings:
        edited = [THREADS[0], ((THREADS[1][0][0], text), THREADS[1][1]), *THREADS[2:]]
        write_book(sources, "20211122-a-small-book", edited)
        build_hashed(sources, bundle)
        (found,) = [
            each for each in open_engine(bundle).store.iter_threads() if each.question.text == text
        ]
        ids.append(found.thread_id)
    engine = open_engine(bundle)
    assert len(set(ids)) == 3
    assert [engine.thread(each).thread_id for each in ids] == [ids[-1]] * 3


def test_history_survives_a_damaged_live_generation(sources: Path, bundle: Path) -> None:
    build_hashed(sources, bundle)
    before = [each.thread_id for each in open_engine(bundle).store.iter_threads()]
    shutil.move(sources / "20211122-a-small-book.md", sources / "20211122-renamed.md")
    build_hashed(sources, bundle)
    live = Bundle(bundle).current()
    live.file("threads.sqlite").write_bytes(b"x")
    report = build_hashed(sources, bundle)
    assert report.published
    assert [name.split("-")[0] for name in Bundle(bundle).names()] == ["1", "3"]
    engine = open_engine(bundle)
    assert not any("damaged" in warning for warning in engine.warnings)
    assert all(engine.store.resolve(each) for each in before)


def test_a_damaged_pointer_or_encoder_is_built_anew(sources: Path, bundle: Path) -> None:
    first = build_hashed(sources, bundle).generation
    (bundle / "CURRENT").write_text("rubbish")
    second = build_hashed(sources, bundle).generation
    assert (second.split("-")[0], second.split("-")[1]) == ("2", first.split("-")[1])
    (record,) = bundle.glob("encoders/*/encoder.json")
    intact = record.read_bytes()
    record.write_bytes(b"{}")
    build_hashed(sources, bundle)
    assert record.read_bytes() == intact
    record.write_bytes(intact.replace(b"\n", b"\n\n"))
    build_hashed(sources, bundle)
    assert open_engine(bundle).search("deploy a model").hits


def test_losing_many_threads_needs_force(sources: Path, bundle: Path) -> None:
    build_hashed(sources, bundle)
    write_book(sources, "20211122-a-small-book", THREADS[:1])
    live = Bundle(bundle).current_name()
    with pytest.raises(CorpusError, match=r"3 of 4 threads .* use --force .*nothing was changed"):
        build_hashed(sources, bundle)
    assert Bundle(bundle).names() == [live]
    assert build_hashed(sources, bundle, force=True).counts["threads"] == 1


def test_renaming_a_file_loses_nothing(sources: Path, bundle: Path) -> None:
    build_hashed(sources, bundle)
    before = open_engine(bundle).store.thread_ids()
    shutil.move(sources / "20211122-a-small-book.md", sources / "20211122-renamed.md")
    assert build_hashed(sources, bundle).n_embedded == 0
    engine = open_engine(bundle)
    assert not set(before) & set(engine.store.thread_ids())
    assert {engine.store.resolve(each) for each in before} == set(engine.store.thread_ids())


def test_the_space_is_looked_at_before_anything_is_written(
    sources: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def refuse_space(folder: Path, size_bytes: float) -> None:
        asked.append(size_bytes)
        raise StorageError("too little")

    monkeypatch.setattr("indexer.build.require_space", refuse_space)
    with pytest.raises(StorageError, match="too little"):
        build_hashed(sources, bundle)
    assert not (bundle / "embeddings").exists()
    monkeypatch.undo()
    build_hashed(sources, bundle)
    written = sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file())
    assert asked[0] > written


def test_a_generation_that_does_not_find_itself_is_not_published(
    sources: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Engine, "nearest_question", lambda self, embedding: None)
    with pytest.raises(StorageError, match="does not find its own questions; check the disk"):
        build_hashed(sources, bundle)
    assert Bundle(bundle).names() == []


def test_a_damaged_draft_is_not_published(
    sources: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "indexer.build.write_dense", lambda path, embeddings: path.write_bytes(b"cut")
    )
    with pytest.raises(StorageError, match=r"just written is damaged .*FAISS.*nothing was publ"):
        build_hashed(sources, bundle)
    assert Bundle(bundle).names() == []


@pytest.mark.parametrize("settings", [{"site": "https://example.org"}, {"hosts": ("Gil Tester",)}])
def test_other_settings_make_another_generation(
    sources: Path, bundle: Path, settings: dict[str, object]
) -> None:
    build_hashed(sources, bundle)
    assert build_hashed(sources, bundle, **settings).published
    assert not build_hashed(sources, bundle, **settings).published


def test_another_model_is_built_beside_the_old_one(sources: Path, bundle: Path) -> None:
    build_hashed(sources, bundle)
    build([sources], Bundle(bundle), BuildOptions(model="hash:16"))
    assert open_engine(bundle).encoder.dim == 16
    Bundle(bundle).rollback()
    assert open_engine(bundle).encoder.dim == 256


def test_a_generation_whose_encoder_was_replaced_is_not_gone_back_to(
    sources: Path, bundle: Path
) -> None:
    build_hashed(sources, bundle)
    (record,) = bundle.glob("encoders/*/encoder.json")
    record.write_text(record.read_text("utf-8") + "\n", "utf-8")
    report = build_hashed(sources, bundle)
    assert report.published
    with pytest.raises(BundleNotFoundError, match="that this version of the program reads"):
        Bundle(bundle).rollback()
    assert open_engine(bundle).generation == report.generation


TOPICS = ("databases", "deployment", "statistics", "careers", "testing", "monitoring")
topics = st.sampled_from(TOPICS)
places = st.integers(0, 20)
QUERIES = ("advice on databases", "careers or statistics", "monitoring a deployment", "testing")


class Archive(RuleBasedStateMachine):
    """Edits of an archive, with a build after each that must equal one from scratch."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        self.books: dict[str, list] = {}
        self.n_posts = 0
        self.n_files = 0
        self.seen: set[str] = set()

    def post(self, topic: str) -> tuple:
        self.n_posts += 1
        number = self.n_posts
        question = (f"Asker {number % 3} Tester", f"What about {topic} of case {number}?")
        return question, [("Ada Lovelace", f"For {topic} of case {number} read a chapter first.")]

    @initialize(topic=topics)
    def begin(self, topic: str) -> None:
        self.add_file(topic)

    @rule(topic=topics)
    def add_file(self, topic: str) -> None:
        self.n_files += 1
        self.books[f"2021-book-{self.n_files}"] = [self.post(topic), self.post("testing")]

    @rule(topic=topics, place=places)
    def add_thread(self, topic: str, place: int) -> None:
        self.books[self.book(place)].insert(0, self.post(topic))

    @rule(topic=topics, place=places)
    def edit_thread(self, topic: str, place: int) -> None:
        threads = self.books[self.book(place)]
        (asker, text), replies = threads[place % len(threads)]
        threads[place % len(threads)] = ((asker, f"{text} Thanks for {topic}"), replies[:-1])

    @rule(place=places)
    def delete_thread(self, place: int) -> None:
        threads = self.books[self.book(place)]
        if len(threads) > 1:
            del threads[place % len(threads)]

    @rule(place=places)
    def rename_file(self, place: int) -> None:
        self.n_files += 1
        self.books[f"2021-book-{self.n_files}"] = self.books.pop(self.book(place))

    @rule(place=places)
    def delete_file(self, place: int) -> None:
        if len(self.books) > 1:
            del self.books[self.book(place)]

    def book(self, place: int) -> str:
        return sorted(self.books)[place % len(self.books)]

    @invariant()
    def only_new_text_is_embedded(self) -> None:
        if not self.books:
            return
        sources = self.folder / "sources"
        shutil.rmtree(sources, ignore_errors=True)
        sources.mkdir()
        for slug, threads in self.books.items():
            write_book(sources, slug, threads)
        report = build_hashed(sources, self.folder / "bundle", force=True)
        store = open_engine(self.folder / "bundle").store
        texts = {each.text for each in store.passages(range(len(store.passage_table().rows)))}
        assert report.n_embedded == len(texts - self.seen)
        self.seen |= texts

    def teardown(self) -> None:
        try:
            build_hashed(self.folder / "sources", self.folder / "anew")
            engines = [open_engine(self.folder / name) for name in ("bundle", "anew")]
            assert engines[0].store.thread_ids() == engines[1].store.thread_ids()
            for query in QUERIES:
                first, second = (
                    [(hit.thread_id, hit.score) for hit in engine.search(query, top_k=10).hits]
                    for engine in engines
                )
                assert first == second
        finally:
            shutil.rmtree(self.folder)


TestArchive = Archive.TestCase
TestArchive.settings = settings(max_examples=50, stateful_step_count=4, deadline=None)


@pytest.mark.stress
@pytest.mark.timeout(3600)
class TestLongerHistories(Archive.TestCase):
    settings = settings(max_examples=500, stateful_step_count=10, deadline=None)


def other_tables(monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """Let the program write and read tables of another version."""
    monkeypatch.setattr("search.store_writer._SCHEMA", f"{_SCHEMA}\n{statement}")
    for module in ("search.store_writer", "search.sqlite_store", "indexer.build"):
        monkeypatch.setattr(f"{module}.SCHEMA_VERSION", SCHEMA_VERSION + 1)


def test_a_version_with_other_tables_builds_anew_and_keeps_former_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_book(tmp_path, "book", THREADS)
    build_hashed(tmp_path / "book.md", tmp_path / "bundle")
    former = open_engine(tmp_path / "bundle").store.thread_ids()
    (name, text), replies = THREADS[0]
    write_book(tmp_path, "book", [((name, f"{text} Please!"), replies), *THREADS[1:]])
    other_tables(monkeypatch, "CREATE TABLE later (x);")
    with pytest.raises(BundleMismatchError, match="answers index"):
        open_engine(tmp_path / "bundle")
    assert build_hashed(tmp_path / "book.md", tmp_path / "bundle").published
    engine = open_engine(tmp_path / "bundle")
    assert {engine.store.resolve(each) for each in former} == set(engine.store.thread_ids())
    assert not build_hashed(tmp_path / "book.md", tmp_path / "bundle").published


def test_ids_that_cannot_be_read_are_given_up_only_where_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_book(tmp_path, "book", THREADS)
    with monkeypatch.context() as older:
        other_tables(older, "ALTER TABLE aliases RENAME COLUMN alias TO former;")
        older.setattr("indexer.build.check_generation", lambda *_: None)
        older.setattr("indexer.build.write_found_topics", lambda *_: None)
        build_hashed(tmp_path / "book.md", tmp_path / "bundle")
    with pytest.raises(BundleMismatchError, match="--rebuild"):
        build_hashed(tmp_path / "book.md", tmp_path / "bundle")
    assert build_hashed(tmp_path / "book.md", tmp_path / "bundle", rebuild=True).published
    assert open_engine(tmp_path / "bundle").search("deploy a model").hits

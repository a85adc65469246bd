"""Lists of a large archive find what exact search finds, with the same scores."""

from pathlib import Path

import faiss
import numpy as np
import pytest

from search import lists, open_engine
from search.bundle import Bundle
from search.dense import FaissDenseIndex, write_dense
from search.encoders.base import unit_rows
from search.errors import BundleMismatchError, StorageError
from search.lists import ListedDenseIndex, Lists, make_lists
from search.manifest import Manifest
from search.models import PassageKind, ThreadFilter
from search.store import PassageTable
from tests.support import build_hashed, write_subjects

N_THREADS, DIM = 3_000, 32
KINDS = list(PassageKind)
FEW = ThreadFilter(year=2020)
MANY = ThreadFilter(year=2021)
MASKS = {FEW: np.arange(N_THREADS) % 20 == 0, MANY: np.arange(N_THREADS) % 2 == 0}


@pytest.fixture(autouse=True)
def _small_archives_count_as_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "EXACT_MOST", 500)


def archive() -> tuple[PassageTable, np.ndarray]:
    """Make clustered passages; only few threads have parts."""
    generator = np.random.default_rng(5)
    counts = generator.integers(0, 3, size=(len(KINDS), N_THREADS))
    counts[KINDS.index(PassageKind.PART), 100:] = 0
    rows = np.concatenate([np.repeat(np.arange(N_THREADS), each) for each in counts])
    kinds = np.repeat(np.arange(len(KINDS)), counts.sum(axis=1))
    centres = generator.normal(size=(60, DIM))
    points = centres[generator.integers(0, 60, len(rows))] + generator.normal(size=(len(rows), DIM))
    table = PassageTable(
        rows=rows.astype(np.int32),
        kinds=kinds.astype(np.int8),
        messages=np.zeros(len(rows), np.int32),
        by_author=np.zeros(len(rows), np.bool_),
    )
    return table, unit_rows(points)


def made(embeddings: np.ndarray, table: PassageTable) -> Lists:
    return make_lists(embeddings, [KINDS[number] for number in table.kinds])


@pytest.fixture
def both(tmp_path: Path) -> tuple[FaissDenseIndex, ListedDenseIndex]:
    table, embeddings = archive()
    write_dense(tmp_path / "x", embeddings)
    made(embeddings, table).write(tmp_path / "lists")
    options = {"n_threads": N_THREADS, "mask_of": MASKS.__getitem__}
    listed = ListedDenseIndex(tmp_path / "x", table, **options)
    listed.open_lists(tmp_path / "lists")
    return FaissDenseIndex(tmp_path / "x", table, **options), listed


def queries(n: int) -> np.ndarray:
    return unit_rows(archive()[1][::200][:n] + 0.1 * np.random.default_rng(1).normal(size=(n, DIM)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", [None, FEW, MANY], ids=["all", "few", "many"])
def test_most_of_the_best_are_found_and_score_as_exactly(
    both: tuple[FaissDenseIndex, ListedDenseIndex], kind: PassageKind, where: ThreadFilter | None
) -> None:
    exact, listed = both
    n_found = 0
    for query in queries(20):
        expected = exact.top(query, kind=kind, depth=50, where=where)
        found = listed.top(query, kind=kind, depth=50, where=where)
        assert len(found) == len(expected)
        if where:
            assert MASKS[where][found.rows].all()
        known = dict(zip(expected.rows.tolist(), expected.scores.tolist(), strict=True))
        shared = [row for row in found.rows.tolist() if row in known]
        scores = dict(zip(found.rows.tolist(), found.scores.tolist(), strict=True))
        assert [scores[row] for row in shared] == [known[row] for row in shared]
        assert np.all(np.diff(found.scores) <= 0)
        n_found += len(set(shared[:10]) & set(expected.rows[:10].tolist()))
    assert n_found >= 0.95 * 20 * min(10, len(expected))


def test_scores_passages_and_embeddings_are_the_stored_ones(
    both: tuple[FaissDenseIndex, ListedDenseIndex],
) -> None:
    exact, listed = both
    (query,) = queries(1)
    asked = [np.arange(0, N_THREADS, 7), np.arange(0, N_THREADS, 5)[::-1], np.array([], np.int64)]
    for kind in KINDS:
        for rows in asked:  # Some are known from what was asked before.
            of_exact = exact.scores(query, kind=kind, rows=rows)
            assert np.array_equal(listed.scores(query, kind=kind, rows=rows), of_exact)
        for mine, theirs in zip(
            listed.best_passages(query, kind=kind, row=5),
            exact.best_passages(query, kind=kind, row=5),
            strict=True,
        ):
            assert np.array_equal(mine, theirs)
        first, other = listed.embedding(kind, 5), exact.embedding(kind, 5)
        assert (first is None and other is None) or np.array_equal(first, other)


def test_more_threads_than_the_first_lists_hold_are_found(
    both: tuple[FaissDenseIndex, ListedDenseIndex],
) -> None:
    exact, listed = both
    (query,) = queries(1)
    everything = exact.top(query, kind=PassageKind.ANSWER, depth=N_THREADS, where=None)
    found = listed.top(query, kind=PassageKind.ANSWER, depth=N_THREADS, where=None)
    assert found.rows.tolist() == everything.rows.tolist()
    assert found.scores.tolist() == everything.scores.tolist()


def test_only_kinds_of_many_passages_have_lists_and_say_what_they_find() -> None:
    table, embeddings = archive()
    facts = made(embeddings, table).facts()
    assert sorted(facts) == ["answer", "question", "thread"]
    for kind, each in facts.items():
        assert each["n_passages"] == np.sum(table.kinds == KINDS.index(PassageKind(kind)))
        assert 0.985 <= each["recall_at_10"] <= 1.0
        assert each["n_probes"] <= each["n_lists"]


def test_the_same_embeddings_give_the_same_bytes(tmp_path: Path) -> None:
    table, embeddings = archive()
    for name in ("one", "two"):
        made(embeddings, table).write(tmp_path / name)
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_lists_of_other_passages_are_refused(tmp_path: Path) -> None:
    table, embeddings = archive()
    write_dense(tmp_path / "x", embeddings)
    options = {"n_threads": N_THREADS, "mask_of": MASKS.__getitem__}
    index = ListedDenseIndex(tmp_path / "x", table, **options)
    (tmp_path / "lists").mkdir()
    path = tmp_path / "lists" / "question.faiss"
    path.write_bytes(b"no index")
    with pytest.raises(BundleMismatchError, match="not readable"):
        index.open_lists(tmp_path / "lists")
    path.write_bytes(faiss.serialize_index(faiss.IndexFlatIP(DIM)).data)
    with pytest.raises(BundleMismatchError, match="other passages"):
        index.open_lists(tmp_path / "lists")
    (tmp_path / "y").write_bytes(b"x" * 400)
    with pytest.raises(BundleMismatchError, match="not an exact index"):
        ListedDenseIndex(tmp_path / "y", table, **options)
    with pytest.raises(StorageError, match="gone"):
        ListedDenseIndex(tmp_path / "gone", table, **options)


def test_an_archive_with_lists_gives_the_same_hits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_subjects(tmp_path / "books")
    build_hashed(source, tmp_path / "exact")
    monkeypatch.setattr(lists, "EXACT_MOST", 10)
    build_hashed(source, tmp_path / "listed")
    assert Bundle(tmp_path / "exact").current().manifest.dense == {}
    facts = Bundle(tmp_path / "listed").current().manifest.dense
    assert facts["question"]["n_passages"] == 36
    assert facts["question"]["recall_at_10"] >= 0.985
    exact, listed = open_engine(tmp_path / "exact"), open_engine(tmp_path / "listed")
    for query in ("vertices and edges", "pandas merges", "how are models monitored?"):
        for where in (None, ThreadFilter(answered=True)):
            found = listed.search(query, where=where)
            assert found.hits == exact.search(query, where=where).hits
            assert found.hits


def test_a_manifest_without_lists_is_as_it_was_before_there_were_any() -> None:
    manifest = Manifest(
        encoder={"fingerprint": "0" * 64, "dim": 3}, counts={"threads": 1}, corpus_digest="0"
    )
    assert b"dense" not in manifest.to_json()
    with_lists = Manifest.from_json(
        manifest.to_json().replace(b'"corpus', b'"dense": {"answer": {}},\n "corpus'),
        path=Path("manifest.json"),
    )
    assert with_lists.dense == {"answer": {}}

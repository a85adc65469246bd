import json
from pathlib import Path

import bm25s
import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.dense import FaissDenseIndex, write_dense
from search.encoders.base import unit_rows
from search.errors import BundleMismatchError
from search.lexical import K1, B, BM25Index, _Postings, canonical, write_lexical
from search.models import PassageKind, ThreadFilter
from search.store import PassageTable
from search.text.tokens import tokenise

N_THREADS = 40
N_ZIPF = 400
EVEN = ThreadFilter(year=2020)


def even_rows(where: ThreadFilter) -> np.ndarray:
    return np.arange(N_THREADS) % 2 == 0


def passages(seed: int) -> tuple[PassageTable, np.ndarray]:
    generator = np.random.default_rng(seed)
    counts = generator.integers(0, 4, size=(len(PassageKind), N_THREADS))
    rows = np.concatenate([np.repeat(np.arange(N_THREADS), each) for each in counts])
    kinds = np.repeat(np.arange(len(PassageKind)), counts.sum(axis=1))
    embeddings = unit_rows(generator.normal(size=(len(rows), 16)))
    table = PassageTable(
        rows=rows.astype(np.int32),
        kinds=kinds.astype(np.int8),
        messages=np.zeros(len(rows), np.int32),
        by_author=np.zeros(len(rows), np.bool_),
    )
    return table, embeddings


def by_hand(
    table: PassageTable, embeddings: np.ndarray, query: np.ndarray, kind: int
) -> np.ndarray:
    best = np.full(N_THREADS, -np.inf)
    for row, each, embedding in zip(table.rows, table.kinds, embeddings, strict=True):
        if each == kind:
            best[row] = max(best[row], float(embedding @ query))
    return best


@pytest.fixture(scope="module")
def dense(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[FaissDenseIndex, PassageTable, np.ndarray]:
    table, embeddings = passages(seed=3)
    path = tmp_path_factory.mktemp("dense") / "passages.faiss"
    write_dense(path, embeddings)
    index = FaissDenseIndex(path, table, n_threads=N_THREADS, mask_of=even_rows)
    return index, table, embeddings


@pytest.mark.parametrize("shape", [(0, 4), (1, 1), (9_000, 3)])
def test_the_bytes_are_those_of_faiss(shape: tuple[int, int], tmp_path: Path) -> None:
    embeddings = np.random.default_rng(7).normal(size=shape).astype(np.float32)
    index = faiss.IndexFlatIP(shape[1])
    index.add(embeddings)
    write_dense(tmp_path / "passages.faiss", embeddings)
    written = (tmp_path / "passages.faiss").read_bytes()
    assert written == faiss.serialize_index(index).tobytes()


@pytest.mark.parametrize("kind", list(PassageKind))
@pytest.mark.parametrize("where", [None, EVEN], ids=["all", "filtered"])
@pytest.mark.parametrize("depth", [1, 5, N_THREADS])
def test_dense_equals_numpy(
    dense, kind: PassageKind, where: ThreadFilter | None, depth: int
) -> None:
    index, table, embeddings = dense
    query = unit_rows(np.random.default_rng(7).normal(size=(1, 16)))[0]
    best = by_hand(table, embeddings, query, list(PassageKind).index(kind))
    if where:
        best[~even_rows(where)] = -np.inf
    expected = [row for row in np.argsort(-best, kind="stable") if np.isfinite(best[row])][:depth]
    top = index.top(query, kind=kind, depth=depth, where=where)
    assert top.rows.tolist() == expected
    assert top.scores == pytest.approx(best[expected], abs=1e-6)


@pytest.mark.parametrize("kind", list(PassageKind))
def test_dense_scores_equal_numpy_for_any_rows(dense, kind: PassageKind) -> None:
    index, table, embeddings = dense
    query = unit_rows(np.random.default_rng(8).normal(size=(1, 16)))[0]
    best = by_hand(table, embeddings, query, list(PassageKind).index(kind))
    rows = np.array([5, 0, 39, 17])
    assert index.scores(query, kind=kind, rows=rows) == pytest.approx(best[rows], abs=1e-6)


@pytest.mark.parametrize("kind", list(PassageKind))
def test_a_thread_has_one_cosine_wherever_it_is_asked_for(dense, kind: PassageKind) -> None:
    index, _, _ = dense
    query = unit_rows(np.random.default_rng(9).normal(size=(1, 16)))[0]
    top = index.top(query, kind=kind, depth=N_THREADS, where=None)
    assert index.scores(query, kind=kind, rows=top.rows).tolist() == top.scores.tolist()
    of_passages = [index.best_passages(query, kind=kind, row=row)[1] for row in top.rows.tolist()]
    assert [cosines.max() for cosines in of_passages] == top.scores.tolist()


def test_dense_refuses_an_index_that_does_not_fit(tmp_path: Path) -> None:
    table, embeddings = passages(seed=4)
    write_dense(tmp_path / "x", embeddings[:-1])
    with pytest.raises(BundleMismatchError, match="embeddings for"):
        FaissDenseIndex(tmp_path / "x", table, n_threads=N_THREADS, mask_of=even_rows)
    (tmp_path / "x").write_bytes(b"not an index")
    with pytest.raises(BundleMismatchError, match="not readable by FAISS"):
        FaissDenseIndex(tmp_path / "x", table, n_threads=N_THREADS, mask_of=even_rows)
    (tmp_path / "x").write_bytes(faiss.serialize_index(faiss.IndexHNSWFlat(16, 8)).data)
    with pytest.raises(BundleMismatchError, match="not an exact index"):
        FaissDenseIndex(tmp_path / "x", table, n_threads=N_THREADS, mask_of=even_rows)


def test_dense_keeps_the_embeddings_of_its_passages(dense) -> None:
    index, table, embeddings = dense
    for kind in PassageKind:
        own = table.kinds == list(PassageKind).index(kind)
        for row in range(N_THREADS):
            expected = embeddings[own & (table.rows == row)]
            found = index.embedding(kind, row)
            assert found is None if not len(expected) else np.array_equal(found, expected[0])


TEXTS = [
    "shadow deployment of a model",
    "a model and another model",
    "",
    "databases for time series",
    "time to deploy databases and models",
]


def bm25_by_hand(query: str) -> list[float]:
    documents = [tokenise(text) for text in TEXTS]
    average = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        total = 0.0
        for term in dict.fromkeys(tokenise(query)):
            df = sum(term in other for other in documents)
            if not df:
                continue
            idf = np.log(1 + (len(documents) - df + 0.5) / (df + 0.5))
            tf = document.count(term)
            total += idf * tf / (tf + K1 * (1 - B + B * len(document) / average))
        scores.append(total)
    return scores


@pytest.fixture(scope="module")
def lexical(tmp_path_factory: pytest.TempPathFactory) -> BM25Index:
    folder = tmp_path_factory.mktemp("lexical") / "lexical"
    write_lexical(folder, TEXTS)
    mask = lambda where: np.array([True, False, True, False, True])  # noqa: E731
    return BM25Index(folder, n_threads=len(TEXTS), mask_of=mask)


@pytest.mark.parametrize(
    "query", ["model", "deploy databases", "time series time", "the of", "zzz"]
)
def test_bm25_equals_the_formula(lexical: BM25Index, query: str) -> None:
    scores = lexical.scores(query, rows=np.arange(len(TEXTS)))
    assert scores == pytest.approx(bm25_by_hand(query), abs=1e-5)


def zipf_words(rng: np.random.Generator, n: int) -> list[str]:
    """Draw words of which few are common."""
    return [f"w{min(number, 80)}" for number in rng.zipf(1.3, n)]


@pytest.fixture(scope="module")
def zipf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of texts with common and rare words."""
    rng = np.random.default_rng(7)
    folder = tmp_path_factory.mktemp("zipf") / "lexical"
    texts = [" ".join(zipf_words(rng, rng.integers(0, 30))) for _ in range(N_ZIPF)]
    write_lexical(folder, texts)
    return folder


def test_bm25_scores_are_those_of_bm25s(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    words = [f"w{number}" for number in range(60)]
    texts = [" ".join(rng.choice(words, rng.integers(0, 30))) for _ in range(N_THREADS)]
    write_lexical(tmp_path / "lexical", texts)
    ours = BM25Index(tmp_path / "lexical", n_threads=N_THREADS, mask_of=even_rows)
    theirs = bm25s.BM25.load(str(tmp_path / "lexical"))
    for n_words in (1, 3, 20):
        terms = rng.choice(words, n_words, replace=False).tolist()
        found = ours.scores(" ".join(terms), rows=np.arange(N_THREADS))
        assert np.array_equal(found, theirs.get_scores(terms))


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_words=st.integers(1, 9),
    depth=st.integers(1, 60),
    few=st.sampled_from([0, 3, 40, 10_000]),
    where=st.sampled_from([None, EVEN]),
)
def test_threads_left_out_early_change_nothing(
    zipf: Path, seed: int, n_words: int, depth: int, few: int, where: ThreadFilter | None
) -> None:
    query = " ".join(zipf_words(np.random.default_rng(seed), n_words))
    asked = np.random.default_rng(seed).permutation(N_ZIPF)[:50]
    with pytest.MonkeyPatch.context() as patch:
        even = lambda where: np.arange(N_ZIPF) % 2 == 0  # noqa: E731
        index = BM25Index(zipf, n_threads=N_ZIPF, mask_of=even)
        patch.setattr("search.lexical.MANY_POSTINGS", 10**9)
        expected = index.top(query, depth=depth, where=where)
        scores = index.scores(query, rows=asked)
        patch.setattr("search.lexical.MANY_POSTINGS", 0)
        patch.setattr("search.lexical._FEW_THREADS", few)
        found = index.top(query, depth=depth, where=where)
        assert found.rows.tolist() == expected.rows.tolist()
        assert found.scores.tolist() == expected.scores.tolist()
        assert index.scores(query, rows=asked).tolist() == scores.tolist()


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> list[slice]:
    """Leave threads out of small indexes too; note the terms that are added for all threads."""
    added: list[slice] = []
    add = _Postings.add

    def noted(self: _Postings, term: slice, scores: np.ndarray) -> None:
        added.append(term)
        add(self, term, scores)

    monkeypatch.setattr("search.lexical.MANY_POSTINGS", 0)
    monkeypatch.setattr("search.lexical._FEW_THREADS", 10)
    monkeypatch.setattr(_Postings, "add", noted)
    return added


def test_common_words_are_left_out_early(tmp_path: Path, early: list[slice]) -> None:
    texts = [f"common {'rare' if number % 40 == 7 else 'other'}" for number in range(200)]
    write_lexical(tmp_path / "lexical", texts)
    index = BM25Index(tmp_path / "lexical", n_threads=200, mask_of=even_rows)
    assert index.top("common rare", depth=3, where=None).rows.tolist() == [7, 47, 87]
    assert early == list(index._terms("rare"))


def test_many_common_words_may_outweigh_a_rare_one(tmp_path: Path, early: list[slice]) -> None:
    rare, common = f"rare {'filler ' * 200}", "apple bread candle door engine"
    texts = [rare if number < 5 else common if number < 45 else "other" for number in range(200)]
    write_lexical(tmp_path / "lexical", texts)
    index = BM25Index(tmp_path / "lexical", n_threads=200, mask_of=even_rows)
    assert index.top(f"rare {common}", depth=3, where=None).rows.tolist() == [5, 6, 7]
    assert len(early) > 1


def test_bm25_top_is_ordered_filtered_and_shares_a_word(lexical: BM25Index) -> None:
    assert lexical.top("model", depth=9, where=None).rows.tolist() == [1, 0, 4]
    assert lexical.top("model", depth=9, where=EVEN).rows.tolist() == [0, 4]
    assert len(lexical.top("zzz", depth=9, where=None)) == 0


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_bm25_takes_any_query(lexical: BM25Index, query: str) -> None:
    scores = lexical.scores(query, rows=np.arange(len(TEXTS)))
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()


def test_an_index_of_nothing_finds_nothing(tmp_path: Path) -> None:
    write_lexical(tmp_path / "lexical", ["", ""])
    index = BM25Index(tmp_path / "lexical", n_threads=2, mask_of=even_rows)
    assert index.scores("model", rows=np.arange(2)).tolist() == [0.0, 0.0]
    assert len(index.top("model", depth=5, where=None)) == 0


def test_what_bm25s_writes_does_not_depend_on_what_else_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lexical(tmp_path / "one", TEXTS)
    monkeypatch.setattr("bm25s.utils.json_functions.dumps", json.dumps)
    write_lexical(tmp_path / "other", TEXTS)
    for path in (tmp_path / "one").glob("*.json"):
        text = path.read_text("utf-8")
        assert text == canonical(json.loads(text))
        assert (tmp_path / "other" / path.name).read_text("utf-8") == text

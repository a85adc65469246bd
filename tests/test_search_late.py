from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from search.encoders.base import TokenEmbeddings, unit_rows
from search.encoders.hashing import HashEncoder
from search.encoders.products import LARGEST, ZERO
from search.errors import BundleMismatchError
from search.late import TOKEN_KINDS, TokenIndex, pack_tokens, record_type, write_tokens
from search.models import PassageKind
from search.store import PassageTable

ENCODER = HashEncoder(64)
TEXTS = [
    "deploy a shadow model",  # question of thread 0
    "columnar database",  # question of thread 1
    "shift traffic slowly",  # answer of thread 0
    "watch the shadow traffic",  # answer of thread 0
    "",  # answer of thread 1
]
ROWS = [0, 1, 0, 0, 1]
KINDS = [PassageKind.QUESTION] * 2 + [PassageKind.ANSWER] * 3


def table(rows=ROWS, kinds=KINDS) -> PassageTable:
    order = list(PassageKind)
    return PassageTable(
        rows=np.array(rows, np.int32),
        kinds=np.array([order.index(kind) for kind in kinds], np.int8),
        messages=np.zeros(len(rows), np.int32),
        by_author=np.zeros(len(rows), np.bool_),
    )


def packed(texts=TEXTS):
    pairs = zip(ENCODER.encode_passages_with_tokens(texts)[1], texts, strict=True)
    return [pack_tokens(tokens, text) for tokens, text in pairs]


def query(text: str) -> np.ndarray:
    return ENCODER.encode_queries_with_tokens([text])[1][0].embeddings


@pytest.fixture
def index(tmp_path: Path) -> TokenIndex:
    write_tokens(tmp_path / "tokens", packed())
    return TokenIndex(tmp_path / "tokens", table(), n_threads=2)


def test_a_thread_scores_its_best_passage_and_the_best_of_all(index: TokenIndex) -> None:
    # Best passage: both of "shadow", "traffic" in one answer. All passages: the same.
    assert index.scores(query("shadow traffic"), rows=np.array([0]))[0] == pytest.approx(1.0)
    # "shadow" and "slowly" are in two passages: 1/2 in the best one, 1 in all of them.
    both = index.scores(query("shadow slowly"), rows=np.array([0]))[0]
    assert both == pytest.approx((1 / 2 + 1) / 2)
    # One of two words in any passage.
    assert index.scores(query("columnar pigeon"), rows=np.array([1]))[0] == pytest.approx(1 / 2)


def test_a_thread_or_a_query_without_tokens_scores_nothing(index: TokenIndex) -> None:
    assert index.scores(query(""), rows=np.array([0, 1])).tolist() == [0.0, 0.0]
    assert index.scores(query("the of"), rows=np.array([1])).tolist() == [0.0]
    assert index.scores(query("shadow"), rows=np.array([], np.int64)).tolist() == []


def test_common_words_and_punctuation_are_left_out() -> None:
    (records,) = packed(["the model, is it ready?"])
    assert records["start"].tolist() == [4, 17]


def test_where_tokens_of_a_passage_stand(index: TokenIndex) -> None:
    found = index.cosines(query("traffic"), passage_ids=np.array([4, 2]))
    assert found.counts.tolist() == [0, 3]
    assert found.starts.tolist() == [0, 6, 14]
    assert found.cosines.tolist() == [pytest.approx([0.0, 1.0, 0.0])]


def test_a_score_is_the_same_in_any_company(index: TokenIndex) -> None:
    tokens = query("shadow slowly columnar deploy")
    together = index.scores(tokens, rows=np.array([1, 0]))
    alone = [index.scores(tokens, rows=np.array([row]))[0] for row in (1, 0)]
    assert together.tolist() == alone


FLOATS = st.floats(-1, 1, width=32, allow_subnormal=False)


@settings(max_examples=50, deadline=None)
@given(
    arrays(np.float32, (6, 9), elements=FLOATS),
    arrays(np.float32, (3, 9), elements=FLOATS),
    st.lists(st.integers(0, 2), min_size=6, max_size=6),
)
def test_scores_follow_the_definition(
    tmp_path_factory, rows: np.ndarray, asked: np.ndarray, owners: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("late") / "tokens"
    text = "w" * 6
    offsets = np.array([[0, 1]], np.int32)
    passages = [pack_tokens(TokenEmbeddings(offsets, unit_rows(row[None])), text) for row in rows]
    write_tokens(folder, passages)
    index = TokenIndex(folder, table(owners, [PassageKind.ANSWER] * 6), n_threads=3)
    scores = index.scores(unit_rows(asked), rows=np.arange(3))
    found = index.cosines(unit_rows(asked), passage_ids=np.arange(6))
    cosines = np.maximum(found.cosines.T, 0)
    for thread in range(3):
        own = cosines[[owner == thread for owner in owners]]
        expected = 0.0 if not len(own) else (own.mean(axis=1).max() + own.max(axis=0).mean()) / 2
        assert scores[thread] == pytest.approx(expected)


@pytest.mark.parametrize("width", [7, 384, 1_024])
def test_cosines_are_exactly_those_of_the_whole_numbers(tmp_path: Path, width: int) -> None:
    rng = np.random.default_rng(7)
    n_tokens = 1_300  # More than two blocks.
    rows, asked = rng.normal(size=(n_tokens, width)), rng.normal(size=(5, width))
    rows[0], asked[0] = 1.0, 1.0  # The largest products there are.
    offsets = np.stack([np.arange(n_tokens), np.arange(n_tokens) + 1], axis=1).astype(np.int32)
    packed_rows = pack_tokens(TokenEmbeddings(offsets, unit_rows(rows)), "w" * n_tokens)
    write_tokens(tmp_path / "tokens", [packed_rows])
    index = TokenIndex(tmp_path / "tokens", table([0], [PassageKind.ANSWER]), n_threads=1)

    numbers = packed_rows["numbers"].astype(np.int64) - ZERO
    query_rows = unit_rows(asked)
    scaled = np.rint(query_rows / np.abs(query_rows).max(axis=1, keepdims=True) * 127)
    scaled = scaled.astype(np.int64)
    expected = (numbers @ scaled.T) / (LARGEST * np.sqrt((scaled**2).sum(axis=1)))
    found = index.cosines(query_rows, passage_ids=np.array([0]))
    assert found.counts.tolist() == [n_tokens]
    assert np.array_equal(found.starts, np.arange(n_tokens))
    assert np.array_equal(found.cosines, np.minimum(expected.T, 1.0))
    # Rounding all numbers of a row the same way, as in the first, is the worst that can happen.
    error = found.cosines - query_rows @ unit_rows(rows).T
    assert np.abs(error[1:, 1:]).max() < 0.03


@settings(max_examples=50, deadline=None)
@given(arrays(np.float32, (4, 11), elements=FLOATS))
def test_every_number_is_kept_within_half_a_step(rows: np.ndarray) -> None:
    tokens = unit_rows(rows)
    offsets = np.array([[i, i + 1] for i in range(4)], np.int32)
    numbers = pack_tokens(TokenEmbeddings(offsets, tokens), "wxyz")["numbers"]
    decoded = (numbers.astype(float) - ZERO) / LARGEST
    assert numbers.max() < 2 * ZERO
    assert np.all(np.abs(decoded - tokens) <= 0.5 / LARGEST + 1e-6)


def test_records_of_a_large_archive_are_read_alike(
    index: TokenIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.late._MAPPED_BYTES", 0)
    stored = TokenIndex(tmp_path / "tokens", table(), n_threads=2)
    for text in ("shadow slowly", "columnar deploy", ""):
        tokens = query(text)
        for rows in ([1, 0], [0], []):
            rows = np.array(rows, np.int64)
            assert stored.scores(tokens, rows=rows).tolist() == (
                index.scores(tokens, rows=rows).tolist()
            )
    asked = {"passage_ids": np.array([3, 0, 4, 2])}
    mine, theirs = (each.cosines(query("shadow traffic"), **asked) for each in (stored, index))
    assert mine.starts.tolist() == theirs.starts.tolist()
    assert mine.cosines.tolist() == theirs.cosines.tolist()


def test_more_passages_never_lower_a_score(tmp_path: Path) -> None:
    write_tokens(tmp_path / "all", packed())
    write_tokens(tmp_path / "question", packed(TEXTS[:2]))
    more = TokenIndex(tmp_path / "all", table(), n_threads=2)
    less = TokenIndex(tmp_path / "question", table(ROWS[:2], KINDS[:2]), n_threads=2)
    for text in ("shadow", "traffic model", "deploy slowly", "pigeon"):
        rows = np.arange(2)
        assert (less.scores(query(text), rows=rows) <= more.scores(query(text), rows=rows)).all()


def test_the_whole_thread_has_no_tokens_of_its_own() -> None:
    assert PassageKind.THREAD not in TOKEN_KINDS
    assert {PassageKind.QUESTION, PassageKind.ANSWER} <= TOKEN_KINDS


def test_a_number_takes_a_byte() -> None:
    assert record_type(192).itemsize == 4 + 192


def test_tokens_of_another_version_are_refused(tmp_path: Path) -> None:
    write_tokens(tmp_path / "tokens", packed())
    path = tmp_path / "tokens" / "rows.npy"
    records = np.load(path)
    np.save(path, records.view([("start", "<u4"), ("codes", "u1", (64,))]))
    with pytest.raises(BundleMismatchError, match="of another version; rebuild"):
        TokenIndex(tmp_path / "tokens", table(), n_threads=2)


def test_an_index_of_other_passages_is_refused(tmp_path: Path) -> None:
    write_tokens(tmp_path / "tokens", packed(TEXTS[:2]))
    with pytest.raises(BundleMismatchError, match="tokens of other passages"):
        TokenIndex(tmp_path / "tokens", table(), n_threads=2)


def test_a_damaged_index_is_refused(tmp_path: Path) -> None:
    write_tokens(tmp_path / "tokens", packed())
    (tmp_path / "tokens" / "rows.npy").write_bytes(b"no array")
    with pytest.raises(BundleMismatchError, match="not readable"):
        TokenIndex(tmp_path / "tokens", table(), n_threads=2)


def test_no_passages_make_an_empty_index(tmp_path: Path) -> None:
    write_tokens(tmp_path / "tokens", [])
    empty = TokenIndex(tmp_path / "tokens", table([], []), n_threads=0)
    assert empty.scores(query("shadow"), rows=np.array([], np.int64)).tolist() == []

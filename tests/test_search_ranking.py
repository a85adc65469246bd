from pathlib import Path

import numpy as np
import pytest

from indexer.cache import TokenCache
from search import open_engine
from search.bundle import Bundle
from search.encoders.base import Encoder
from search.encoders.hashing import HashEncoder
from search.engine import Engine
from search.fusion import FIRST_STAGE, UNANSWERED, Leg
from search.late import record_type
from search.models import ThreadFilter
from search.opening import TOKENS, WORDS
from search.querying import QueryReader
from search.ranking import LATE_DEPTH, Query, Ranker
from search.text.spelling import Speller
from tests.support import THREADS, build_hashed, write_book

QUERIES = ["deploy a model without downtime", "columnar database", "learn statistics", "edition"]


def test_late_interaction_is_a_part_of_every_score(hashed: Engine) -> None:
    hit = hashed.search("How can I deploy a model without downtime?", top_k=1).hits[0]
    assert set(hit.why) == {leg.value for leg in (*FIRST_STAGE, Leg.LATE)}
    assert hit.why["late"] > 0
    assert sum(hit.why.values()) == pytest.approx(hit.score, abs=1e-9)


def test_only_late_interaction_finds_nothing_alone(hashed: Engine) -> None:
    with pytest.raises(ValueError, match="late finds nothing alone"):
        hashed.rank_leg("deploy", Leg.LATE)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Engine over more threads than late interaction scores, each about the same things."""
    folder = tmp_path_factory.mktemp("crowded")
    (folder / "books").mkdir()
    words = ["shadow", "canary", "rollout", "drift", "batch", "stream", "feature", "label"]
    rng = np.random.default_rng(7)
    for book in range(4):
        threads = []
        for number in range(60):
            asked = " ".join(rng.choice(words, 4))
            said = " ".join(rng.choice(words, 6))
            question = ("Ben Tester", f"How does {asked} work in case {book} {number}?")
            threads.append((question, [("Ada Lovelace", f"Use {said} in the end.")]))
        write_book(folder / "books", f"2021112{book}-book-{book}", threads)
    build_hashed(folder / "books", folder / "bundle")
    return open_engine(folder / "bundle")


@pytest.mark.parametrize("query", ["shadow canary", "feature drift in a stream", "label"])
def test_scores_of_a_crowd_depend_on_query_and_thread_alone(crowded: Engine, query: str) -> None:
    hits = crowded.search(query, top_k=100).hits
    scores = {hit.thread_id: hit.score for hit in hits}
    assert len(hits) == LATE_DEPTH
    assert crowded.search(query, top_k=3).hits == hits[:3]
    shared = 0
    for book in range(4):
        where = ThreadFilter(collection=f"2021112{book}-book-{book}")
        for hit in crowded.search(query, top_k=100, where=where).hits:
            assert "late" in hit.why
            if hit.thread_id in scores:
                shared += 1
                assert hit.score == scores[hit.thread_id]
    assert shared == len(hits)


@pytest.mark.parametrize("query", QUERIES)
def test_without_its_replies_a_thread_never_scores_higher(tmp_path: Path, query: str) -> None:
    places = {}
    for name, kept in (("all", THREADS), ("asked", [(post, []) for post, _ in THREADS])):
        (tmp_path / name).mkdir()
        write_book(tmp_path / name, "20211122-a-small-book", kept)
        build_hashed(tmp_path / name, tmp_path / f"{name}-bundle")
        engine = open_engine(tmp_path / f"{name}-bundle")
        prepared = engine._prepare(query)
        ids = engine.store.thread_ids()
        rows = np.arange(len(ids))
        found = engine._ranker.late.scores(prepared.tokens, rows=rows)
        places[name] = dict(zip(ids, found.tolist(), strict=True))
    for thread_id, score in places["asked"].items():
        assert score <= places["all"][thread_id]


def test_a_thread_that_nobody_answers_keeps_a_share_of_its_score(hashed: Engine) -> None:
    own = hashed._ranker
    assert 0 < own._answered.sum() < len(own._answered)
    everybody = Ranker(
        own._dense,
        own._lexical,
        answered=np.ones_like(own._answered),
        mask_of=own._mask_of,
        late=own.late,
    )
    query = hashed._reader.read("deploy a model without downtime")
    scored, plain = own.score(query), everybody.score(query)
    full = dict(zip(plain.rows.tolist(), plain.scores.tolist(), strict=True))
    for row, score in zip(scored.rows.tolist(), scored.scores.tolist(), strict=True):
        share = 1.0 if own._answered[row] else UNANSWERED
        assert score == pytest.approx(share * full[row])


def test_a_rebuild_computes_no_token_again(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    write_book(tmp_path / "books", "20211122-a-small-book", THREADS)
    first = build_hashed(tmp_path / "books", tmp_path / "bundle")
    again = build_hashed(tmp_path / "books", tmp_path / "bundle", rebuild=True)
    assert first.n_embedded > 0
    assert again.n_embedded == 0
    assert again.generation == first.generation
    cache = next((tmp_path / "bundle" / "embeddings").glob("*-tokens-*"))
    cache.unlink()
    third = build_hashed(tmp_path / "books", tmp_path / "bundle", rebuild=True)
    assert 0 < third.n_embedded <= first.n_embedded
    assert third.generation == first.generation


def test_a_damaged_row_of_tokens_counts_as_not_cached(tmp_path: Path) -> None:
    cache = TokenCache(tmp_path, "f" * 64, width=4, axes="a" * 64)
    records = np.zeros(2, dtype=record_type(4))
    cache.write({"two words": records, "none": records[:0]})
    found = cache.read(["two words", "none", "unknown"])
    assert np.array_equal(found["two words"], records)
    assert len(found["none"]) == 0
    assert set(found) == {"two words", "none"}
    with cache._transaction() as connection:
        connection.execute("UPDATE embeddings SET embedding = x'00'")
    assert not cache.read(["two words", "none"])


def test_tokens_and_words_are_files_of_the_generation(hashed_bundle: Path) -> None:
    files = Bundle(hashed_bundle).current().manifest.files
    assert {f"{TOKENS}/rows.npy", f"{TOKENS}/starts.npy", WORDS} <= set(files)


class _NoTokens(Encoder):
    """An encoder that cannot tell tokens apart."""

    def __init__(self) -> None:
        self._inner = HashEncoder(64)
        self.spec = self._inner.spec

    def encode_queries(self, texts):
        return self._inner.encode_queries(texts)

    def encode_passages(self, texts):
        return self._inner.encode_passages(texts)


def test_a_query_is_read_without_courtesies_and_spelt_right() -> None:
    speller = Speller({"database": 9, "columnar": 9}, dictionary=lambda: frozenset({"which"}))
    query = QueryReader(HashEncoder(64), speller=speller).read("Hi all! which columnr databse")
    assert query.text == "which columnar database"
    assert query.tokens is not None
    assert len(query.tokens) == 3


def test_an_encoder_without_tokens_reads_queries_too() -> None:
    query = QueryReader(_NoTokens()).read("which database")
    assert query.tokens is None
    assert query.text == "which database"


def test_without_tokens_the_first_stage_alone_scores(hashed: Engine) -> None:
    prepared = hashed._prepare("deploy a model")
    scored = hashed._ranker.score(Query(prepared.text, prepared.embedding))
    assert Leg.LATE not in scored.parts
    assert scored.scores[0] <= 1.0
    assert np.sum(list(scored.parts.values()), axis=0).tolist() == scored.scores.tolist()

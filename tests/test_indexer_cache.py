"""The cache of embeddings: computed once, never trusted when damaged, never in the way."""

import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from indexer.cache import EmbeddingCache
from search.errors import StorageError
from tests.needs import disk, make_read_only, require

FINGERPRINT = "f" * 64
DIM = 3
TEXTS = ["one", "two", "", "three\x00", "\ud800"]


class Counting:
    """An encoder whose embeddings can be read: the length of the text, thrice."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        self.seen.extend(texts)
        return np.array([[len(text)] * DIM for text in texts], dtype=np.float32)


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "embeddings", FINGERPRINT, dim=DIM)


def encode(
    cache: EmbeddingCache, texts: Sequence[str], encoder: Counting
) -> tuple[list[list[float]], int]:
    n_computed = cache.fill(texts, encoder)
    return [row.tolist() for row in cache.rows(texts, encoder)], n_computed


def lengths(texts: Sequence[str]) -> list[list[float]]:
    return [[float(len(text))] * DIM for text in texts]


def test_each_distinct_text_is_computed_once(cache: EmbeddingCache) -> None:
    encoder = Counting()
    steps: list[tuple[int, int]] = []
    texts = [*TEXTS, *TEXTS[::-1]]
    n_computed = cache.fill(texts, encoder, progress=lambda *step: steps.append(step))
    assert [row.tolist() for row in cache.rows(texts, encoder)] == lengths(texts)
    assert (n_computed, sorted(encoder.seen), steps) == (5, sorted(TEXTS), [(5, 5)])
    embeddings, n_computed = encode(cache, [*TEXTS, "new"], encoder)
    assert embeddings == lengths([*TEXTS, "new"])
    assert (n_computed, encoder.seen[5:]) == (1, ["new"])


def test_nothing_gives_nothing(cache: EmbeddingCache) -> None:
    assert encode(cache, [], Counting()) == ([], 0)
    assert cache.size_bytes() == 0
    assert not cache.path.exists()


def test_encoders_do_not_share(cache: EmbeddingCache, tmp_path: Path) -> None:
    encode(cache, TEXTS, Counting())
    other = EmbeddingCache(tmp_path / "embeddings", "e" * 64, dim=DIM)
    assert other.read(TEXTS) == {}
    assert cache.key("one") != other.key("one")
    wider = EmbeddingCache(tmp_path / "embeddings", FINGERPRINT, dim=DIM + 1)
    assert wider.read(TEXTS) == {}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE embeddings SET embedding = randomblob(12)",
        "UPDATE embeddings SET embedding = x'00'",
        "UPDATE embeddings SET checksum = checksum + 1",
        "DELETE FROM embeddings",
        "DROP TABLE embeddings",
        "DROP TABLE embeddings; CREATE TABLE embeddings (key, checksum, embedding, more)",
        "DROP TABLE embeddings; CREATE TABLE embeddings (key, checksum, embedding CHECK (0))",
        "DROP TABLE embeddings; CREATE TABLE embeddings (other)",
        "CREATE TABLE kept (other)",
    ],
)
def test_what_was_changed_is_computed_again(cache: EmbeddingCache, change: str) -> None:
    encode(cache, TEXTS, Counting())
    with closing(sqlite3.connect(cache.path)) as connection:
        connection.executescript(change)
    encoder = Counting()
    assert encode(cache, TEXTS, encoder)[0] == lengths(TEXTS)
    assert len(encoder.seen) == (0 if "kept" in change else 5)
    assert encode(cache, TEXTS, Counting())[1] == 0


def test_what_is_lost_after_it_was_cached_is_computed_again(cache: EmbeddingCache) -> None:
    texts = [f"text {number}" * (number % 7) for number in range(1_200)]
    cache.fill(texts, Counting())
    rows = cache.rows(texts, encoder := Counting())
    first = next(rows).tolist()
    cache.path.unlink()
    assert [first, *(row.tolist() for row in rows)] == lengths(texts)
    assert 0 < len(encoder.seen) < len(texts)


def test_what_is_lost_while_it_is_looked_up_is_counted(
    cache: EmbeddingCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"text {number}" for number in range(1_200)]
    cache.fill(texts, Counting())
    read = cache.read

    def read_and_damage(block: Sequence[str]) -> dict[str, np.ndarray]:
        found = read(block)
        if texts[0] in block:
            cache.path.write_bytes(b"rubbish" * 999)
        return found

    monkeypatch.setattr(cache, "read", read_and_damage)
    assert cache.fill(texts, encoder := Counting()) == len(texts)
    assert sorted(encoder.seen) == sorted(texts)


@pytest.mark.parametrize("content", [b"", b"rubbish" * 999, b"SQLite format 3\x00"])
def test_what_is_no_database_is_replaced(cache: EmbeddingCache, content: bytes) -> None:
    cache.path.parent.mkdir()
    cache.path.write_bytes(content)
    for n_expected in (5, 0):
        embeddings, n_computed = encode(cache, TEXTS, Counting())
        assert (embeddings, n_computed) == (lengths(TEXTS), n_expected)


def test_any_flipped_bit_gives_the_right_embedding(cache: EmbeddingCache) -> None:
    texts = [f"text {number}" * number for number in range(200)]
    encode(cache, texts, Counting())
    intact = cache.path.read_bytes()
    generator = random.Random(20261124)
    for _ in range(60):
        data = bytearray(intact)
        for _ in range(4):
            data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        cache.path.write_bytes(data)
        try:
            assert encode(cache, texts, Counting())[0] == lengths(texts)
        except StorageError:  # Now the header says that the file may only be read.
            cache.path.unlink()


def test_pruning_keeps_only_what_is_used(cache: EmbeddingCache, tmp_path: Path) -> None:
    many = [f"text {number}" for number in range(500)]
    encode(cache, [*TEXTS, *many], Counting())
    encode(EmbeddingCache(tmp_path / "embeddings", "e" * 64, dim=DIM), TEXTS, Counting())
    before = cache.size_bytes()
    cache.path.with_name(f"{cache.path.name}-tokens-0").write_bytes(b"of another version")
    cache.prune(["two", "two", "absent"])
    assert list(cache.read([*TEXTS, *many])) == ["two"]
    assert [path.name for path in cache.path.parent.iterdir()] == [cache.path.name]
    assert cache.size_bytes() < before
    assert cache.key("one") not in cache.path.read_bytes()
    assert cache.key("two") in cache.path.read_bytes()


def test_pruning_nothing_or_rubbish_is_no_error(cache: EmbeddingCache) -> None:
    cache.prune(TEXTS)
    cache.path.parent.mkdir()
    cache.path.write_bytes(b"rubbish" * 999)
    cache.prune(TEXTS)
    assert not cache.path.exists()


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    require("mount")
    with disk(tmp_path, size="64k"):
        cache = EmbeddingCache(tmp_path / "embeddings", FINGERPRINT, dim=DIM)
        many = [f"text {number}" for number in range(5_000)]
        with pytest.raises(StorageError, match=r"sqlite: .*(full|disk).*; free some space"):
            encode(cache, many, Counting())


def test_a_read_only_disk_is_read_and_told(tmp_path: Path) -> None:
    require("mount")
    with disk(tmp_path):
        cache = EmbeddingCache(tmp_path / "embeddings", FINGERPRINT, dim=DIM)
        encode(cache, TEXTS, Counting())
        make_read_only(tmp_path)
        assert encode(cache, TEXTS, Counting())[1] == 0
        with pytest.raises(StorageError, match="readonly database; name a place"):
            encode(cache, ["new"], Counting())


def test_a_cache_that_another_process_locks_is_kept(
    cache: EmbeddingCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode(cache, TEXTS, Counting())
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path: connect(path, timeout=0.01))
    with closing(connect(cache.path)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="database is locked; check the path"):
            encode(cache, TEXTS, Counting())
    assert encode(cache, TEXTS, Counting())[1] == 0

"""What was computed of passages passes through the disk, not through memory."""

import errno
import os
import tracemalloc
from collections import deque
from pathlib import Path

import numpy as np
import pytest

from indexer.embedding import Embedded, Embedder
from indexer.encoding import LazyEncoder
from search.bundle import Bundle
from search.errors import StorageError
from search.late import TOKEN_KINDS
from search.models import Passage, PassageKind

DIM = 512
KINDS = (PassageKind.QUESTION, PassageKind.ANSWER, PassageKind.THREAD)


def passages(n: int) -> list[Passage]:
    return [
        Passage(f"{number:016x}", KINDS[3 * number // n], f"text {number} of {n}")
        for number in range(n)
    ]


def embed(folder: Path, made: list[Passage]) -> Embedded:
    encoder = LazyEncoder(f"hash:{DIM}", Bundle(folder))
    embedder = Embedder(folder / "embeddings", encoder)
    return embedder.embed(made, progress=lambda done, total: None)


def test_embeddings_and_tokens_are_those_of_the_encoder(tmp_path: Path) -> None:
    made = [*passages(600), *passages(3)]
    encoder = LazyEncoder(f"hash:{DIM}", Bundle(tmp_path))
    embedded = embed(tmp_path, made)
    expected, records = encoder.encode_passages_with_tokens([passage.text for passage in made])
    assert np.array_equal(embedded.embeddings, expected)
    assert embedded.tokens is not None
    for passage, wanted, found in zip(made, records, embedded.tokens, strict=True):
        assert (found is not None) == (passage.kind in TOKEN_KINDS)
        assert found is None or np.array_equal(found, wanted)


def test_nothing_gives_nothing(tmp_path: Path) -> None:
    embedded = embed(tmp_path, [])
    assert embedded.tokens is not None
    assert (embedded.embeddings.shape, list(embedded.tokens)) == ((0, DIM), [])


def test_the_file_that_is_read_has_no_name(tmp_path: Path) -> None:
    embedded = embed(tmp_path, passages(9))
    named = sorted(path.name for path in (tmp_path / "embeddings").iterdir())
    assert len(named) == 2
    own = LazyEncoder(f"hash:{DIM}", Bundle(tmp_path)).cache_name
    assert all(name.startswith(own) for name in named)
    assert embedded.embeddings.shape == (9, DIM)


def test_an_error_that_the_disk_tells_late_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    LazyEncoder(f"hash:{DIM}", Bundle(tmp_path)).publish()
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match=r"embeddings: Input/output error; the device"):
        embed(tmp_path, passages(9))


def test_only_some_embeddings_are_in_memory_at_a_time(tmp_path: Path) -> None:
    made = passages(6_000)
    embed(tmp_path, made)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        embedded = embed(tmp_path, made)
        deque(embedded.tokens or (), maxlen=0)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert embedded.n_computed == 0
    assert peak < embedded.embeddings.nbytes / 2

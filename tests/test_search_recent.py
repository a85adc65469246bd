"""What was used last is kept, within a bound; what is kept is what would be computed again."""

import gc
import weakref
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import open_engine
from search.engine import Engine
from search.models import ThreadFilter
from search.recent import Recent, remembering
from tests.support import THREADS, build_hashed, write_book

QUERIES = ["deploy a model", "database for time series", "Which weather is it?"]


def test_what_was_not_used_for_longest_is_forgotten() -> None:
    recent: Recent[str, str] = Recent(6, len)
    for key, value in {"a": "AA", "b": "BB", "c": "CC"}.items():
        recent.put(key, value)
    assert recent.get("a") == "AA"
    recent.put("d", "DD")
    assert [recent.get(key) for key in "abcd"] == ["AA", None, "CC", "DD"]


def test_a_value_that_is_too_large_is_not_kept_and_drives_out_no_other() -> None:
    recent: Recent[str, str] = Recent(3, len)
    recent.put("a", "AA")
    recent.put("b", "BBBB")
    assert (recent.get("a"), recent.get("b")) == ("AA", None)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12))))
def test_the_bound_holds(puts: list[tuple[int, int]]) -> None:
    recent: Recent[int, int] = Recent(10, lambda size: size)
    for key, size in puts:
        recent.put(key, size)
        kept = [value for value in map(recent.get, range(6)) if value is not None]
        assert recent.size_bytes == sum(kept) <= 10
        assert len(recent) == len(kept)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, Engine]:
    folder = tmp_path_factory.mktemp("recent")
    build_hashed(write_book(folder, "20211122-a-small-book", THREADS), folder / "bundle")
    return open_engine(folder / "bundle", remember_bytes=1_000_000), open_engine(folder / "bundle")


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("where", [None, ThreadFilter(answered=True)], ids=["all", "answered"])
@pytest.mark.parametrize("top_k", [1, 3])
def test_a_remembered_result_is_the_same(
    engines: tuple[Engine, Engine], query: str, where: ThreadFilter | None, top_k: int
) -> None:
    remembering, forgetting = engines
    first = remembering.search(query, top_k=top_k, where=where)
    again = remembering.search(query, top_k=top_k, where=where)
    assert first == again == forgetting.search(query, top_k=top_k, where=where)


def test_what_was_asked_before_is_neither_embedded_nor_ranked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_hashed(write_book(tmp_path, "20211122-a-small-book", THREADS), tmp_path / "bundle")
    engine = open_engine(tmp_path / "bundle", remember_bytes=1_000_000)
    before = engine.search("deploy a model")

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(engine.encoder, "encode_queries_with_tokens", fail)
    filtered = engine.search("deploy a model", where=ThreadFilter(answered=True))
    scores = {hit.thread_id: hit.score for hit in before.hits}
    assert filtered.hits
    assert all(hit.score == scores[hit.thread_id] for hit in filtered.hits)
    monkeypatch.setattr(engine, "_search", fail)
    assert engine.search("deploy a model") == before


def test_a_filter_that_is_wrong_stays_wrong(engines: tuple[Engine, Engine]) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="no-such-book"):
            engines[0].search("deploy", where=ThreadFilter(collection="no-such-book"))


class Doubling:
    """Counts how often it is really asked."""

    def __init__(self) -> None:
        self.n_asked = 0
        self.doubled = remembering(self._doubled, most=2)

    def _doubled(self, number: int) -> int:
        self.n_asked += 1
        return 2 * number


def test_a_method_remembers_its_last_results() -> None:
    doubling = Doubling()
    assert [doubling.doubled(number) for number in (1, 2, 1, 3, 1, 2)] == [2, 4, 2, 6, 2, 4]
    assert doubling.n_asked == 4


def test_a_method_whose_object_is_gone_says_so() -> None:
    doubled = Doubling().doubled
    with pytest.raises(ReferenceError, match="object of this method is gone"):
        doubled(1)


def test_an_engine_that_nobody_holds_is_gone_at_once(hashed_bundle: Path) -> None:
    engine = open_engine(hashed_bundle)
    assert engine.search(QUERIES[0]).hits
    assert engine.check("How do I deploy a model without downtime?").parts
    parts = [weakref.ref(part) for part in (engine, engine.store, engine._dense, engine._lexical)]
    gc.disable()
    try:
        del engine
        assert [part() for part in parts] == [None] * len(parts)
    finally:
        gc.enable()

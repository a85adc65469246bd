"""Topics are stored with a generation, and an id that a topic had keeps leading to it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from indexer.topics import carry_ids
from search import open_engine
from search.engine import Engine
from search.errors import BundleMismatchError
from search.opening import TOPICS
from search.topic_finding import find_topics
from search.topic_table import NamedTopic, TopicTable, read_topics
from tests.support import build_hashed, write_subjects


def table(of_rows: list[int], *topics: NamedTopic) -> TopicTable:
    n = len(of_rows)
    return TopicTable(topics, np.array(of_rows), np.zeros(n), np.zeros((n, 2)))


def named(topic_id: str, *former: str) -> NamedTopic:
    return NamedTopic(topic_id, topic_id.title(), (), former)


def formers(found: TopicTable) -> dict[str, tuple[str, ...]]:
    return {topic.topic_id: topic.former for topic in found.topics}


OLD = table([0, 0, 0, 1, 1, 1, -1], named("spark", "hadoop"), named("graph"))


@pytest.mark.parametrize(
    ("now", "heirs", "expected"),
    [
        (
            table([0, 0, 0, 1, 1, 1], named("spark"), named("network")),
            [0, 1, 2, 3, 4, 5, None],
            {"spark": ("hadoop",), "network": ("graph",)},
        ),
        (
            table([0, 0, 0, 0, 0], named("cluster")),
            [0, 1, None, 2, 3, 4, None],
            {"cluster": ("graph", "hadoop", "spark")},
        ),
        (
            table([0, 0, -1, -1, -1], named("cluster")),
            [0, 1, 2, 3, 4, None, None],
            {"cluster": ("hadoop", "spark")},
        ),
        (
            table([0, 0, 0, 1, 1, 1], named("graph"), named("spark")),
            [0, 1, 2, 3, 4, 5, None],
            {"graph": ("hadoop",), "spark": ()},
        ),
    ],
    ids=["renamed", "merged", "dissolved", "names that moved"],
)
def test_a_topic_is_found_under_the_ids_of_those_it_continues(
    now: TopicTable, heirs: list[int | None], expected: dict[str, tuple[str, ...]]
) -> None:
    assert formers(carry_ids(now, OLD, heirs)) == expected


def test_a_link_to_a_topic_lives_on_when_its_words_change(tmp_path: Path) -> None:
    books = write_subjects(tmp_path / "books")
    build_hashed(books, tmp_path / "bundle")
    assert "graph" in [topic.topic_id for topic in open_engine(tmp_path / "bundle").topics()]
    for path in books.iterdir():
        path.write_text(path.read_text("utf-8").replace("graph", "network"), "utf-8")
    build_hashed(books, tmp_path / "bundle")
    with TestClient(create_app(tmp_path / "bundle", watch=False)) as client:
        page = client.get("/topics/graph", follow_redirects=False)
        assert (page.status_code, page.headers["location"]) == (308, "/topics/network")
        answer = client.get("/v1/topics/graph?limit=2", follow_redirects=False)
        assert answer.status_code == 308
        assert answer.headers["location"] == "/v1/topics/network?limit=2"
        assert client.get("/v1/topics/graph").json()["topic"]["topic_id"] == "network"


def test_what_is_stored_is_what_would_be_found(topical: Engine, topical_bundle: Path) -> None:
    (path,) = topical_bundle.glob(f"generations/*/{TOPICS}")
    stored = read_topics(path, n_threads=36)
    found = find_topics(topical.store, topical._dense)
    assert stored.topics == found.topics
    for name in ("of_rows", "cosines", "places"):
        assert getattr(stored, name).tolist() == getattr(found, name).tolist()


def test_a_generation_that_is_pruned_while_it_is_open_keeps_its_topics(tmp_path: Path) -> None:
    build_hashed(write_subjects(tmp_path / "books"), tmp_path / "bundle")
    engine = open_engine(tmp_path / "bundle")
    shutil.rmtree(tmp_path / "bundle" / "generations")
    assert len(engine.topics()) == 6


def test_a_very_large_archive_has_no_topics_and_no_map_and_is_browsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.topic_finding.MOST_THREADS", 35)
    build_hashed(write_subjects(tmp_path / "books"), tmp_path / "bundle")
    engine = open_engine(tmp_path / "bundle")
    assert engine.topics() == ()
    assert engine.topic_map().points == ()
    author = engine.authors().items[0].slug
    assert [group.topic_id for group in engine.said_by(author)] == [None]
    with TestClient(create_app(tmp_path / "bundle", watch=False)) as client:
        for path in ("/topics", "/map", "/books", f"/authors/{author}", "/v1/map"):
            assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("key", "value"),
    [("of_rows", [0]), ("of_rows", [9] * 36), ("topics", [{}]), ("places", "near")],
    ids=["too few rows", "no such topic", "nameless", "no places"],
)
def test_a_wrong_table_is_refused(
    topical_bundle: Path, tmp_path: Path, key: str, value: object
) -> None:
    (path,) = topical_bundle.glob(f"generations/*/{TOPICS}")
    found = json.loads(path.read_text("utf-8"))
    (tmp_path / TOPICS).write_text(json.dumps(found | {key: value}), "utf-8")
    with pytest.raises(BundleMismatchError, match="rebuild"):
        read_topics(tmp_path / TOPICS, n_threads=36)

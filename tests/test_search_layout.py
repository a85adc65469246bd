"""Clusters, names and the map on data small enough to see through."""

import subprocess
import sys

import numpy as np
import pytest

from search.clusters import centred, cluster, nearest, unit
from search.labels import name_groups
from search.layout import place
from tests.support import ROOT


def blobs(n_blobs: int, n_each: int, dim: int = 16, spread: float = 0.1) -> np.ndarray:
    """Return unit rows around `n_blobs` directions, one blob after another."""
    random = np.random.default_rng(7)
    centres = np.repeat(np.eye(dim)[:n_blobs], n_each, axis=0)
    return unit(centres + spread * random.standard_normal(centres.shape))


def test_groups_are_the_directions() -> None:
    labels, centres = cluster(blobs(5, 20), 5)
    assert [len(set(labels[start : start + 20])) for start in range(0, 100, 20)] == [1] * 5
    assert len(set(labels)) == 5
    assert np.linalg.norm(centres, axis=1) == pytest.approx(np.ones(5), abs=1e-3)


def test_groups_do_not_depend_on_the_order() -> None:
    rows = blobs(5, 20, spread=0.4)
    order = np.random.default_rng(7).permutation(len(rows))
    labels, _ = cluster(rows, 5)
    again, _ = cluster(rows[order], 5)
    assert len(set(zip(labels[order], again, strict=True))) == 5


def test_as_many_groups_as_rows_are_the_rows() -> None:
    assert sorted(cluster(blobs(4, 1), 4)[0]) == [0, 1, 2, 3]


def test_groups_and_places_are_the_same_in_other_processes_and_on_more_threads() -> None:
    code = (
        "import hashlib, numpy as np; from search.clusters import centred, cluster\n"
        "from search.layout import place\n"
        "rows = centred(np.random.default_rng(7).standard_normal((300, 384)))\n"
        "found = [*cluster(rows, 17), place(rows)]\n"
        "print(hashlib.sha256(b''.join(each.tobytes() for each in found)).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={"OPENBLAS_NUM_THREADS": n_threads, "PATH": ""},
        ).stdout
        for n_threads in ("1", "2", "4")
    }
    assert len(digests) == 1


def test_what_all_have_in_common_is_taken_away() -> None:
    rows = centred(np.array([[3.0, 1.0, 0.0], [3.0, 0.0, 1.0]]))
    assert rows[0] == pytest.approx(-rows[1], abs=1e-3)
    assert centred(np.ones((2, 3))).tolist() == [[0.0, 0.0, 0.0]] * 2


def test_the_nearest_are_found_without_oneself() -> None:
    rows = unit(np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]]))
    assert nearest(rows, 1).ravel().tolist() == [1, 0, 3, 2]


def test_the_nearest_of_many_are_those_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = blobs(5, 20, spread=0.4)
    found = np.sort(nearest(rows, 7))
    monkeypatch.setattr("search.clusters._ROWS_AT_A_TIME", 13)
    assert np.array_equal(np.sort(nearest(rows, 7)), found)


def test_the_map_keeps_what_is_near_together_and_is_repeatable() -> None:
    rows = blobs(4, 30)
    points = place(rows)
    assert points.shape == (120, 2)
    assert np.abs(points).max() == 1.0
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    near = distances.argsort(axis=1)[:, :5]
    assert np.mean(near // 30 == np.arange(120)[:, None] // 30) > 0.95
    assert np.array_equal(points, place(rows))


@pytest.mark.parametrize("n_rows", [0, 1, 2])
def test_a_map_of_almost_nothing_is_its_middle(n_rows: int) -> None:
    assert place(np.eye(4)[:n_rows]).tolist() == [[0.0, 0.0]] * n_rows


TEXTS = [
    "A feature store serves features. Ada likes it.",
    "The feature store of Ada, and its latency.",
    "Which feature store is fast?",
    "Causal inference by instruments",
    "Is causal inference hard?",
    "RCT or causal inference",
    "Reinforcement learning, or RL, is fun",
    "Is RL the same as reinforcement learning?",
    "RL for robots",
]


def test_groups_are_named_by_what_only_they_say() -> None:
    groups = [0, 0, 0, 1, 1, 1, 2, 2, 2]
    labels = [each.label for each in name_groups(TEXTS, groups, 3, names=frozenset({"ada"}))]
    assert labels == ["Feature store", "Causal inference", "Reinforcement learning"]


def test_names_of_people_name_no_group_but_words_do() -> None:
    texts = ["Will trees grow", "Will trees fall", "Will you rust", "Will you code rust"] * 2
    (first, _) = name_groups(texts, [0, 0, 1, 1] * 2, 2, names=frozenset({"will", "trees"}))
    assert "Will" not in first.terms
    assert first.label.casefold().startswith("trees")


def test_names_are_unique() -> None:
    texts = ["graph"] * 4
    labels = [each.label for each in name_groups(texts, [0, 0, 1, 1], 2, names=frozenset())]
    assert labels == ["Unnamed", "Unnamed 2"]

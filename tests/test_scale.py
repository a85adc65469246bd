"""The benchmark of large archives, on small ones."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from benchmarks.document import write_scale, write_speed
from benchmarks.scale.__main__ import plot, render
from benchmarks.scale.archive import ask, make_archive
from benchmarks.scale.worker import build, index, records, search
from search import lists
from search.models import PassageKind


def test_the_same_seed_makes_the_same_archive() -> None:
    one, two, other = (make_archive(90, seed) for seed in (7, 7, 8))
    assert one.threads == two.threads != other.threads
    assert np.array_equal(one.embeddings, two.embeddings)
    assert np.allclose(np.linalg.norm(one.embeddings, axis=1), 1.0, atol=1e-5)
    kinds = [passage.kind for passage in one.passages()]
    assert kinds == one.kinds
    assert kinds == sorted(kinds, key=list(PassageKind).index)
    assert [each.text for each in ask(one, 5, 1)] == [each.text for each in ask(two, 5, 1)]


@pytest.mark.parametrize("exact_most", [20_000, 250], ids=["exact", "lists"])
def test_an_archive_is_built_and_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact_most: int
) -> None:
    monkeypatch.setattr(lists, "EXACT_MOST", exact_most)
    n_passages = 900
    found = {"n": n_passages, "build": build(n_passages, tmp_path, 7)}
    found["search"] = search(n_passages, tmp_path, 7)
    with_lists = exact_most < n_passages // 3
    assert sorted(found["build"]["lists"]) == (
        ["answer", "question", "thread"] if with_lists else []
    )
    assert found["search"]["recall"] >= 0.95
    larger = {**found, "n": 9_000}
    text = render([found, larger], [], 7)
    assert "| 900 |" in text
    assert (" of 69" in text) == with_lists
    texts = [each.text for each in ET.fromstring(plot([found, larger])).iter() if each.text]
    assert "9,000" in texts


def test_an_archive_is_indexed_from_its_records(tmp_path: Path) -> None:
    assert records(900, tmp_path, 7) == {"n_records": 300}
    found = index(900, tmp_path, 7)
    assert found["n_passages"] == 900
    text = render([], [{"n": 900, "index": found | {"peak_bytes": 10**9}}], 7)
    assert f"| 900 | {found['cpu_s']:.1f} | 1,000 |" in text


def test_each_command_leaves_the_other_part_of_the_document(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    write_speed(path, "# Performance\n\nfast\n")
    assert path.read_text() == "# Performance\n\nfast\n"
    write_scale(path, "large")
    write_speed(path, "# Performance\n\nfaster\n")
    assert path.read_text() == "# Performance\n\nfaster\n\n## Scale\n\nlarge\n"
    write_scale(path, "larger")
    assert path.read_text() == "# Performance\n\nfaster\n\n## Scale\n\nlarger\n"

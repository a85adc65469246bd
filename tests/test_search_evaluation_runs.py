"""Runs fall strictly, name no ref twice and survive their file."""

import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.errors import CorpusError, StorageError
from search.evaluation.runs import RankedThread, expand, read_run, write_run

SCORES = st.floats(-1e6, 1e6)
NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1).filter(str.strip)
RANKINGS = st.lists(
    st.builds(
        RankedThread,
        st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3).map(tuple),
        st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0]) | SCORES,
    )
).map(lambda ranking: sorted(ranking, key=lambda thread: -thread.score))
RUNS = st.dictionaries(
    NAMES, st.dictionaries(NAMES, SCORES, min_size=1).map(lambda scores: falling(scores))
)


def falling(scores: dict[str, float]) -> tuple[tuple[str, float], ...]:
    """Rank refs by score, as `expand` does."""
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    return expand(RankedThread((ref,), score) for ref, score in ranked)


def below(score: float) -> float:
    """Return the next smaller number."""
    return math.nextafter(score, -math.inf)


def test_refs_of_a_thread_take_consecutive_ranks() -> None:
    """The own ref comes first; scores fall by the smallest step."""
    ranking = [RankedThread(("b#1", "a#0"), 0.5), RankedThread(("c#2",), 0.25)]
    assert expand(ranking) == (("b#1", 0.5), ("a#0", below(0.5)), ("c#2", 0.25))


def test_equal_scores_fall_on() -> None:
    """A tie after a thread with two refs still falls, and no further than needed."""
    ranking = [RankedThread(("a", "b"), 0.5), RankedThread(("c",), 0.5), RankedThread(("d",), 0.4)]
    fallen = (0.5, below(0.5), below(below(0.5)), 0.4)
    assert tuple(score for _, score in expand(ranking)) == fallen


def test_ref_keeps_its_best_rank() -> None:
    """A ref that two threads share stands once."""
    ranking = [RankedThread(("a", "b"), 0.9), RankedThread(("b", "c"), 0.8)]
    assert expand(ranking) == (("a", 0.9), ("b", below(0.9)), ("c", 0.8))


def test_depth_counts_refs() -> None:
    """A run is cut at 100 refs unless told otherwise."""
    ranking = [RankedThread((f"a{i}", f"b{i}"), -i) for i in range(60)]
    assert len(expand(ranking)) == 100
    assert [ref for ref, _ in expand(ranking, depth=3)] == ["a0", "b0", "a1"]


@pytest.mark.parametrize("scores", [(0.1, 0.2), (math.nan,), (math.inf,), (0.0, -math.inf)])
def test_ranking_out_of_order_is_refused(scores: tuple[float, ...]) -> None:
    """A ranking is best first with finite scores."""
    ranking = [RankedThread((f"r{i}",), score) for i, score in enumerate(scores)]
    with pytest.raises(ValueError, match="give finite scores, best first"):
        expand(ranking)


@given(RANKINGS)
def test_expansion_falls_strictly_and_names_no_ref_twice(ranking: list[RankedThread]) -> None:
    """Both hold for any ranking, and every ref is there."""
    rows = expand(ranking)
    refs = [ref for ref, _ in rows]
    assert all(first > second for (_, first), (_, second) in pairwise(rows))
    assert refs == list(dict.fromkeys(ref for thread in ranking for ref in thread.source_refs))


@given(RUNS)
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, run: dict[str, tuple[tuple[str, float], ...]]
) -> None:
    """What is written is read, to the last bit."""
    path = tmp_path_factory.getbasetemp() / "round_trip.tsv"
    write_run(run, path)
    assert read_run(path) == run


def test_file_layout(tmp_path: Path) -> None:
    """Columns are qid, source_ref, rank and score; no hit, no line."""
    path = tmp_path / "run.tsv"
    write_run({"q1": [("a#0", 0.5), ("b#1", 0.1)], "q2": [], "q3": [("a#0", -1.0)]}, path)
    assert path.read_text(encoding="utf-8") == (
        "q1\ta#0\t1\t0.5\nq1\tb#1\t2\t0.1\nq3\ta#0\t1\t-1.0\n"
    )
    assert list(tmp_path.iterdir()) == [path]


def test_failed_write_keeps_the_earlier_file(tmp_path: Path) -> None:
    """A name that cannot be written leaves the file as it was."""
    path = tmp_path / "run.tsv"
    write_run({"q": [("a", 1.0)]}, path)
    with pytest.raises(CorpusError, match=r"'b\\tc' cannot stand in a run file"):
        write_run({"q": [("b\tc", 1.0)]}, path)
    assert read_run(path) == {"q": (("a", 1.0),)}


def test_missing_folder_is_named(tmp_path: Path) -> None:
    """A run file needs its folder."""
    with pytest.raises(StorageError, match=r"absent.run\.tsv: cannot be written"):
        write_run({}, tmp_path / "absent" / "run.tsv")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("q\ta\t1", r":1: 3 columns; give 4.*qid, source_ref, rank, score"),
        ("q\ta\t1\t0.5\nq\ta\t2\t0.4", r":2: field 'source_ref' repeats 'a'"),
        ("q\ta\t2\t0.5", r":1: field 'rank' is '2'; the next rank of the query is 1"),
        ("q\ta\tfirst\t0.5", r":1: field 'rank' is 'first'"),
        ("q\ta\t1\thigh", r":1: field 'score' is 'high'"),
        ("q\ta\t1\tnan", r":1: field 'score' is 'nan'"),
        ("q\ta\t1\t0.5\nq\tb\t2\t0.5", r":2: field 'score' is '0\.5'.*below 0\.5"),
        (" \ta\t1\t0.5", r":1: field 'qid' or 'source_ref' is blank"),
    ],
)
def test_malformed_run_line_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    """Every malformed line is a CorpusError with file, line and field."""
    path = tmp_path / "run.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=r"run\.tsv" + complaint):
        read_run(path)

"""Baselines: reciprocal rank fusion by fractions, and which legs each run needs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from search.evaluation.baselines import baseline_runs, reciprocal_rank_fusion
from search.evaluation.collections import JudgedQuery, TestCollection
from search.evaluation.runs import RankedThread

COLLECTION = TestCollection(
    name="tiny", folder=Path("tiny"), queries=(JudgedQuery("q", "nl", "why?"),), qrels={"q": {}}
)


def ranking(names: str) -> list[RankedThread]:
    """Rank one thread a letter, best first."""
    return [RankedThread((name,), 1 - rank / 10) for rank, name in enumerate(names)]


class FixedLegs:
    """Offers the legs that it was given."""

    def __init__(self, **legs: str) -> None:
        """Take each leg as letters, best first."""
        self._legs = {name: ranking(names) for name, names in legs.items()}

    def legs(self, query: str, *, depth: int) -> Mapping[str, Sequence[RankedThread]]:
        """Return the legs, whatever the query."""
        return {name: threads[:depth] for name, threads in self._legs.items()}


def test_fusion_by_fractions() -> None:
    """Scores are the sums of reciprocal ranks."""
    fused = reciprocal_rank_fusion([ranking("abc"), ranking("cad")])
    assert {thread.source_refs[0]: thread.score for thread in fused} == {
        "a": pytest.approx(1 / (60 + 1) + 1 / (60 + 2)),
        "c": pytest.approx(1 / (60 + 3) + 1 / (60 + 1)),
        "b": pytest.approx(1 / (60 + 2)),
        "d": pytest.approx(1 / (60 + 3)),
    }
    assert [thread.source_refs[0] for thread in fused] == ["a", "c", "b", "d"]


def test_fusion_breaks_ties_by_refs() -> None:
    """Mirrored rankings tie exactly, whichever comes first."""
    fused = reciprocal_rank_fusion([ranking("bca"), ranking("acb")])
    assert [thread.source_refs[0] for thread in fused] == ["a", "b", "c"]
    assert fused[0].score == fused[1].score
    assert fused[2].score == 1 / (60 + 2) + 1 / (60 + 2)


def test_fusion_does_not_depend_on_the_order_of_rankings() -> None:
    """Sums are rounded once, so three rankings in any order agree to the last bit."""
    legs = [ranking("abcdefg"), ranking("gfedcba"), ranking("dacgbfe")]
    assert reciprocal_rank_fusion(legs) == reciprocal_rank_fusion(legs[::-1])


@pytest.mark.parametrize("rankings", [[], [[]], [[], []]])
def test_fusion_of_nothing_is_nothing(rankings: list[list[RankedThread]]) -> None:
    """Empty in, empty out."""
    assert reciprocal_rank_fusion(rankings) == []


def test_fusion_constant() -> None:
    """A smaller k favours the first ranks; a negative one is refused."""
    assert reciprocal_rank_fusion([ranking("a")], k=0)[0].score == 1 / (0 + 1)
    with pytest.raises(ValueError, match="k is -1; give 0 or more"):
        reciprocal_rank_fusion([], k=-1)


def test_baselines_come_from_the_legs() -> None:
    """Single legs keep their scores, the fused one has reciprocal ranks."""
    runs = baseline_runs(FixedLegs(bm25="ab", question="ba", thread="bc"), COLLECTION)
    assert runs == {
        "bm25": {"q": (("a", 1.0), ("b", 0.9))},
        "dense-question": {"q": (("b", 1.0), ("a", 0.9))},
        "rrf": {
            "q": (
                ("b", pytest.approx(1 / (60 + 2) + 1 / (60 + 1))),
                ("a", 1 / (60 + 1)),
                ("c", 1 / (60 + 2)),
            )
        },
    }


def test_baseline_without_its_legs_is_absent() -> None:
    """Two legs are enough for two baselines."""
    assert set(baseline_runs(FixedLegs(bm25="a", question="a"), COLLECTION)) == {
        "bm25",
        "dense-question",
    }

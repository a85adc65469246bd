from pathlib import Path

import pytest

from search import open_engine, profile
from search.models import ThreadFilter
from search.stages import Profile, Stage, Taken, observe, timed

QUERY = "deploy a model without downtime"


def test_a_profile_has_every_stage_of_the_searches_within(hashed_bundle: Path) -> None:
    engine = open_engine(hashed_bundle)
    engine.search(QUERY)
    with profile() as found:
        result = engine.search(QUERY)
    engine.search(QUERY)
    assert list(found.stages) == [stage for stage in Stage if stage is not Stage.RERANK]
    assert all(taken.wall_s > 0.0 <= taken.cpu_s for taken in found.stages.values())
    assert found.total.wall_s <= result.took_ms / 1_000


def test_a_filter_ranks_twice_and_both_count() -> None:
    found = Profile()
    found.add(Stage.RANK, Taken(1.0, 0.5))
    found.add(Stage.RANK, Taken(2.0, 0.25))
    found.add(Stage.SHOW, Taken(4.0, 4.0))
    assert found.stages == {Stage.RANK: Taken(3.0, 0.75), Stage.SHOW: Taken(4.0, 4.0)}
    assert found.total == Taken(7.0, 4.75)


def test_an_outer_observer_is_told_again_after_a_profile(hashed_bundle: Path) -> None:
    engine = open_engine(hashed_bundle)
    told: list[Stage] = []
    observe(lambda stage, _: told.append(stage))
    with profile():
        engine.search(QUERY, where=ThreadFilter(answered=True))
    assert told == []
    with timed(Stage.SHOW):
        pass
    assert told == [Stage.SHOW]


def test_a_stage_that_fails_is_not_measured() -> None:
    with profile() as found, pytest.raises(ValueError, match="no"), timed(Stage.READ):
        raise ValueError("no")
    assert found.stages == {}

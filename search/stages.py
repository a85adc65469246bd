"""Where the time of a search goes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from enum import StrEnum

Observer = Callable[["Stage", "Taken"], None]
_OBSERVER: ContextVar[Observer | None] = ContextVar("observer", default=None)


class Stage(StrEnum):
    """A part of a search; none is within another."""

    READ = "read"
    EMBED = "embed"
    RANK = "rank"
    LATE = "late"
    RERANK = "rerank"
    JUDGE = "judge"
    SHOW = "show"


@dataclass(frozen=True, slots=True)
class Taken:
    """What was spent: seconds on the clock, and of all the process's threads on processors."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    def __add__(self, other: "Taken") -> "Taken":
        """Add what was spent elsewhere."""
        return Taken(self.wall_s + other.wall_s, self.cpu_s + other.cpu_s)


@dataclass(slots=True)
class Profile:
    """What each stage took, summed over the searches that were profiled."""

    stages: dict[Stage, Taken] = field(default_factory=dict)

    def add(self, stage: Stage, taken: Taken) -> None:
        """Add what a stage took."""
        self.stages[stage] = self.stages.get(stage, Taken()) + taken

    @property
    def total(self) -> Taken:
        """Return what all stages took."""
        return sum(self.stages.values(), Taken())


def observe(observer: Observer) -> Token[Observer | None]:
    """Tell an observer what each stage takes, in this context."""
    return _OBSERVER.set(observer)


@contextmanager
def profile() -> Iterator[Profile]:
    """Measure the searches within, instead of telling another observer."""
    found = Profile()
    token = observe(found.add)
    try:
        yield found
    finally:
        _OBSERVER.reset(token)


@contextmanager
def timed(stage: Stage) -> Iterator[None]:
    """Measure a stage if somebody observes."""
    observer = _OBSERVER.get()
    if observer is None:
        yield
        return
    clock = Stopwatch()
    yield
    observer(stage, clock.taken())


class Stopwatch:
    """Measures from when it is made."""

    def __init__(self) -> None:
        """Start."""
        self._wall_s, self._cpu_s = time.perf_counter(), time.process_time()

    def taken(self) -> Taken:
        """Return what was spent since the start."""
        return Taken(time.perf_counter() - self._wall_s, time.process_time() - self._cpu_s)

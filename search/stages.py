"""Where the time of a search goes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from enum import StrEnum

Observer = Callable[["Stage", float], None]
_OBSERVER: ContextVar[Observer | None] = ContextVar("observer", default=None)


class Stage(StrEnum):
    """A part of a search."""

    READ = "read"
    RANK = "rank"
    JUDGE = "judge"
    SHOW = "show"


def observe(observer: Observer) -> Token[Observer | None]:
    """Tell an observer how many seconds each stage takes, in this context."""
    return _OBSERVER.set(observer)


@contextmanager
def timed(stage: Stage) -> Iterator[None]:
    """Measure a stage if somebody observes."""
    observer = _OBSERVER.get()
    if observer is None:
        yield
        return
    started = time.perf_counter()
    yield
    observer(stage, time.perf_counter() - started)

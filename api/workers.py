"""Threads in which searches run, as many as the machine has use for."""

import asyncio
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from fastapi.concurrency import run_in_threadpool

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
_WAITING = 1
PATIENCE_S = 0.25


def _n_cores() -> int:
    """Return how many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


class Workers:
    """Runs a few searches at a time; the others wait their turn without a thread.

    A search computes from beginning to end, and for half of that it holds the lock of the Python
    interpreter: more threads than cores and one that waits for the lock make all of them slower.
    A search that takes longer than `patience_s` counts no more, so that none waits for one that
    is stuck.
    """

    def __init__(self, n_threads: int | None = None, *, patience_s: float = PATIENCE_S) -> None:
        """Run so many searches at a time; by default one more than there are cores."""
        self._free = asyncio.Semaphore(n_threads or _n_cores() + _WAITING)
        self._patience_s = patience_s

    async def run(
        self,
        work: Callable[Arguments, Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Return the result of work that runs in a thread, first come, first served."""
        async with self._free:
            task = asyncio.create_task(run_in_threadpool(work, *args, **kwargs))
            try:
                await asyncio.wait({task}, timeout=self._patience_s)
            except asyncio.CancelledError:
                task.cancel()
                raise
        return await task

"""Whether work takes time in proportion to its size, whatever else the machine does."""

import time
from collections.abc import Callable

LONGER = 8
"""How many times longer the long work is than the short one."""
TOO_LONG = 24
"""Between the 8 times of work in proportion and the 64 of a square."""
REAL_S = 0.002
"""Less than this says nothing."""
ROUNDS, MORE_ROUNDS = 2, 20


def is_in_proportion(short: Callable[[], object], long: Callable[[], object]) -> bool:
    """Tell whether `long`, with `LONGER` times as much to do, takes less time than a square would.

    Only the calling thread's processor time counts, and the least of several turns, because other
    work makes both longer and never shorter. What looks too long is measured again, ten times as
    often.
    """
    return any(_is_in_proportion(short, long, rounds) for rounds in (ROUNDS, MORE_ROUNDS))


def _is_in_proportion(short: Callable[[], object], long: Callable[[], object], rounds: int) -> bool:
    least_s = min(_seconds(long) for _ in range(rounds))
    if least_s < REAL_S:
        return True
    return least_s < TOO_LONG * min(_seconds(short) for _ in range(4 * rounds))


def _seconds(work: Callable[[], object]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started

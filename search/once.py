"""Compute something expensive at its first use, and only once."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Once(Generic[Value]):
    """A value that is made when it is first asked for; whoever asks meanwhile waits for it."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._lock = threading.Lock()
        self._made: list[Value] = []

    def get(self, make: Callable[[], Value]) -> Value:
        """Return the value, made by `make` if nobody has made it before.

        What makes it is given here and not kept, so that an owner's own method makes no cycle.
        """
        with self._lock:
            if not self._made:
                self._made.append(make())
            return self._made[0]

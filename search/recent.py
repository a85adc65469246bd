"""Keep what was used last, within a bound."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Generic, ParamSpec, TypeVar, cast
from weakref import WeakMethod

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Given = ParamSpec("Given")


def remembering(method: Callable[Given, Value], *, most: int) -> Callable[Given, Value]:
    """Return an object's method that remembers its last `most` results; valid as long as it lives.

    An object that held `lru_cache` of its own method would hold itself: the files and arrays of a
    generation that is served no more would stay until a garbage collection that may be far off.
    """
    held = WeakMethod(method)

    @lru_cache(maxsize=most)
    def called(*args: Given.args, **named: Given.kwargs) -> Value:
        alive = held()
        if alive is None:
            raise ReferenceError("the object of this method is gone")
        return alive(*args, **named)

    return cast("Callable[Given, Value]", called)


class Recent(Generic[Key, Value]):
    """Values by key; beyond the bound, those that were not used for longest are forgotten.

    Values are shared by all who ask and must never be changed. May be used from many threads.
    """

    def __init__(self, size_bytes: int, size_of: Callable[[Value], int]) -> None:
        """Keep values whose sizes, as `size_of` estimates them, add up to at most `size_bytes`."""
        self._most = size_bytes
        self._size_of = size_of
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.size_bytes = 0

    def __len__(self) -> int:
        """Return how many values are kept."""
        return len(self._values)

    def get(self, key: Key) -> Value | None:
        """Return a value that is kept, None otherwise."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def put(self, key: Key, value: Value) -> None:
        """Keep a value, unless it alone exceeds the bound."""
        size = self._size_of(value)
        if size > self._most:
            return
        with self._lock:
            _, before = self._values.pop(key, (None, 0))
            self._values[key] = value, size
            self.size_bytes += size - before
            while self.size_bytes > self._most:
                _, (_, freed) = self._values.popitem(last=False)
                self.size_bytes -= freed

"""How often each client may do something."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable


class RateLimit:
    """Lets each key do something `n` times in `per_s` seconds; remembers `most_keys` of them."""

    def __init__(
        self,
        n: int,
        *,
        per_s: float,
        most_keys: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start with nothing done."""
        self._n = n
        self._per_s = per_s
        self._most_keys = most_keys
        self._clock = clock
        self._times: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, key: str) -> bool:
        """Tell whether a key may do it now, and count it if so."""
        with self._lock:
            now = self._clock()
            recent = [at for at in self._times.pop(key, []) if now - at < self._per_s]
            allowed = len(recent) < self._n
            self._times[key] = [*recent, now] if allowed else recent
            while len(self._times) > self._most_keys:
                self._times.popitem(last=False)
            return allowed

"""Threads in order, as every index returns them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Threads by row with their scores, best first, ties by row; both of shape `(n,)`."""

    rows: Rows
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        """Return how many threads were ranked."""
        return len(self.rows)

    @classmethod
    def empty(cls) -> "Ranking":
        """Return the ranking of nothing."""
        return cls(np.empty(0, np.int64), np.empty(0, np.float32))

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

    @classmethod
    def best(cls, rows: Rows, scores: NDArray[np.float32], *, depth: int) -> "Ranking":
        """Return the best `depth`, at least one, of threads in any order."""
        if len(rows) > depth:
            least = np.partition(scores, -depth)[-depth]
            kept = scores >= least
            rows, scores = rows[kept], scores[kept]
        order = np.lexsort((rows, -scores))[:depth]
        return cls(rows[order], scores[order])

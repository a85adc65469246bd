"""Group embeddings: hierarchically on a sample, then every one with its nearest centre.

Arithmetic is on whole multiples of a small step, so that sums are exact: the same embeddings give
the same groups on any number of threads and in any process, without a seed.

References:
    Cutting, Karger, Pedersen, Tukey, "Scatter/Gather", SIGIR 1992 (Buckshot).
    https://doi.org/10.1145/133160.133214
    Ward, "Hierarchical Grouping to Optimize an Objective Function", 1963.
"""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

_STEP = 2.0**-14
_N_NEIGHBOURS = 5
_NEIGHBOURS_WEIGHT = 0.5
_MOST_MERGED = 2_500
_ROWS_AT_A_TIME = 256
_MOST_ROUNDS = 50


def unit(rows: Matrix) -> Matrix:
    """Scale rows to length one, on whole steps; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Matrix = np.round(rows / np.where(lengths > 0, lengths, 1.0) / _STEP) * _STEP
    return scaled


def centred(embeddings: Matrix) -> Matrix:
    """Return embeddings `(n, dim)` without what all have in common, as unit rows."""
    rows = unit(embeddings)
    return unit(rows - rows.mean(axis=0))


def cosines_of(rows: Matrix) -> Matrix:
    """Return the cosines between unit rows, `(n, n)`; minus one on the diagonal."""
    cosines: Matrix = rows @ rows.T
    np.fill_diagonal(cosines, -1.0)
    return cosines


def nearest(rows: Matrix, n_nearest: int) -> Labels:
    """Return for each unit row its nearest others in no order, `(n, n_nearest)`."""
    n_nearest = min(n_nearest, len(rows) - 1)
    found = np.empty((len(rows), n_nearest), dtype=np.int64)
    for start in range(0, len(rows), _ROWS_AT_A_TIME):
        block = rows[start : start + _ROWS_AT_A_TIME]
        own = np.arange(len(block))
        cosines = block @ rows.T
        cosines[own, start + own] = -1.0
        order = np.argpartition(-cosines, n_nearest - 1, axis=1)
        found[start : start + len(block)] = order[:, :n_nearest]
    return found


def cluster(rows: Matrix, n_clusters: int) -> tuple[Labels, Matrix]:
    """Group unit rows by direction.

    Each row is first drawn towards its nearest others, so that the bounds between groups run
    where there are few rows and move little when the archive changes.

    Args:
        rows: Unit rows `(n, dim)` in an order that says nothing of their directions.
        n_clusters: How many groups, from 1 to `n`.

    Returns:
        The group of each row, and the unit centres `(n_clusters, dim)`.
    """
    drawn = unit(rows + _NEIGHBOURS_WEIGHT * unit(_sums(rows, nearest(rows, _N_NEIGHBOURS))))
    merged = _merge(drawn[:_MOST_MERGED], n_clusters)
    centres = _centres(drawn[:_MOST_MERGED], merged, n_clusters)
    labels = np.argmax(drawn @ centres.T, axis=1)
    for _ in range(_MOST_ROUNDS):
        centres = _centres(drawn, labels, n_clusters)
        found = np.argmax(drawn @ centres.T, axis=1)
        if np.array_equal(found, labels):
            break
        labels = found
    return labels, centres


def _sums(rows: Matrix, places: Labels) -> Matrix:
    """Return for each line of places `(n, k)` the sum of those rows, `(n, dim)`."""
    sums = np.zeros_like(rows)
    for column in places.T:
        sums += rows[column]
    return sums


def _centres(rows: Matrix, labels: Labels, n_clusters: int) -> Matrix:
    """Return the unit mean of each group."""
    members = np.zeros((n_clusters, len(rows)))
    members[labels, np.arange(len(rows))] = 1.0
    return unit(members @ rows)


def _merge(rows: Matrix, n_clusters: int) -> Labels:
    """Merge rows to groups by Ward's criterion, two at a time."""
    costs = 1.0 - cosines_of(rows)
    np.fill_diagonal(costs, np.inf)
    n = len(rows)
    sizes, alive, labels = np.ones(n), np.ones(n, dtype=np.bool_), np.arange(n)
    partners = np.argmin(costs, axis=1)
    cheapest = costs[np.arange(n), partners]
    for _ in range(n - n_clusters):
        kept, gone = sorted((int(np.argmin(cheapest)), int(partners[np.argmin(cheapest)])))
        merged = (
            (sizes[kept] + sizes) * costs[kept]
            + (sizes[gone] + sizes) * costs[gone]
            - sizes * costs[kept, gone]
        ) / (sizes[kept] + sizes[gone] + sizes)
        alive[gone] = False
        merged[~alive] = merged[kept] = np.inf
        costs[gone] = costs[:, gone] = np.inf
        costs[kept] = costs[:, kept] = merged
        sizes[kept] += sizes[gone]
        labels[labels == gone] = kept
        cheapest[gone] = np.inf
        stale = np.flatnonzero(alive & ((partners == kept) | (partners == gone)))
        for row in {kept, *stale.tolist()}:
            partners[row] = np.argmin(costs[row])
            cheapest[row] = costs[row, partners[row]]
        closer = alive & (merged < cheapest)
        partners[closer], cheapest[closer] = kept, merged[closer]
    return np.asarray(np.unique(labels, return_inverse=True)[1], dtype=np.int64)

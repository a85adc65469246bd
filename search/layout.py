"""Place embeddings on a plane such that what is near in meaning lies near.

References:
    McInnes, Healy, Melville, "UMAP: Uniform Manifold Approximation and Projection", 2018.
    https://arxiv.org/abs/1802.03426 (its forces, on an unweighted graph of nearest neighbours)
"""

import numpy as np
from numpy.typing import NDArray

from search.clusters import Matrix, nearest

_SEED = 7
_N_NEIGHBOURS = 12
_N_ROUNDS = 120
_N_REPELLED = 8
_A, _B = 1.58, 0.9
_LONGEST_PULL = 4.0
_RATE = 0.1
_PUSH = 4.0
_DECIMALS = 4
_SPREAD = 6.0
_STEP = 2.0**-14
_FINE_STEP = 2.0**-24
_N_ITERATIONS = 40


def place(rows: Matrix) -> Matrix:
    """Return coordinates `(n, 2)` of unit rows `(n, dim)`, in [-1, 1]."""
    n = len(rows)
    if n < 3:
        return np.zeros((n, 2))
    neighbours = nearest(rows, _N_NEIGHBOURS)
    heads = np.repeat(np.arange(n), neighbours.shape[1])
    tails = neighbours.ravel()
    random = np.random.default_rng(_SEED)
    points = principal(rows)
    for round_ in range(_N_ROUNDS):
        others = random.integers(0, n, (n, _N_REPELLED))
        force = _pull(points, heads, tails) + _push(points, others, neighbours.shape[1])
        points += _RATE * (1.0 - round_ / _N_ROUNDS) * force
    return _scaled(points)


def principal(rows: Matrix) -> Matrix:
    """Return the two principal components of unit rows on whole steps, each with a fixed sign.

    By orthogonal iteration on steps so wide that all sums are exact: what a library of linear
    algebra makes of the last bits, differently on another number of threads, would grow in every
    round of the layout.
    """
    covariance = np.round(rows.T @ rows / len(rows) / _FINE_STEP) * _FINE_STEP
    axes: Matrix = np.random.default_rng(_SEED).standard_normal((rows.shape[1], 2))
    for _ in range(_N_ITERATIONS):
        axes = covariance @ _orthogonal(axes)
    axes = _orthogonal(axes)
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    points = rows @ axes
    spread: Matrix = _SPREAD * points / np.maximum(points.std(axis=0), 1e-9)
    return spread


def _orthogonal(axes: Matrix) -> Matrix:
    """Return two axes `(dim, 2)` of largest value one on whole steps, the second made upright."""
    first, second = map(_stepped, axes.T)
    along = float(first @ second) / max(float(first @ first), _STEP)
    return np.stack([first, _stepped(second - along * first)], axis=1)


def _stepped(axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale an axis to a largest value of one, on whole steps."""
    scaled: NDArray[np.float64] = np.round(axis / max(np.abs(axis).max(), 1e-12) / _STEP) * _STEP
    return scaled


def _pull(points: Matrix, heads: NDArray[np.int64], tails: NDArray[np.int64]) -> Matrix:
    """Return what draws neighbours together."""
    apart = points[heads] - points[tails]
    squares = np.maximum((apart**2).sum(axis=1, keepdims=True), 1e-6)
    strength = -2 * _A * _B * squares ** (_B - 1) / (1 + _A * squares**_B)
    forces = np.clip(strength * apart, -_LONGEST_PULL, _LONGEST_PULL)
    n = len(points)
    sums = [np.bincount(heads, f, n) - np.bincount(tails, f, n) for f in forces.T]
    return np.stack(sums, axis=1)


def _push(points: Matrix, others: NDArray[np.int64], weight: int) -> Matrix:
    """Return what keeps points apart, from a few drawn ones for all."""
    apart = points[:, None, :] - points[others]
    squares = (apart**2).sum(axis=2, keepdims=True)
    strength = 2 * _B / ((1e-3 + squares) * (1 + _A * squares**_B))
    forces = np.clip(strength * apart, -_LONGEST_PULL, _LONGEST_PULL)
    total: Matrix = _PUSH * forces.sum(axis=1) * weight / others.shape[1]
    return total


def _scaled(points: Matrix) -> Matrix:
    """Fit points into the square from -1 to 1."""
    points = points - (points.max(axis=0) + points.min(axis=0)) / 2
    scaled: Matrix = np.round(points / max(np.abs(points).max(), 1e-9), _DECIMALS)
    return scaled

"""Find posts that ask the same as earlier ones of the same batch."""

from collections.abc import Mapping, Sequence

import numpy as np

from search.encoders.base import Embeddings

SAME_QUESTION = 0.85


def repeated(embeddings: Embeddings, *, at_least: float = SAME_QUESTION) -> Mapping[int, int]:
    """Return for each row that repeats an earlier one the nearest of these.

    Args:
        embeddings: A unit row for each text, `(n, dim)`, in order.
        at_least: From which cosine on two texts ask the same.
    """
    found: dict[int, int] = {}
    for place in range(1, len(embeddings)):
        cosines = embeddings[:place] @ embeddings[place]
        nearest = int(np.argmax(cosines))
        if cosines[nearest] >= at_least:
            found[place] = nearest
    return found


def originals(repeats: Mapping[int, int], n: int) -> Sequence[int]:
    """Return for each of `n` places the first one that it goes back to, itself where it is new."""
    first = list(range(n))
    for place in sorted(repeats):
        first[place] = first[repeats[place]]
    return first

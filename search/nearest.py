"""Name the collections that are nearest in topic to a query that nothing answers.

Each thread near the query votes for the collection that it is filed under first, with its cosine;
the three best votes of a collection count, so that a large one has no advantage.

References:
    Macdonald, Ounis, "Voting for candidates: adapting data fusion techniques for an expert search
    task", CIKM 2006. https://doi.org/10.1145/1183614.1183671
"""

from collections import defaultdict
from collections.abc import Sequence
from heapq import nlargest

from search.ranking import Scored

N_VOTES = 3


def nearest_collections(scored: Scored, filed_under: Sequence[str], *, n: int) -> list[str]:
    """Return the slugs of at most `n` collections, nearest first.

    Args:
        scored: The threads near a query.
        filed_under: The slug of each row's first collection.
        n: How many collections at the most.
    """
    votes: defaultdict[str, list[float]] = defaultdict(list)
    for row, cosine in zip(scored.rows, scored.cosines, strict=True):
        votes[filed_under[row]].append(max(0.0, float(cosine)))
    worth = {slug: sum(nlargest(N_VOTES, cosines)) for slug, cosines in votes.items()}
    return sorted(worth, key=lambda slug: (-worth[slug], slug))[:n]

"""Find what belongs together though it was posted apart: answers, continued posts, references.

The archive is a flattened conversation: people answer, go on and refer by posting anew. Every
repair has a reason that a maintainer can check by reading, and a confidence; only those of at
least `THRESHOLD` are returned.
"""

from collections.abc import Iterable

from indexer.answers import find_answers
from indexer.board import read_board
from indexer.chains import find_chains
from indexer.covers import find_covers
from indexer.evidence import THRESHOLD, Repair
from indexer.mentions import find_mentions
from indexer.people import Cast
from indexer.series import find_continuations
from indexer.sources.records import RawCollection
from search.models import CollectionKind


def find_repairs(item: RawCollection, cast: Cast, names: frozenset[str]) -> list[Repair]:
    """Return the repairs of a collection that are sure enough to apply.

    A list of frequent questions is edited, not spoken: nothing in it needs repair.

    Args:
        item: The collection as written.
        cast: Who speaks.
        names: The words by which the collection's people are addressed.
    """
    if item.kind is CollectionKind.FAQ:
        return []
    board = read_board(item, cast, names)
    answers = _sure(find_answers(board))
    found = [*answers, *_sure(find_covers(board, answers)), *find_chains(board, answers)]
    joined = {(made.source_ref, made.target) for made in found}
    links = _sure((*find_continuations(board), *find_mentions(board)))
    return [*found, *(made for made in links if (made.source_ref, made.target) not in joined)]


def _sure(found: Iterable[Repair]) -> list[Repair]:
    return [made for made in found if made.confidence >= THRESHOLD]

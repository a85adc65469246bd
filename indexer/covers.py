"""Find the answers that also answer the same asker's neighbouring questions."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from indexer.board import Board, Post
from indexer.evidence import Evidence, Repair, confidence, reason
from search.models import LinkKind

_BIAS = -2.0
_OVERLAP = 20.0
_MOST_OVERLAP = 0.2
_OVERLAP_OF_A_WORD = 0.045
_ITEM = 1.5
_ONLY_ANSWER = 0.5
_A_POST_AWAY = -0.2

Waits = Callable[[Post], bool]


def find_covers(board: Board, answers: Iterable[Repair]) -> list[Repair]:
    """Return the waiting questions that a reply to the question beside them answers."""
    taken = {made.target for made in answers}
    found: list[Repair] = []

    def waits(post: Post) -> bool:
        return not post.answerers and post.ref not in taken

    for post in board.posts:
        if post.answerers and not post.by_author:
            found += covered(board, post.ref, post.reply_stems, post, waits)
    return list(_best(found).values())


def covered(
    board: Board, ref: str, said: frozenset[str], target: Post, waits: Waits
) -> Iterator[Repair]:
    """Yield which neighbours of an answered question the answer covers too.

    Args:
        board: The collection.
        ref: The entry that holds the answer.
        said: The stems of the answer.
        target: The question that it answers.
        waits: Tells whether a post has no answer of its own.
    """
    series = [post for post in board.series(target.place) if post.asks or post is target]
    others = [post for post in series if post is not target]
    for other in others:
        if not waits(other):
            continue
        evidence = list(_evidence(board, said, target, other, only=all(map(waits, others))))
        yield Repair(LinkKind.COVERS, ref, other.ref, confidence(evidence), reason(evidence))


def _evidence(
    board: Board, said: frozenset[str], target: Post, other: Post, *, only: bool
) -> Iterator[Evidence]:
    yield Evidence(_BIAS)
    most = min(_MOST_OVERLAP, _OVERLAP_OF_A_WORD * len(said & other.stems))
    overlap = min(board.overlap(said, other.stems), most)
    yield Evidence(_OVERLAP * overlap, "the answer has words of this question too")
    if other.marker:
        yield Evidence(_ITEM, "the question is an item of the same list")
    else:
        yield Evidence(_A_POST_AWAY * (abs(target.place - other.place) - 1))
    if only:
        yield Evidence(_ONLY_ANSWER, "it is the only answer to the asker's posts here")


def _best(found: Iterable[Repair]) -> Mapping[str, Repair]:
    """Keep the surest answer of each question."""
    best: dict[str, Repair] = {}
    for made in found:
        if made.target not in best or made.confidence > best[made.target].confidence:
            best[made.target] = made
    return best

"""Find the posts in which an author answers an earlier thread instead of replying in it."""

import math
from collections.abc import Iterator, Sequence

from indexer.answer_evidence import Decided, weigh
from indexer.board import Board, Post
from indexer.covers import covered
from indexer.evidence import THRESHOLD, Evidence, Repair, confidence, reason, score
from search.models import LinkKind

_SAME_ASKER = 0.6
_REACH = 60
_REACH_AHEAD = 20
_LIKELY = 0.5

_Rated = tuple[list[Evidence], Post]


def find_answers(board: Board) -> list[Repair]:
    """Return the posts by authors that answer another thread, in the order of the page."""
    decided = Decided()
    found: list[Repair] = []
    for post in board.posts:
        if not _may_answer(post):
            continue
        rated = sorted(
            ((weigh(board, decided, post, target), target) for target in _targets(board, post)),
            key=lambda pair: (-score(pair[0]), pair[1].place),
        )
        if not rated:
            continue
        evidence, target = rated[0]
        sure = confidence(evidence) * _share(rated)
        if sure >= _LIKELY:
            decided.target_of[post.place] = target.place
            decided.answered.add(target.place)
            found += _covered(board, decided, post, target)
        found.append(
            Repair(LinkKind.ANSWER, post.ref, target.ref, sure, reason(evidence), joins=True)
        )
    return found


def _covered(board: Board, decided: Decided, post: Post, target: Post) -> Iterator[Repair]:
    """Yield the neighbouring questions of the same asker that the only post to them answers too."""
    if target.speaker not in post.named or target.place > post.place:
        return
    for later in board.posts[post.place + 1 :]:
        if later.speaker == target.speaker and later.asks:
            break
        if later.by_author and (target.speaker in later.named or _runs_on(board, post, later)):
            return
    for made in covered(board, post.ref, post.stems, target, decided.waits):
        if made.confidence >= THRESHOLD:
            decided.answered.add(board.place_of(made.target))
        yield made


def _runs_on(board: Board, post: Post, later: Post) -> bool:
    """Tell whether a nameless post stands in the same run of posts by the same author."""
    run = board.posts[post.place : later.place + 1]
    nameless = not (later.named or later.broadcast or later.empty)
    return nameless and all(other.speaker == post.speaker for other in run)


def _share(rated: Sequence[_Rated]) -> float:
    """Return how much of the belief the best target has against all others.

    Another thread of the same asker takes less of it: the posts of one person are near each other
    in meaning, and an answer to one is rarely lost on the other.
    """
    evidence, best = rated[0]
    return 1 / sum(
        math.exp(score(other) - score(evidence))
        * (_SAME_ASKER if target is not best and target.speaker == best.speaker else 1)
        for other, target in rated
    )


def _may_answer(post: Post) -> bool:
    """Tell whether a post can be an answer: an author's, to somebody rather than to everybody."""
    return post.by_author and not post.broadcast and (bool(post.named) or not post.empty)


def _targets(board: Board, post: Post) -> Iterator[Post]:
    """Yield the posts that another could answer."""
    for target in board.posts[max(0, post.place - _REACH) : post.place + _REACH_AHEAD + 1]:
        if target.speaker == post.speaker or target.broadcast:
            continue
        if target.asks or not target.by_author:
            yield target

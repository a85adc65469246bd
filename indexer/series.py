"""Find the posts with which somebody goes on from an earlier post of their own."""

import re
from collections.abc import Iterator

from indexer.board import Board, Post
from indexer.evidence import Evidence, Repair, confidence, reason
from search.models import LinkKind
from search.text.asking import continues, opens_topic, stays_on_topic

_BIAS = -2.0
_DIRECTLY = 1.0
_HEADER = 2.5
_ITEM = 2.0
_COUNTED = 2.5
_FOLLOWS_UP = 2.5
_ADDS = 2.0
_REFERS = 0.5
_ASKS_NOTHING = 1.5
_OVERLAP = 2.0
_MOST_OVERLAP = 0.3
_REACH = 20
_COUNTS = re.compile(
    r"^\W*(?:(?:and|my|the|here(?:'|’)?s my|a|as a)\s+)*(?:(?:second|2nd|third|3rd|fourth|4th"
    r"|next|last|final|another|other|one more)\s+(?:one|question|thing|query|q)\b"
    r"|(?:question|q)\s*#?[2-9]\b"
    r"|another one\b|[2-9]\s*(?:nd|rd|th)\b)",
    re.IGNORECASE,
)
_FOLLOW_UP = re.compile(
    r"\bfollow(?:ing)?[- ]?up (?:questions?|on|to)\b|\b(?:a|to) follow[- ]?up\b(?! \w)",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(r"\b(?:questions?|ask(?:ing)?|qq|curious)\b", re.IGNORECASE)
_ADDITION = re.compile(
    r"^\W*(?:also|and|in addition|additionally|furthermore|moreover|plus|btw|by the way|lastly|ps"
    r"|p\.s|oh,? and|finally|in case)\b",
    re.IGNORECASE,
)


def find_continuations(board: Board) -> list[Repair]:
    """Return the posts of askers that go on from an earlier one of theirs."""
    found = []
    for post in board.posts:
        if post.by_author or post.broadcast:
            continue
        if (head := _head(board, post)) is None:
            continue
        evidence = list(_evidence(board, head, post))
        found.append(
            Repair(
                LinkKind.CONTINUATION,
                post.ref,
                head.ref,
                confidence(evidence),
                reason(evidence),
                joins=_one_need(head, post),
            )
        )
    return found


def _head(board: Board, post: Post) -> Post | None:
    """Return the post that another could go on from: the first of its run, or one further up."""
    run = board.series(post.place)
    if run[0] is not post:
        before = board.posts[post.place - 1]
        to_the_first = post.marker or _COUNTS.match(post.said) or _announces(run[0])
        return run[0] if to_the_first else before
    earlier = board.posts[max(0, post.place - _REACH) : post.place]
    return next((other for other in reversed(earlier) if other.speaker == post.speaker), None)


def _evidence(board: Board, head: Post, post: Post) -> Iterator[Evidence]:
    """Weigh what speaks for one post going on from another."""
    said = post.said or post.text
    run = board.series(post.place)
    direct = head in run
    yield Evidence(_BIAS)
    if direct:
        yield Evidence(_DIRECTLY, "stands directly behind it")
        yield from _in_a_run(run[0], head, post)
    if _COUNTS.match(said) or (post.marker and (post.marker.label or "1") not in {"1", "a", "i"}):
        yield Evidence(_COUNTED, "counts on from it")
    elif _FOLLOW_UP.search(said):
        yield Evidence(_FOLLOWS_UP, "says that it follows up")
    elif _ADDITION.match(said) and direct:
        yield Evidence(_ADDS, "opens with an addition")
    overlap = min(board.overlap(head.stems, post.stems), _MOST_OVERLAP)
    yield Evidence(_OVERLAP * overlap, "has words in common")


def _in_a_run(first: Post, head: Post, post: Post) -> Iterator[Evidence]:
    """Weigh what holds a run of posts by one person together."""
    if post.asks and _announces(first):
        yield Evidence(_HEADER, "the first post only announces questions")
    if post.marker:
        yield Evidence(_ITEM, "is an item of a list")
    if not post.asks and not post.empty:
        yield Evidence(_ASKS_NOTHING, "asks nothing new")
    elif stays_on_topic(post.said) or (head.asks and continues(head.said, post.said)):
        yield Evidence(_REFERS, "refers to it")


def _announces(post: Post) -> bool:
    """Tell whether a post only says that its author has questions."""
    return not post.asks and not post.broadcast and _ANNOUNCES.search(post.text) is not None


def _one_need(head: Post, post: Post) -> bool:
    """Tell whether two posts state one need, so that they are one question.

    The second adds to the first without a question that stands on its own, and was not
    answered on its own.
    """
    if post.place - head.place != 1 or post.repliers or post.marker or not head.asks:
        return False
    if _COUNTS.match(post.said):
        return False
    return not opens_topic(post.said) and (not post.asks or continues(head.said, post.said))

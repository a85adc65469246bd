"""Find the posts with which an author goes on where their post before stopped."""

import re
from collections.abc import Iterable
from itertools import pairwise

from indexer.board import Board, Post
from indexer.evidence import Repair
from search.models import LinkKind
from search.text.asking import opens_topic, stays_on_topic

_CONFIDENCE = 0.8
_CONNECTED = re.compile(
    r"^\W*(?:and|but|so|also|then|they|these|those|this|that|it|he|she|however|another|bonus|ps|p\.s"
    r"|anything|again|now|plus|finally|hope|here(?:'s| is))\b",
    re.IGNORECASE,
)


def goes_on(before: Post, post: Post, *, same_name: bool) -> bool:
    """Tell whether a post goes on where the same person's post before it stopped.

    Args:
        before: The post directly before it.
        post: The post.
        same_name: Whether addressing the same person again is enough.
    """
    if post.named and not post.named & before.named:
        return False
    if before.empty or (same_name and post.named and post.named == before.named):
        return True
    if post.marker and post.marker.label not in {None, "1"}:
        return True
    said = post.said or post.text
    return (
        before.text.rstrip().endswith((":", "...", "…"))
        or said[:1].islower()
        or _CONNECTED.match(said) is not None
        or stays_on_topic(said)
        or opens_topic(said)
    )


def find_chains(board: Board, answers: Iterable[Repair]) -> list[Repair]:
    """Return the posts with which an author goes on from a post that answers no thread."""
    taken = {made.source_ref for made in answers}
    heads: dict[int, Post] = {}
    found = []
    for before, post in pairwise(board.posts):
        if {before.ref, post.ref} & taken or not _may_go_on(before, post):
            continue
        heads[post.place] = heads.get(before.place, before)
        found.append(
            Repair(
                kind=LinkKind.CONTINUATION,
                source_ref=post.ref,
                target=heads[post.place].ref,
                confidence=_CONFIDENCE,
                reason=f"{post.speaker} goes on from the post before it",
                joins=True,
            )
        )
    return found


def _may_go_on(before: Post, post: Post) -> bool:
    """Tell whether an author's statement goes on from another one of theirs."""
    if not post.by_author or post.speaker != before.speaker or post.asks or post.named:
        return False
    if post.broadcast or before.broadcast or before.empty or post.repliers:
        return False
    return goes_on(before, post, same_name=False)

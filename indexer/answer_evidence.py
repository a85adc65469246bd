"""Weigh what speaks for and against an author's post answering a question."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from indexer.board import Board, Post
from indexer.chains import goes_on
from indexer.evidence import Evidence
from search.text.asking import refers_back

_BIAS = -2.5
_NAMED = 4.0
_NAMES_ANOTHER = -6.0
_QUOTED = 5.0
_RESTATED = 2.5
_OVERLAP = 5.0
_WAITING = 1.0
_WAITING_FOR_THEM = 0.5
_NEIGHBOUR = 1.5
_NEXT = 1.0
_ELDEST = 0.5
_IN_ORDER = 1.0
_GOES_ON = 3.0
_REFERS_BACK = 1.5
_UNRELATED = -1.0
_NO_OVERLAP = 0.02
_OPENS_LIKE_AN_ANSWER = 1.0
_PRAISES = 2.0
_ASKS_NOTHING = -3.0
_LATER = -4.0
_A_POST_AWAY = -0.08
_FARTHEST = -2.0
_ASKS_BACK = -1.0
_FEWEST_RESTATED_WORDS = 6
_PRAISES_THE_QUESTION = re.compile(
    r"^\W*(?:another |very |a )*(?:good|great|excellent|interesting|nice|tough|awesome) question\b",
    re.IGNORECASE,
)
_LIKE_AN_ANSWER = re.compile(
    r"\b(?:good|great|excellent|interesting|nice|tough|fair|awesome|fantastic)"
    r" (?:question|point)s?\b"
    r"|^\W*(?:yes|no|yeah|yep|sure|absolutely|definitely|thanks"
    r"|i (?:would|think|guess|believe|mean)|it depends|that depends|not (?:really|sure)"
    r"|haha|sorry|re:)\b",
    re.IGNORECASE,
)


@dataclass
class Decided:
    """Which posts were found so far to answer which, and which are answered."""

    target_of: dict[int, int] = field(default_factory=dict)
    answered: set[int] = field(default_factory=set)

    def waits(self, target: Post) -> bool:
        """Tell whether no author has answered a post, neither below it nor in a post of theirs."""
        return not target.answerers and target.place not in self.answered

    def waits_for(self, speaker: str, target: Post) -> bool:
        """Tell whether one author has not answered a post, whatever others did."""
        return speaker not in target.repliers and target.place not in self.answered


def weigh(board: Board, decided: Decided, post: Post, target: Post) -> list[Evidence]:
    """Weigh what speaks for and against one post answering another."""
    return [
        Evidence(_BIAS),
        *_by_name(post, target),
        *_by_words(board, post, target),
        *_by_place(board, decided, post, target),
    ]


def _by_name(post: Post, target: Post) -> Iterator[Evidence]:
    if target.speaker in post.named:
        yield Evidence(_NAMED, f"addresses {target.speaker}, who asks there")
    elif post.named:
        yield Evidence(_NAMES_ANOTHER)


def _by_words(board: Board, post: Post, target: Post) -> Iterator[Evidence]:
    if post.quoted:
        share = board.contained(post.quoted, target.stems)
        yield Evidence(_QUOTED * (2 * share - 1), "quotes the question")
    if (run := longest_run(post.words, target.words)) >= _FEWEST_RESTATED_WORDS:
        yield Evidence(_RESTATED, f"repeats {run} words of the question")
    overlap = board.overlap(post.stems, target.stems)
    yield Evidence(_OVERLAP * overlap, "has words in common")
    if overlap < _NO_OVERLAP and not post.named:
        yield Evidence(_UNRELATED)
    if _PRAISES_THE_QUESTION.match(post.text):
        yield Evidence(_PRAISES, "opens by praising the question")
    elif _LIKE_AN_ANSWER.search(post.text):
        yield Evidence(_OPENS_LIKE_AN_ANSWER, "opens like an answer")
    if post.asks and not post.quoted:
        yield Evidence(_ASKS_BACK)
    if not target.asks:
        yield Evidence(_ASKS_NOTHING)


def _by_place(board: Board, decided: Decided, post: Post, target: Post) -> Iterator[Evidence]:
    distance = post.place - target.place
    yield Evidence(max(_FARTHEST, _A_POST_AWAY * abs(distance)))
    if distance < 0:
        yield Evidence(_LATER)
    if decided.waits(target):
        yield Evidence(_WAITING, "nobody else has answered there")
    elif decided.waits_for(post.speaker, target):
        yield Evidence(_WAITING_FOR_THEM, f"{post.speaker} has not answered there")
    if distance > 0:
        yield from _by_turn(board, decided, post, target)
    before = board.posts[post.place - 1] if post.place else post
    previous = decided.target_of.get(before.place)
    if previous is not None and before.speaker == post.speaker:
        yield from _in_a_run(board, decided, before, post, target)


def _in_a_run(
    board: Board, decided: Decided, before: Post, post: Post, target: Post
) -> Iterator[Evidence]:
    """Weigh what the post directly before, an answer by the same author, says of this one."""
    previous = decided.target_of[before.place]
    if previous == target.place:
        same_name = not _theirs(board, decided, post, target)
        if goes_on(before, post, same_name=same_name):
            yield Evidence(_GOES_ON, "goes on with the answer before it")
        elif not post.named and refers_back(post.said.split("\n")[0]):
            yield Evidence(_REFERS_BACK, "refers to the post before it")
    elif previous < target.place and decided.waits(target):
        passed = board.posts[previous + 1 : target.place]
        if not any(other.asks and not other.by_author and decided.waits(other) for other in passed):
            yield Evidence(_IN_ORDER, "comes in the order of the questions")


def _theirs(board: Board, decided: Decided, post: Post, target: Post) -> list[Post]:
    """Return the earlier questions of a target's asker that this author has not answered."""
    return [
        other
        for other in board.posts[: post.place]
        if other.speaker == target.speaker and other.asks and decided.waits_for(post.speaker, other)
    ]


def _by_turn(board: Board, decided: Decided, post: Post, target: Post) -> Iterator[Evidence]:
    """Weigh whether it is a question's turn to be answered."""
    theirs = _theirs(board, decided, post, target)
    eldest = bool(theirs) and theirs[0] is target
    between = board.posts[target.place + 1 : post.place]
    if all(other.by_author or other.speaker == target.speaker for other in between) and (
        eldest or not theirs
    ):
        yield Evidence(_NEIGHBOUR, "follows it")
    if eldest and len(theirs) > 1:
        yield Evidence(_ELDEST, "is their oldest question without an answer")
    elif eldest and not between:
        yield Evidence(_NEXT, "follows it directly")


def longest_run(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many words in a row two texts share at most."""
    best = 0
    previous = [0] * (len(other) + 1)
    for word in one:
        current = [0] * (len(other) + 1)
        for place, match in enumerate(other):
            if match == word:
                current[place + 1] = previous[place] + 1
                best = max(best, current[place + 1])
        previous = current
    return best

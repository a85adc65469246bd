"""Find which part of a question each stretch of the replies answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from search.models import Span
from search.text.parts import QuestionPart
from search.text.reply_blocks import Block, Break, split_blocks
from search.text.reply_cues import Cues, PartIndex, find_cues, says_which

_GENERAL = -1
_ENOUGH_WEIGHT = 2.0
_UNSAID = 0.2
_IN_PLACE = 1.0
_FEWEST_WORDS_OF_AN_ANSWER = 8
_ADVANCE = {Break.SENTENCE: 0.6, Break.LINE: 0.3, Break.MESSAGE: 0.25}
_START = 0.5
_JUMP = {Break.SENTENCE: 2.0, Break.LINE: 1.0, Break.MESSAGE: 1.0}


@dataclass(frozen=True, slots=True)
class AlignedSegment:
    """A stretch of one reply and the part that it answers.

    `message` is the place among the replies, `part` the place among the parts; None where it
    greets, speaks of something else, or answers several parts at once.
    """

    message: int
    span: Span
    part: int | None


def align(parts: Sequence[QuestionPart], replies: Sequence[str]) -> tuple[AlignedSegment, ...]:
    """Align replies with the parts of the question that they answer.

    A reply that numbers, quotes or names the questions is followed to the letter; the words that
    a reply shares with the parts and the order of both decide the rest.

    Args:
        parts: What was asked, from `split_parts`.
        replies: The texts of all replies, verbatim and in order.

    Returns:
        In order, without overlap; together they cover each reply but for white space.
    """
    messages = split_blocks(replies)
    index = PartIndex(parts)
    cues = _all_cues(messages, index)
    places = _places(messages, cues, len(parts))
    labelled: list[tuple[Block, int | None]] = []
    for blocks, found, place in zip(messages, cues, places, strict=True):
        last = _last_part(labelled, len(parts))
        own = _follow(blocks, found) if found else _by_words(blocks, index, place, last)
        labelled += zip(blocks, _with_courtesies(blocks, own), strict=True)
    return tuple(_merged(labelled))


def _last_part(labelled: Sequence[tuple[Block, int | None]], n_parts: int) -> int | None:
    """Return the part that was answered last; None before the first, after the last."""
    last = next((part for _, part in reversed(labelled) if part is not None), None)
    return None if last == n_parts - 1 else last


def _places(
    messages: Sequence[Sequence[Block]], cues: Sequence[Cues], n_parts: int
) -> list[list[int | None]]:
    """Return for each block the part that its place in the thread speaks for.

    Where there are as many replies as parts, or as many paragraphs in a reply, each is expected
    to answer one, in order.
    """
    telling = [i for i, blocks in enumerate(messages) if not cues[i] and _says_much(blocks)]
    if len(telling) == n_parts and not any(cues):
        ranks = {message: rank for rank, message in enumerate(telling)}
        return [[ranks.get(i)] * len(blocks) for i, blocks in enumerate(messages)]
    return [_paragraph_places(blocks, n_parts) for blocks in messages]


def _paragraph_places(blocks: Sequence[Block], n_parts: int) -> list[int | None]:
    """Return the rank of each block's paragraph where there are as many as parts."""
    paragraphs: list[list[Block]] = []
    for block in blocks:
        if block.set_off is Break.SENTENCE and paragraphs:
            paragraphs[-1].append(block)
        else:
            paragraphs.append([block])
    telling = [place for place, paragraph in enumerate(paragraphs) if _says_much(paragraph)]
    ranks = {place: rank for rank, place in enumerate(telling)} if len(telling) == n_parts else {}
    return [ranks.get(place) for place, paragraph in enumerate(paragraphs) for _ in paragraph]


def _says_much(blocks: Sequence[Block]) -> bool:
    """Tell whether a stretch of a reply is long enough to answer something."""
    n_words = sum(len(block.words.split()) for block in blocks if not block.courteous)
    return n_words >= _FEWEST_WORDS_OF_AN_ANSWER


def _all_cues(messages: Sequence[Sequence[Block]], index: PartIndex) -> list[Cues]:
    """Return the cues of each reply.

    Where some reply names or quotes the questions and the asker did not number them, bare
    numbers are lists of the answerer's own.
    """
    worded = any(says_which(blocks, index) for blocks in messages)
    counts = index.numbered or not worded
    return [find_cues(blocks, index, numbers_count=counts) for blocks in messages]


def _follow(blocks: Sequence[Block], cues: Cues) -> list[int | None]:
    """Return the part of each block of a reply with cues: that of the last cue."""
    current: int | None = None
    found: list[int | None] = []
    for place in range(len(blocks)):
        current = cues.get(place, current)
        found.append(current)
    return found


def _by_words(
    blocks: Sequence[Block], index: PartIndex, places: Sequence[int | None], last: int | None
) -> list[int | None]:
    """Return the most plausible parts of a reply that has no cues.

    By dynamic programming: a block earns the weight of the words that it shares with a part, and
    pays for turning to another part, least for the next one at a new line.
    """
    if len(index.parts) < 2:
        return [0 if index.parts else None] * len(blocks)
    scores = {state: float("-inf") for state in range(_GENERAL, len(index.parts))}
    scores[_GENERAL if last is None else last] = 0.0
    paths: list[dict[int, int]] = []
    for block, place in zip(blocks, places, strict=True):
        origins, scores = _step(scores, block.set_off)
        paths.append(origins)
        for state in scores:
            scores[state] += _gain(block, state, index) + _IN_PLACE * (state == place)
    return _traced(paths, max(scores, key=lambda state: scores[state]))


def _step(scores: Mapping[int, float], set_off: Break) -> tuple[dict[int, int], dict[int, float]]:
    """Return for each part the best one to come from, and the score on arrival.

    Staying is free, the next part is near, any other costs a jump; less where a reply starts.
    """
    best = max(scores, key=lambda state: scores[state])
    starts = best == _GENERAL and set_off is Break.MESSAGE
    origins: dict[int, int] = {}
    arrived: dict[int, float] = {}
    for state, stay in scores.items():
        advance = scores.get(state - 1, float("-inf")) - _ADVANCE[set_off]
        jump = scores[best] - (_START if starts else _JUMP[set_off])
        arrived[state] = max(stay, advance, jump)
        came = state if arrived[state] == stay else best if arrived[state] == jump else state - 1
        origins[state] = came
    return origins, arrived


def _gain(block: Block, state: int, index: PartIndex) -> float:
    """Return what a block earns for a part."""
    if block.courteous:
        return 0.0
    if state == _GENERAL:
        return _UNSAID
    return min(1.0, index.similarity(block.stems, state) / _ENOUGH_WEIGHT)


def _traced(paths: Sequence[dict[int, int]], state: int) -> list[int | None]:
    """Return the states on the best path that ends in one."""
    found: list[int | None] = []
    for step in reversed(paths):
        found.append(None if state == _GENERAL else state)
        state = step[state]
    return found[::-1]


def _with_courtesies(blocks: Sequence[Block], found: Sequence[int | None]) -> list[int | None]:
    """Set the greetings that open a reply and the thanks that close it to no part."""
    said = [place for place, block in enumerate(blocks) if not block.courteous]
    first, last = (said[0], said[-1]) if said else (len(blocks), -1)
    return [part if first <= place <= last else None for place, part in enumerate(found)]


def _merged(labelled: Iterable[tuple[Block, int | None]]) -> Iterator[AlignedSegment]:
    """Join neighbouring blocks of one reply that answer the same part."""
    for (message, part), group in groupby(labelled, key=lambda pair: (pair[0].message, pair[1])):
        blocks = [block for block, _ in group]
        yield AlignedSegment(message, Span(blocks[0].start, blocks[-1].end), part)

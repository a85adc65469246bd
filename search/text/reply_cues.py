"""Find where a reply says which part of a question it turns to."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

from search.text.clean import normalise
from search.text.parts import QuestionPart
from search.text.reply_blocks import Block, Break
from search.text.tokens import tokenise

Cues = Mapping[int, int | None]
"""Place of a block → the part that it turns to; None where it is none of them."""

_ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3}
_ORDINAL = re.compile(
    r"^\W*(?:(?:and|so|now|as|for|to|answer|answering|with|regards?|regarding|re|on|about|in|of"
    r"|concerning|response|your|the|my|last but not least)\W+){0,6}"
    r"(?:(?P<word>first|1st|second|2nd|third|3rd|fourth|last)(?: and last)?"
    r" (?:part|question|q|point|bullet|one|portion|query|item|thing)\b"
    r"|(?:(?:question|part|point|bullet|item|q)(?: number| no\.?)?|number)[ #]*"
    r"(?P<number>\d{1,2})\b)"
    r"|^\W*(?:regarding|re|on|for|about|as for|to)[ #:]*(?P<bare>\d{1,2})[ ]?[:,)–-]",
    re.IGNORECASE,
)
_TOPIC = re.compile(
    r"^(?:(?:and|but|so|now)[ ,]+)?(?:(?:with )?regard(?:ing|s)?(?: to)?|as for|as to|re|on|about"
    r"|for|concerning)\b:? +(?P<about>[^,:;.?!–—]{2,80}?)(?:[,:;–—]| -|$)"
    r"|^(?P<heading>[^.:?!,]{2,60}):(?:\s|$)|^(?P<line>[^.:?!,]{2,60})$",
    re.IGNORECASE,
)
_FEWEST_STEMS_REPEATED = 4
_REPEATED = 0.8
_FEWEST_WORDS_REPEATED = 3


class PartIndex:
    """The parts of a question as replies refer to them: by number and by words."""

    def __init__(self, parts: Sequence[QuestionPart]) -> None:
        """Keep the parts; what is derived from them is made when it is needed."""
        self.parts = parts

    @cached_property
    def stems(self) -> list[frozenset[str]]:
        """The stems of each part."""
        return [frozenset(tokenise(words)) for words in self._own]

    @cached_property
    def folded(self) -> list[str]:
        """The folded words of each part."""
        return [f" {normalise(words)} " for words in self._own]

    @cached_property
    def _own(self) -> list[str]:
        """The words of each part without the lines that an earlier part has too."""
        seen: set[str] = set()
        own: list[str] = []
        for part in self.parts:
            lines = part.text.splitlines()
            own.append("\n".join(line for line in lines if line not in seen) or part.text)
            seen.update(lines)
        return own

    @cached_property
    def _spread(self) -> Counter[str]:
        """In how many parts each stem occurs."""
        return Counter(stem for stems in self.stems for stem in stems)

    @cached_property
    def numbered(self) -> bool:
        """Whether any part carries a number."""
        return any(part.label and part.label[0].isdigit() for part in self.parts)

    def weight(self, stem: str) -> float:
        """Return how well a stem tells the parts apart: 1 in one part, 0 in all of them."""
        spread = self._spread[stem]
        others = len(self.parts) - 1
        return 1.0 - (spread - 1) / others if spread and others else float(bool(spread))

    def similarity(self, stems: frozenset[str], part: int) -> float:
        """Return the weight of the stems that a text shares with a part."""
        return sum(self.weight(stem) for stem in stems & self.stems[part])

    def nearest(self, stems: frozenset[str]) -> int | None:
        """Return the one part whose own words a text uses, None where it is not one."""
        scores = [self.similarity(stems, part) for part in range(len(self.parts))]
        best = max(scores, default=0.0)
        return scores.index(best) if best > 0.5 and scores.count(best) == 1 else None

    def numbered_as(self, label: str, stems: frozenset[str] = frozenset()) -> int | None:
        """Return the part for a number as a reply writes it: "2", "1.a.i"; or None.

        Of several parts under one number, it is the one whose words the reply uses.
        """
        label = label.replace(".", "")
        own = [(part.label or "") for part in self.parts]
        found = [i for i, other in enumerate(own) if other == label]
        found = found or [i for i, other in enumerate(own) if _is_under(other, label)]
        if found:
            return max(found, key=lambda i: (self.similarity(stems, i), -i))
        place = int(label) - 1 if label.isdigit() else -1
        free = 0 <= place < len(own) and not own[place][:1].isdigit()
        return place if free else None


def _is_under(label: str, number: str) -> bool:
    """Tell whether a part's number is nested in one; levels may be left out."""
    if not label or label[0] != number[0]:
        return False
    rest = label[len(number) :]
    if label.startswith(number):
        return not rest[:1].isdigit()
    return len(number) > 1 and label.endswith(number[1:]) and not number[1:].isdigit()


def find_cues(blocks: Sequence[Block], index: PartIndex, *, numbers_count: bool) -> Cues:
    """Return what the blocks of one reply say about the part that they turn to.

    Numbers that name a question, ordinals and quotations come first; then bare numbers, then
    bullets as many as there are parts, then topics.

    Args:
        blocks: The blocks of one reply.
        index: The parts.
        numbers_count: Whether bare numbers may refer to the question's numbering.
    """
    repeated, named = _repeated(blocks, index), _named(blocks, index)
    if any(_is_named(block) for block in blocks):
        return {**repeated, **named}
    if numbers := _numbers(blocks, index) if numbers_count else {}:
        return {**numbers, **repeated}
    if repeated or named:
        return {**repeated, **named}
    topics, bullets = _topics(blocks, index), _bullets(blocks, index)
    several = len(set(topics.values())) > 1 and not bullets.keys() & topics.keys()
    return topics if several or not bullets else bullets


def _is_named(block: Block) -> bool:
    """Tell whether a block starts with the name of a question: "Q1", "Re 2"."""
    return block.marker is not None and block.marker.named


def says_which(blocks: Sequence[Block], index: PartIndex) -> bool:
    """Tell whether a reply names questions in words or quotes them."""
    return any(_is_named(block) for block in blocks) or bool(
        _named(blocks, index) | _repeated(blocks, index)
    )


def _named(blocks: Sequence[Block], index: PartIndex) -> dict[int, int | None]:
    """Return the blocks that name a question by number or ordinal."""
    cues: dict[int, int | None] = {}
    for place, block in enumerate(blocks):
        if block.marker and block.marker.named:
            cues[place] = _joint(block, index)
        elif (part := _ordinal(block, index)) is not None:
            cues[place] = part
    return cues


def _joint(block: Block, index: PartIndex) -> int | None:
    """Return the part that a block's numbers name; None for no part and for several."""
    labels = block.marker.labels if block.marker else ()
    found = {index.numbered_as(label, block.stems) for label in labels} - {None}
    return found.pop() if len(found) == 1 else None


def _ordinal(block: Block, index: PartIndex) -> int | None:
    """Return the part that a block opens by naming in words: "the second part"."""
    match = _ORDINAL.match(block.words)
    if match is None or block.marker or block.words.rstrip().endswith("?"):
        return None
    if number := match["number"] or match["bare"]:
        return index.numbered_as(number, block.stems)
    word = match["word"].casefold()
    place = len(index.parts) - 1 if word == "last" else _ORDINALS[word]
    return place if place < len(index.parts) else None


def _repeated(blocks: Sequence[Block], index: PartIndex) -> dict[int, int | None]:
    """Return the blocks that repeat a part in the asker's words."""
    return {
        place: part
        for place, block in enumerate(blocks)
        if (part := _repeats(block, index)) is not None
    }


def _repeats(block: Block, index: PartIndex) -> int | None:
    """Return the part that a block repeats."""
    asked = block.quoted or block.words.rstrip("*_` ").endswith("?")
    folded = normalise(block.words).removeprefix("q ")
    if asked and len(folded.split()) >= _FEWEST_WORDS_REPEATED:
        exact = [i for i, part in enumerate(index.folded) if f" {folded} " in part]
        if len(exact) == 1:
            return exact[0]
    if len(block.stems) < _FEWEST_STEMS_REPEATED:
        return None
    shares = [len(block.stems & stems) / len(block.stems) for stems in index.stems]
    best = max(shares, default=0.0)
    return shares.index(best) if best >= _REPEATED and shares.count(best) == 1 else None


def _numbers(blocks: Sequence[Block], index: PartIndex) -> dict[int, int | None]:
    """Return the blocks with a bare number that stands for a part."""
    marked = [
        (place, block)
        for place, block in enumerate(blocks)
        if block.marker and (block.marker.label or "")[:1].isdigit() and not block.quoted
    ]
    if not marked or (not index.numbered and _is_own_list(blocks, marked[0][0], index)):
        return {}
    outermost = min(block.marker.indent for _, block in marked if block.marker)
    cues: dict[int, int | None] = {}
    seen: set[tuple[str, ...]] = set()
    for place, block in marked:
        if block.marker and block.marker.indent <= outermost and block.marker.labels not in seen:
            seen.add(block.marker.labels)
            cues[place] = _joint(block, index)
    fits = index.numbered or any(part is not None for part in cues.values())
    return cues if fits else {}


def _is_own_list(blocks: Sequence[Block], first: int, index: PartIndex) -> bool:
    """Tell whether a list is the answerer's own: its lead-in is about one part."""
    if first == 0:
        return False
    lead = blocks[first - 1]
    return lead.words.endswith(":") and index.nearest(lead.stems) is not None


def _bullets(blocks: Sequence[Block], index: PartIndex) -> dict[int, int | None]:
    """Return a reply's bullets where there are as many as parts, and little before."""
    marked = [place for place, block in enumerate(blocks) if block.marker and not block.quoted]
    if len(index.parts) < 2 or not marked or _is_own_list(blocks, marked[0], index):
        return {}
    outermost = min(_indent(blocks[place]) for place in marked)
    places = [place for place in marked if _indent(blocks[place]) == outermost]
    said_before = sum(not block.courteous for block in blocks[: places[0]])
    if len(places) != len(index.parts) or said_before > 2:
        return {}
    return dict(zip(places, range(len(places)), strict=True))


def _indent(block: Block) -> int:
    """Return how far a block is indented."""
    return block.marker.indent if block.marker else 0


def _topics(blocks: Sequence[Block], index: PartIndex) -> dict[int, int | None]:
    """Return the blocks that open with a topic that is one part's own."""
    cues: dict[int, int | None] = {}
    for place, block in enumerate(blocks):
        match = _TOPIC.match(block.words) if block.set_off is not Break.SENTENCE else None
        if match and not block.courteous:
            stems = frozenset(tokenise(match["about"] or match["heading"] or match["line"]))
            if (part := index.nearest(stems)) is not None:
                cues[place] = part
    return cues

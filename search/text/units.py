"""Cut a post into the sentences and items that say something, each with what it does."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from search.models import Span
from search.text.asking import asks, stands_alone
from search.text.boilerplate import content_spans
from search.text.clean import clean
from search.text.markers import Marker, find_markers
from search.text.sentences import sentences

_QUOTED = re.compile(r"\s*(?:>|&gt;)")
_STRAY_MARKS = re.compile(r"[?!.\s]+")
_JOINED = re.compile(
    r"(?:,|(?<![,\s]))\s++(?=(?:and|&amp;|&)\s+"
    r"(?:(?:also|in your (?:opinion|experience|view)),?\s+)?"
    r"(?:(?:what|which|how|why|when|where|who)\s+(?:[\w'’]+\s+){0,3}?"
    r"(?:is|are|do|does|did|can|could|should|would|will|to|of)\b|who\s+\w+\s+\w))",
    re.IGNORECASE,
)
_LINE_BREAK = re.compile(r"[\r\n]")
_UNCAPPED = re.compile(
    r"(?<=[^\W\d_]{3}[.])\s+(?=(?:and |but |so |also |or )?(?:(?:is|are|do|does|can|could|would"
    r"|will|should|did|have) (?:you|there|it|we|i|the|this|that|a|any|one)"
    r"|(?:what|which|how|why|when|where) (?:is|are|do|does|to|can|would|should|kind|type))\b)"
)
_FEWEST_WORDS_OF_A_QUESTION = 3
_LONGEST_SENTENCE = 1_000


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence or an item of a post, without greetings and thanks.

    `start` and `end` are offsets of the verbatim text, the item's mark included; `text` is
    cleaned and without the mark; `line` counts the lines that are not blank.
    """

    start: int
    end: int
    text: str
    asks: bool
    line: int
    marker: Marker | None = None

    @property
    def span(self) -> Span:
        """Where it stands in the verbatim text."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, or an item's share of one; `line` counts lines, `quoted` ones start with ">"."""

    start: int
    end: int
    line: int
    quoted: bool
    marker: Marker | None


def split_units(text: str, *, names: frozenset[str]) -> list[Unit]:
    """Return the units of a post in order, without those that only greet or thank."""
    units: list[Unit] = []
    unclaimed: Marker | None = None
    for piece in pieces(text):
        marker = piece.marker or unclaimed
        found = _units_of(text, replace(piece, marker=marker), names)
        unclaimed = None if found else marker
        units += found
    return units


def pieces(text: str) -> Iterator[Piece]:
    """Yield sentences, cut where an item starts, each with its mark."""
    bare: Piece | None = None
    for piece in _with_stray_marks(text, _cut_pieces(text, find_markers(text))):
        if bare and piece.marker is None:
            yield replace(piece, start=bare.start, marker=bare.marker)
            bare = None
            continue
        if bare:
            yield bare
        bare = piece if piece.marker and piece.marker.end >= piece.end else None
        if bare is None:
            yield piece
    if bare:
        yield bare


def _with_stray_marks(text: str, found: Iterable[Piece]) -> Iterator[Piece]:
    """Join to each piece the question marks that stand alone behind it."""
    last: Piece | None = None
    for piece in found:
        if last and _STRAY_MARKS.fullmatch(text, piece.start, piece.end):
            last = replace(last, end=piece.end)
            continue
        if last:
            yield last
        last = piece
    if last:
        yield last


def _cut_pieces(text: str, markers: Sequence[Marker]) -> Iterator[Piece]:
    """Yield sentences, cut where an item starts."""
    marks = {marker.start: marker for marker in markers}
    starts = sorted(marks)
    line, place, previous_end, quoted = 0, 0, 0, False
    for span in sentences(text):
        if previous_end == 0 or _LINE_BREAK.search(text, previous_end, span.start):
            line, quoted = line + 1, _QUOTED.match(text, span.start) is not None
        previous_end = span.end
        cuts = [span.start]
        while place < len(starts) and starts[place] < span.end:
            if starts[place] > span.start:
                cuts.append(starts[place])
            place += 1
        for start, end in zip(cuts, [*cuts[1:], span.end], strict=True):
            yield Piece(start, end, line, quoted, marks.get(start))


def _units_of(text: str, piece: Piece, names: frozenset[str]) -> list[Unit]:
    """Return a piece's units: none where it only greets, two where it asks twice."""
    marker = piece.marker
    own = marker is not None and marker.start >= piece.start
    body = marker.end if marker and own else piece.start
    spans = content_spans(text[body : piece.end].replace("&amp;", ",    "), names=names)
    if not spans:
        return []
    start, end = body + spans[0].start, body + spans[-1].end
    cuts = [start, *_joined_questions(text, start, end), end]
    units = [_unit(text, left, right, piece) for left, right in pairwise(cuts)]
    units[0] = replace(units[0], start=piece.start if own else start, marker=marker)
    return units


def _unit(text: str, start: int, end: int, piece: Piece) -> Unit:
    """Describe a slice of a text; a quoted line asks nothing."""
    stripped = text[start:end].rstrip()
    words = clean(stripped)
    asking = not piece.quoted and asks(words)
    return Unit(start, start + len(stripped), words, asking, piece.line)


def _joined_questions(text: str, start: int, end: int) -> list[int]:
    """Return where a second question starts: "What is X and why does Y …?"."""
    if end - start > _LONGEST_SENTENCE:
        return []
    for match in _JOINED.finditer(text, start, end):
        left, right = clean(text[start : match.start()]), clean(text[match.end() : end])
        long_enough = min(len(left.split()), len(right.split())) > _FEWEST_WORDS_OF_A_QUESTION
        if long_enough and asks(left) and stands_alone(right):
            return [match.end()]
    return [match.end() for match in _UNCAPPED.finditer(text, start, end)]

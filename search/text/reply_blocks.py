"""Cut replies into the blocks that are aligned with the parts of a question."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from search.text.boilerplate import content_spans
from search.text.clean import clean
from search.text.markers import Marker
from search.text.tokens import tokenise
from search.text.units import Piece, pieces

_CLOSING = re.compile(
    r"^\W*(?:and |so |please |but |i )?(?:(?:just )?let me know|feel free|happy to|hope i|hopefully"
    r"|did (?:i|that|this) (?:answer|help)|do(?:es)? (?:that|this|it) (?:answer|help|make sense)"
    r"|didn'?t do justice|\(edited\)|i(?:'m|’m| am) happy to)\b.{0,80}$",
    re.IGNORECASE | re.DOTALL,
)


class Break(IntEnum):
    """How far a block is set off from the one before it."""

    SENTENCE = 0
    LINE = 1
    MESSAGE = 2


@dataclass(frozen=True, slots=True)
class Block:
    """A sentence or an item of a reply; `words` are cleaned and without the item's mark.

    `courteous` ones only greet, thank, praise or offer more help.
    """

    message: int
    start: int
    end: int
    words: str
    stems: frozenset[str]
    set_off: Break
    marker: Marker | None
    quoted: bool
    courteous: bool


def split_blocks(replies: Sequence[str]) -> list[list[Block]]:
    """Return the blocks of each reply; they cover its text but for white space."""
    return [list(_blocks(place, text)) for place, text in enumerate(replies)]


def _blocks(message: int, text: str) -> Iterable[Block]:
    """Yield the blocks of one reply."""
    line = 0
    for piece in pieces(text):
        set_off = Break.LINE if piece.line > line else Break.SENTENCE
        set_off = set_off if line else Break.MESSAGE
        line = piece.line
        yield _block(message, text, piece, set_off)


def _block(message: int, text: str, piece: Piece, set_off: Break) -> Block:
    """Describe one piece of a reply."""
    body = piece.marker.end if piece.marker else piece.start
    words = clean(text[body : piece.end])
    stems = frozenset(tokenise(words))
    if piece.marker and piece.marker.inline and set_off is Break.SENTENCE:
        set_off = Break.LINE
    return Block(
        message,
        piece.start,
        piece.end,
        words,
        stems,
        set_off,
        piece.marker,
        piece.quoted,
        courteous=not content_spans(words) or _CLOSING.match(words) is not None,
    )

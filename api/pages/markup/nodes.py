"""The tree that a post becomes; every leaf knows which characters it stands for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Tag(StrEnum):
    """What an element is, named as in HTML."""

    PARAGRAPH = "p"
    QUOTE = "blockquote"
    BULLETS = "ul"
    NUMBERS = "ol"
    ITEM = "li"
    BLOCK_OF_CODE = "pre"
    CODE = "code"
    STRONG = "strong"
    EMPHASIS = "em"
    STRUCK = "s"
    LINK = "a"
    BREAK = "br"


BLOCKS = frozenset(
    {Tag.PARAGRAPH, Tag.QUOTE, Tag.BULLETS, Tag.NUMBERS, Tag.ITEM, Tag.BLOCK_OF_CODE, Tag.BREAK}
)


@dataclass(frozen=True, slots=True)
class Text:
    """Characters that are shown for `start` up to `end` of the verbatim text."""

    text: str
    start: int
    end: int

    @property
    def exact(self) -> bool:
        """Tell whether each character shown stands for one that was written."""
        return len(self.text) == self.end - self.start


@dataclass(frozen=True, slots=True)
class Element:
    """A part of the text with a meaning; `href` is safe to follow, `number` an item's own."""

    tag: Tag
    children: tuple["Node", ...] = ()
    href: str | None = None
    number: int | None = None


Node = Text | Element


def leaves(nodes: Sequence[Node]) -> Iterator[Text]:
    """Yield what is shown, in order."""
    for node in nodes:
        if isinstance(node, Text):
            yield node
        else:
            yield from leaves(node.children)

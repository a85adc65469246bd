"""Parse a post into paragraphs, quotes, lists and blocks of code."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from api.pages.markup.inline import parse_inline, parse_raw
from api.pages.markup.nodes import Element, Node, Tag, Text

_FENCE = "```"
_LINE = re.compile(r"[^\r\n]*")
_QUOTED = re.compile(r"[ \t]*(?:>|&gt;)+[ \t]?")
_BULLET = re.compile(r"[ \t]*[-*•◦▪‣][ \t]+(?=\S)")
_NUMBER = re.compile(r"[ \t]*(\d{1,2})[.)][ \t]+(?=\S)")
_DEEPEST_QUOTE = 3

_Line = tuple[int, int]


@lru_cache(maxsize=512)
def parse(source: str) -> tuple[Node, ...]:
    """Parse a verbatim text; linear in its length."""
    blocks: list[Node] = []
    for start, end, is_code in _stretches(source):
        if is_code:
            code = Element(Tag.CODE, parse_raw(source, start, end))
            blocks.append(Element(Tag.BLOCK_OF_CODE, (code,)))
        else:
            blocks += _blocks(source, _lines(source, start, end), depth=0)
    return tuple(blocks)


def _stretches(source: str) -> Iterator[tuple[int, int, bool]]:
    """Yield where text and the insides of fences stand; a fence that never closes is text."""
    start = 0
    while (opening := source.find(_FENCE, start)) >= 0:
        inside = opening + len(_FENCE)
        closing = source.find(_FENCE, inside)
        if closing < 0:
            break
        yield start, opening, False
        yield *_trimmed(source, inside, closing), True
        start = closing + len(_FENCE)
    yield start, len(source), False


def _trimmed(source: str, start: int, end: int) -> tuple[int, int]:
    """Leave out line breaks at the ends of a block of code."""
    while start < end and source[start] in "\r\n":
        start += 1
    while end > start and source[end - 1].isspace():
        end -= 1
    return start, end


def _lines(source: str, start: int, end: int) -> list[_Line]:
    """Return where the lines of a stretch stand, without the characters that break them."""
    lines: list[_Line] = []
    for match in _LINE.finditer(source, start, end):
        at_break = match.start() > start and source[match.start() - 1] not in "\r\n"
        if match.end() > match.start() or not at_break:
            lines.append(match.span())
    return lines


def _kind(source: str, line: _Line, depth: int) -> Tag | None:
    """Tell what a line belongs to; None for a blank one."""
    if not source[line[0] : line[1]].strip():
        return None
    if depth < _DEEPEST_QUOTE and _QUOTED.match(source, *line):
        return Tag.QUOTE
    if _BULLET.match(source, *line):
        return Tag.BULLETS
    return Tag.NUMBERS if _NUMBER.match(source, *line) else Tag.PARAGRAPH


def _blocks(source: str, lines: Sequence[_Line], *, depth: int) -> list[Node]:
    """Group lines into blocks."""
    blocks: list[Node] = []
    for kind, group in groupby(lines, key=lambda line: _kind(source, line, depth)):
        if kind is Tag.PARAGRAPH:
            blocks.append(Element(kind, _broken_lines(source, list(group))))
        elif kind is Tag.QUOTE:
            inner = [_without(_QUOTED, source, line) for line in group]
            blocks.append(Element(kind, tuple(_blocks(source, inner, depth=depth + 1))))
        elif kind is not None:
            blocks.append(Element(kind, tuple(_item(source, line) for line in group)))
    return blocks


def _broken_lines(source: str, lines: Sequence[_Line]) -> tuple[Node, ...]:
    """Parse the lines of a paragraph."""
    nodes: list[Node] = []
    for number, line in enumerate(lines):
        if number:
            end = lines[number - 1][1]
            nodes.append(Element(Tag.BREAK, (Text("\n", end, end + 1),)))
        nodes += parse_inline(source, *line)
    return tuple(nodes)


def _item(source: str, line: _Line) -> Element:
    """Parse an item of a list."""
    numbered = _NUMBER.match(source, *line)
    start, end = _without(_NUMBER if numbered else _BULLET, source, line)
    number = int(numbered[1]) if numbered else None
    return Element(Tag.ITEM, parse_inline(source, start, end), number=number)


def _without(mark: re.Pattern[str], source: str, line: _Line) -> _Line:
    """Return a line behind the mark that it starts with."""
    found = mark.match(source, *line)
    return (found.end(), line[1]) if found else line

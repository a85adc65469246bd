"""Parse one line of Slack or Markdown text in time linear in its length.

Whatever is not certainly markup is text: an address with another scheme, a mark without its
partner and an unknown shortcode are shown as they were written.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from api.pages.markup.links import bare_end, safe_href
from api.pages.markup.nodes import Element, Node, Tag, Text
from api.pages.markup.shortcodes import emoji_of

_ENTITY = r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_TOKEN = re.compile(
    r"(?P<code>`[^`\n]+`)"
    r"|(?P<slack><[^<>\n]{1,3000}>)"
    r"|(?P<link>\[[^\[\]\n]{1,500}\]\([^()\s]{1,2000}(?:\([^()\s]{0,500}\)[^()\s]{0,500}){0,9}\))"
    r"|(?P<address>(?<!\w)https?://(?:(?!&[lg]t;)[^\s<>\"]){1,2000})"
    rf"|(?P<entity>{_ENTITY})"
    r"|(?P<emoji>(?<![\w:]):(?P<name>[a-z0-9+][a-z0-9_+'\-]{0,60}):(?::skin-tone-\d:)?(?![\w:]))"
    r"|(?P<mark>\*\*|[*_~])"
)
_ENTITIES = re.compile(_ENTITY)
_MARKS = {
    "**": (Tag.STRONG, re.compile(r"(?<=[^\s*])\*\*(?![\w*])")),
    "*": (Tag.STRONG, re.compile(r"(?<=[^\s*])\*(?![\w*])")),
    "_": (Tag.EMPHASIS, re.compile(r"(?<=[^\s_])_(?!\w)")),
    "~": (Tag.STRUCK, re.compile(r"(?<=[^\s~])~(?![\w~])")),
}
_CONTROLS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
_SHOWN = (
    _CONTROLS | {0x7F: 0x2421} | dict.fromkeys([*range(0x80, 0xA0), *range(0xD800, 0xE000)], 0xFFFD)
)


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where a stretch ends, which marks are open around it and whether it may hold links."""

    end: int
    open_marks: frozenset[str] = frozenset()
    links: bool = True
    unclosed: set[str] = field(default_factory=set)


_Made = tuple[tuple[Node, ...], int]


def visible(text: str) -> str:
    """Return a text with control characters replaced by signs for them, one for one."""
    return text.translate(_SHOWN)


def parse_inline(source: str, start: int, end: int) -> tuple[Node, ...]:
    """Parse the characters `start` up to `end`, which hold no line break."""
    return _parse(source, start, _Scope(end))


def parse_raw(source: str, start: int, end: int) -> tuple[Node, ...]:
    """Read characters in which only entities have a meaning."""
    nodes: list[Node] = []
    for match in _ENTITIES.finditer(source, start, end):
        nodes += _text(source, start, match.start())
        nodes.append(_entity(match))
        start = match.end()
    return (*nodes, *_text(source, start, end))


def _parse(source: str, start: int, scope: _Scope) -> tuple[Node, ...]:
    """Parse a stretch."""
    nodes: list[Node] = []
    position = start
    while match := _TOKEN.search(source, position, scope.end):
        made = _READERS[_kind(match)](source, match, scope)
        if made is None:
            nodes += _text(source, position, match.start() + 1)
            position = match.start() + 1
        else:
            nodes += _text(source, position, match.start())
            nodes += made[0]
            position = made[1]
    return (*nodes, *_text(source, position, scope.end))


def _kind(match: re.Match[str]) -> str:
    """Return the name of the token that was found."""
    return "emoji" if match.lastgroup == "name" else str(match.lastgroup)


def _text(source: str, start: int, end: int) -> tuple[Text, ...]:
    """Return characters as they are; nothing for none."""
    return (Text(visible(source[start:end]), start, end),) if end > start else ()


def _entity(match: re.Match[str]) -> Text:
    """Decode one entity; one that is unknown stays as it is."""
    return Text(visible(html.unescape(match[0])), match.start(), match.end())


def _read_entity(source: str, match: re.Match[str], scope: _Scope) -> _Made | None:
    return (_entity(match),), match.end()


def _read_code(source: str, match: re.Match[str], scope: _Scope) -> _Made | None:
    inner = parse_raw(source, match.start() + 1, match.end() - 1)
    return (Element(Tag.CODE, inner),), match.end()


def _read_emoji(source: str, match: re.Match[str], scope: _Scope) -> _Made | None:
    found = emoji_of(match["name"])
    return None if found is None else ((Text(found, match.start(), match.end()),), match.end())


def _read_slack(source: str, match: re.Match[str], scope: _Scope) -> _Made | None:
    """Read what Slack puts in angle brackets: a link, a channel, a person."""
    bar = source.find("|", match.start(), match.end())
    stop = match.end() - 1
    target = source[match.start() + 1 : bar if bar > 0 else stop]
    label = (bar + 1, stop) if bar > 0 else (match.start() + 1, stop)
    if target[:1] in "@#!" and len(target) > 1:
        shown = source[label[0] : label[1]].lstrip("@#!")
        return (Text(visible(target[0].replace("!", "@") + shown), match.start(), match.end()),), (
            match.end()
        )
    if target.startswith("tel:") and bar > 0:
        return parse_raw(source, *label), match.end()
    return _link(source, target, label, match.end(), scope)


def _read_link(source: str, match: re.Match[str], scope: _Scope) -> _Made | None:
    """Read a link as Markdown writes it."""
    middle = source.index("](", match.start())
    target = source[middle + 2 : match.end() - 1]
    return _link(source, target, (match.start() + 1, middle), match.end(), scope)


def _read_address(source: str, match: re.Match[str], scope: _Scope) -> _Made | None:
    """Read an address in running text."""
    end = bare_end(source, match.start(), match.end())
    return _link(source, source[match.start() : end], (match.start(), end), end, scope)


def _link(
    source: str, target: str, label: tuple[int, int], end: int, scope: _Scope
) -> _Made | None:
    """Return a link with its label, None if the address is not one to follow."""
    href = safe_href(target)
    if href is None or not scope.links:
        return None
    if "://" in source[label[0] : label[1]]:
        return (Element(Tag.LINK, parse_raw(source, *label), href),), end
    inner = _parse(source, label[0], _Scope(label[1], scope.open_marks, links=False))
    return (Element(Tag.LINK, inner, href),), end


def _read_mark(source: str, match: re.Match[str], scope: _Scope) -> _Made | None:
    """Read emphasis, which opens at a word's start and closes at a word's end."""
    mark = match[0]
    tag, closer = _MARKS[mark]
    before = source[match.start() - 1 : match.start()]
    after = source[match.end() : match.end() + 1]
    opens = not (before.isalnum() or before == mark[0] or after.isspace() or after == mark[0])
    if not opens or mark in scope.open_marks or mark in scope.unclosed:
        return None
    close = closer.search(source, match.end() + 1, scope.end)
    if close is None:
        scope.unclosed.add(mark)
        return None
    inside = _Scope(close.start(), scope.open_marks | {mark}, scope.links)
    return (Element(tag, _parse(source, match.end(), inside)),), close.end()


_READERS: dict[str, Callable[[str, re.Match[str], _Scope], _Made | None]] = {
    "code": _read_code,
    "slack": _read_slack,
    "link": _read_link,
    "address": _read_address,
    "entity": _read_entity,
    "emoji": _read_emoji,
    "mark": _read_mark,
}

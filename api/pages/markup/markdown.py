"""A parsed post as Markdown that any renderer shows as the page does, and as plain words."""

import re
from collections.abc import Sequence

from api.pages.markup.nodes import Element, Node, Tag, Text, leaves
from search.models import Span

_SPECIAL = re.compile(r"([\\`*_\[\]~])")
_AROUND = {Tag.STRONG: "**", Tag.EMPHASIS: "_", Tag.STRUCK: "~~"}


def to_markdown(nodes: Sequence[Node]) -> str:
    """Write a parsed post as Markdown."""
    return "\n\n".join(filter(None, map(_block, nodes)))


def to_words(nodes: Sequence[Node], *, window: Span | None = None) -> str:
    """Return what a parsed post says, on one line."""
    return " ".join("".join(_words(nodes, window)).split())


def _words(nodes: Sequence[Node], window: Span | None) -> list[str]:
    """Return the leaves of some nodes that lie in a window, with a space after each block."""
    words: list[str] = []
    for node in nodes:
        if isinstance(node, Element):
            words += [*_words(node.children, window), " " if node.tag in _PARTING else ""]
        elif window is None or (window.start <= node.start and node.end <= window.end):
            words.append(node.text)
        elif node.exact and node.start < window.end and window.start < node.end:
            low, high = max(node.start, window.start), min(node.end, window.end)
            words.append(node.text[low - node.start : high - node.start])
    return words


_PARTING = frozenset(set(Tag) - {Tag.CODE, Tag.STRONG, Tag.EMPHASIS, Tag.STRUCK, Tag.LINK})


def _block(node: Node) -> str:
    """Write a block."""
    if isinstance(node, Text):
        return _escaped(node.text)
    if node.tag is Tag.BLOCK_OF_CODE:
        return f"```\n{_verbatim(node)}\n```"
    if node.tag is Tag.QUOTE:
        return "\n".join(f"> {line}".rstrip() for line in to_markdown(node.children).split("\n"))
    if node.tag in {Tag.BULLETS, Tag.NUMBERS}:
        return "\n".join(map(_block, node.children))
    if node.tag is Tag.ITEM:
        mark = "-" if node.number is None else f"{node.number}."
        return f"{mark} {_inline(node.children)}"
    return _inline(node.children)


def _inline(nodes: Sequence[Node]) -> str:
    """Write what stands in a line."""
    return "".join(map(_piece, nodes))


def _piece(node: Node) -> str:
    """Write one piece of a line."""
    if isinstance(node, Text):
        return _escaped(node.text)
    if node.tag is Tag.BREAK:
        return "  \n"
    if node.tag is Tag.CODE:
        return f"`{_verbatim(node)}`"
    inner = _inline(node.children)
    if node.tag is Tag.LINK:
        return f"[{inner}](<{node.href}>)"
    around = _AROUND.get(node.tag, "")
    return f"{around}{inner}{around}"


def _verbatim(node: Element) -> str:
    """Return the characters of a piece of code."""
    return "".join(leaf.text for leaf in leaves(node.children))


def _escaped(text: str) -> str:
    """Write text so that none of it is markup."""
    escaped = _SPECIAL.sub(r"\\\1", text)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

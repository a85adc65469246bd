"""Read JSON as the nodes that YAML is read as, with line numbers.

What a reader can rely on, beside what `yaml_safe` promises of nodes:

- A number, `true` and `false` are texts as written: `0.10` keeps its nought and an integer of
  a million digits costs nothing. `null` is the empty text, and `ScalarNode.is_null`.
- A repeated key is kept in `MappingNode.repeated`; half a surrogate pair is refused.
- All nodes of a value have the line on which the value starts.
"""

import json
from collections.abc import Iterator

from indexer.sources.characters import Lines, find_forbidden, refusal
from indexer.sources.fields import Report
from indexer.sources.records import BrokenSourceError
from indexer.sources.yaml_safe import (
    MAX_DEPTH,
    MAX_KEYS,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
)

_BLANK = " \t\n\r"


class _Literal(str):
    """A number as written."""

    __slots__ = ()


class _Object(list[tuple[str, object]]):
    """The keys and values of an object in order, repeated ones included."""

    __slots__ = ()


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Object,
    parse_int=_Literal,
    parse_float=_Literal,
    parse_constant=_Literal,
)


def parse(text: str, *, line: int) -> Node:
    """Parse one JSON value that stands on a line of its own.

    Raises:
        BrokenSourceError: If it is not JSON, or JSON of a kind that is refused.
    """
    value, end = _decode(text, _skip_blank(text, 0), line)
    if end < len(text.rstrip(_BLANK)):
        raise BrokenSourceError(line, f"is not JSON at column {end + 1} (Extra data); repair it")
    return _to_node(value, line)


def parse_items(text: str, *, keys: frozenset[str], report: Report) -> Iterator[Node]:
    """Parse the items of a JSON array one by one.

    Args:
        text: The array.
        keys: Which keys of an item that is an object are read; the others may hold anything.
        report: Told of every item that is refused, and of where the text stops being JSON: what
            follows is lost.
    """
    try:
        for value, line in _decode_items(text):
            try:
                yield _to_node(_pick(value, keys), line)
            except BrokenSourceError as exc:
                report.error(exc.line, exc.message)
    except BrokenSourceError as exc:
        report.error(exc.line, f"{exc.message}; what follows is left out")


def _decode_items(text: str) -> Iterator[tuple[object, int]]:
    lines = Lines(text)
    position = _expect(text, _skip_blank(text, 0), "[", lines)
    more = not text.startswith("]", position)
    while more:
        line = lines.at(position)
        value, position = _decode(text, position, line)
        yield value, line
        position = _skip_blank(text, position)
        more = not text.startswith("]", position)
        if more:
            position = _expect(text, position, ",", lines)
    end = _skip_blank(text, position + 1)
    if end < len(text):
        raise BrokenSourceError(lines.at(end), "is no JSON below the end of its list; delete it")


def _decode(text: str, position: int, line: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, position)
    except json.JSONDecodeError as exc:
        line += text.count("\n", position, exc.pos)
        raise BrokenSourceError(
            line, f"is not JSON at column {exc.colno} ({exc.msg}); repair it"
        ) from exc
    except RecursionError as exc:
        raise BrokenSourceError(line, _too_deep()) from exc


def _skip_blank(text: str, position: int) -> int:
    while position < len(text) and text[position] in _BLANK:
        position += 1
    return position


def _expect(text: str, position: int, sign: str, lines: Lines) -> int:
    """Step over a sign and the blanks after it."""
    if not text.startswith(sign, position):
        column = position - text.rfind("\n", 0, position)
        raise BrokenSourceError(
            lines.at(position),
            f"is not JSON at column {column} (Expecting '{sign}' of a list); repair it",
        )
    return _skip_blank(text, position + 1)


def _pick(value: object, keys: frozenset[str]) -> object:
    if isinstance(value, _Object):
        return _Object(pair for pair in value if pair[0] in keys)
    return value


def _to_node(value: object, line: int, depth: int = 0) -> Node:
    if depth > MAX_DEPTH:
        raise BrokenSourceError(line, _too_deep())
    if isinstance(value, _Object):
        return _to_mapping(value, line, depth)
    if isinstance(value, list):
        return SequenceNode(tuple(_to_node(item, line, depth + 1) for item in value), line)
    return _to_scalar(value, line)


def _to_mapping(pairs: _Object, line: int, depth: int) -> MappingNode:
    if len(pairs) > MAX_KEYS:
        raise BrokenSourceError(line, f"has more than {MAX_KEYS:,} keys; split it")
    values: dict[str, Node] = {}
    repeated: list[ScalarNode] = []
    for key, value in pairs:
        if key in values:
            repeated.append(ScalarNode(key, line))
        else:
            values[key] = _to_node(value, line, depth + 1)
    return MappingNode(values, dict.fromkeys(values, line), line, tuple(repeated))


def _to_scalar(value: object, line: int) -> ScalarNode:
    if value is None:
        return ScalarNode("", line, plain=True)
    if isinstance(value, bool):
        return ScalarNode(str(value).lower(), line, plain=True)
    text = str(value)
    position = find_forbidden(text)
    if position is not None:
        raise BrokenSourceError(line, refusal(text[position]))
    return ScalarNode(text, line, plain=isinstance(value, _Literal))


def _too_deep() -> str:
    return f"is nested more than {MAX_DEPTH} deep; flatten it"

"""Read YAML as text with line numbers, and refuse all of it that can hurt.

The only module that imports yaml. The nodes are built from libyaml's stream of events, so
that nothing here or in C recurses over the input: `[` a hundred thousand times, which kills a
process that calls `yaml.load`, is refused at the 33rd. What a reader can rely on:

- A scalar is the text as written. `no`, `12:30:45`, `0123`, `<<`, `=` and `~` stay text, and
  a value that is left out is the empty text. Whether `~` or `null` mean "nothing" is up to
  whoever wanted a list there: see `ScalarNode.is_null`.
- Anchors, aliases and tags are refused; a merge key is a key like any other.
- A repeated key is kept in `MappingNode.repeated`, for the record's reader to refuse.
- Characters that YAML forbids, escaped NULs included, are refused with their line.
- Lines are counted by line feeds, as editors do; to libyaml, U+0085, U+2028 and U+2029 end a
  line as well.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import yaml

from indexer.sources.characters import Lines, find_forbidden, refusal
from indexer.sources.printing import escape, quote
from indexer.sources.records import BrokenSourceError

MAX_DEPTH = 32
MAX_KEYS = 1_000
MAX_NODES = 250_000

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """One value as written; `plain` says that it stood without quotes or block sign."""

    text: str
    line: int
    plain: bool = False

    @property
    def is_null(self) -> bool:
        """Tell whether YAML would read the value as nothing."""
        return self.plain and self.text in _NULLS


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """A list of nodes."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True, slots=True)
class MappingNode:
    """Keys and values; `keys` has the line of each key.

    `repeated` are the keys that came again; `values` and `keys` hold their first occurrence.
    """

    values: Mapping[str, "Node"]
    keys: Mapping[str, int]
    line: int
    repeated: tuple[ScalarNode, ...] = ()


Node = ScalarNode | SequenceNode | MappingNode


def parse(text: str, *, first_line: int = 1) -> Node:
    """Parse one YAML document.

    Args:
        text: The document.
        first_line: The line of the file on which it starts.

    Returns:
        The root; the empty text where there is no document.

    Raises:
        BrokenSourceError: If it is not YAML, or YAML of a kind that is refused.
    """
    lines = Lines(text, first_line)
    _refuse_forbidden_characters(text, lines)
    builder = _Builder(lines)
    try:
        for event in yaml.parse(text, Loader=yaml.CBaseLoader):
            builder.accept(event)
    except yaml.MarkedYAMLError as exc:
        raise _translate(exc, lines) from exc
    except (yaml.YAMLError, UnicodeError) as exc:
        raise BrokenSourceError(first_line, f"is not YAML ({escape(str(exc))}); repair it") from exc
    return builder.root


def _refuse_forbidden_characters(text: str, lines: Lines) -> None:
    position = find_forbidden(text)
    if position is not None:
        raise BrokenSourceError(lines.at(position), refusal(text[position]))


def _translate(exc: yaml.MarkedYAMLError, lines: Lines) -> BrokenSourceError:
    mark = exc.problem_mark or exc.context_mark
    return BrokenSourceError(
        lines.at(mark.index if mark else 0),
        f"is not YAML at column {mark.column + 1 if mark else 1} ({exc.problem}); check the "
        "indentation and put a text that starts with a sign or holds `: ` or ` #` in quotes",
    )


class _OpenSequence:
    """A list whose end has not been met."""

    def __init__(self, line: int) -> None:
        self.line = line
        self._items: list[Node] = []

    def add(self, node: Node) -> None:
        self._items.append(node)

    def close(self) -> Node:
        return SequenceNode(tuple(self._items), self.line)


class _OpenMapping:
    """A mapping whose end has not been met; nodes come as key, value, key, value."""

    def __init__(self, line: int) -> None:
        self.line = line
        self._key: ScalarNode | None = None
        self._values: dict[str, Node] = {}
        self._keys: dict[str, int] = {}
        self._repeated: list[ScalarNode] = []

    def add(self, node: Node) -> None:
        if self._key is None:
            self._key = self._as_key(node)
            return
        if self._key.text in self._values:
            self._repeated.append(self._key)
        else:
            self._keys[self._key.text] = self._key.line
            self._values[self._key.text] = node
        self._key = None

    def _as_key(self, node: Node) -> ScalarNode:
        if not isinstance(node, ScalarNode):
            advice = "put a text that starts with `{` or `[` in quotes"
            raise BrokenSourceError(node.line, f"a list or mapping is used as a key; {advice}")
        if len(self._keys) == MAX_KEYS:
            raise BrokenSourceError(node.line, f"has more than {MAX_KEYS:,} keys; split it")
        return node

    def close(self) -> Node:
        return MappingNode(self._values, self._keys, self.line, tuple(self._repeated))


class _Builder:
    """Builds nodes from events with a stack of its own."""

    def __init__(self, lines: Lines) -> None:
        self.root: Node = ScalarNode("", lines.at(0), plain=True)
        self._lines = lines
        self._open: list[_OpenSequence | _OpenMapping] = []
        self._n_nodes = 0
        self._n_documents = 0

    def accept(self, event: yaml.Event) -> None:
        step = _STEPS.get(type(event))
        if step:
            step(self, event)

    def start_document(self, event: yaml.DocumentStartEvent) -> None:
        self._n_documents += 1
        if self._n_documents > 1:
            raise BrokenSourceError(
                self._line(event), "a second document starts here; keep one to a file"
            )

    def refuse_alias(self, event: yaml.AliasEvent) -> None:
        alias = quote(f"*{event.anchor}")
        advice = "put a text that starts with `*` in quotes"
        raise BrokenSourceError(self._line(event), f"alias {alias} is not allowed; {advice}")

    def add_scalar(self, event: yaml.ScalarEvent) -> None:
        line = self._admit(event)
        if "\0" in event.value:
            raise BrokenSourceError(line, "character U+0000 is not allowed; delete the `\\0`")
        self._attach(ScalarNode(event.value, line, plain=not event.style))

    def open_sequence(self, event: yaml.SequenceStartEvent) -> None:
        self._push(_OpenSequence(self._admit(event)))

    def open_mapping(self, event: yaml.MappingStartEvent) -> None:
        self._push(_OpenMapping(self._admit(event)))

    def close(self, event: yaml.CollectionEndEvent) -> None:
        self._attach(self._open.pop().close())

    def _line(self, event: yaml.Event) -> int:
        return self._lines.at(event.start_mark.index if event.start_mark else 0)

    def _admit(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> int:
        """Refuse what no archive needs; give the line of what is admitted."""
        line = self._line(event)
        if event.anchor:
            advice = "put a text that starts with `&` in quotes"
            raise BrokenSourceError(
                line, f"anchor {quote(f'&{event.anchor}')} is not allowed; {advice}"
            )
        if event.tag:
            advice = "put a text that starts with `!` in quotes"
            raise BrokenSourceError(line, f"tag {quote(event.tag)} is not allowed; {advice}")
        self._n_nodes += 1
        if self._n_nodes > MAX_NODES:
            raise BrokenSourceError(line, f"has more than {MAX_NODES:,} values; split the file")
        return line

    def _push(self, container: _OpenSequence | _OpenMapping) -> None:
        if len(self._open) == MAX_DEPTH:
            raise BrokenSourceError(
                container.line, f"is nested more than {MAX_DEPTH} deep; flatten it"
            )
        self._open.append(container)

    def _attach(self, node: Node) -> None:
        if self._open:
            self._open[-1].add(node)
        else:
            self.root = node


_STEPS: Mapping[type, Callable[..., None]] = {
    yaml.DocumentStartEvent: _Builder.start_document,
    yaml.AliasEvent: _Builder.refuse_alias,
    yaml.ScalarEvent: _Builder.add_scalar,
    yaml.SequenceStartEvent: _Builder.open_sequence,
    yaml.MappingStartEvent: _Builder.open_mapping,
    yaml.SequenceEndEvent: _Builder.close,
    yaml.MappingEndEvent: _Builder.close,
}

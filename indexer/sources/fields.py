"""Take typed fields out of YAML records, and collect what is wrong with them."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from indexer.sources.printing import quote
from indexer.sources.records import BrokenSourceError, Complaint, Severity
from indexer.sources.yaml_safe import MappingNode, Node, ScalarNode, SequenceNode

_T = TypeVar("_T")


class Report:
    """Everything that is wrong with one file."""

    def __init__(self, path: Path) -> None:
        """Start without complaints about the file at `path`."""
        self._path = path
        self._complaints: list[Complaint] = []

    @property
    def complaints(self) -> tuple[Complaint, ...]:
        """The complaints so far, in the order of their lines."""
        return tuple(sorted(self._complaints, key=lambda complaint: complaint.line))

    def error(self, line: int, message: str) -> None:
        """Complain about something that is lost."""
        self._complaints.append(Complaint(self._path, line, message))

    def notice(self, line: int, message: str) -> None:
        """Complain about something that does no harm."""
        self._complaints.append(Complaint(self._path, line, message, Severity.NOTICE))


class Fields:
    """The fields of one record; one of a wrong type is an error and counts as absent."""

    def __init__(self, node: Node, label: str, report: Report) -> None:
        """Open the record that complaints call `label`.

        Raises:
            BrokenSourceError: If it is not a mapping or has a key twice.
        """
        if not isinstance(node, MappingNode):
            raise BrokenSourceError(node.line, f"{label} is no mapping; write `key: value` lines")
        for key in node.repeated:
            first = node.keys[key.text]
            raise BrokenSourceError(
                key.line,
                f"{label} has {quote(key.text)} twice, first on line {first}; delete one",
            )
        self._node = node
        self._label = label
        self._report = report

    @property
    def line(self) -> int:
        """The line on which the record starts."""
        return self._node.line

    def line_of(self, key: str) -> int:
        """The line of a key, or of the record where it is absent."""
        return self._node.keys.get(key, self.line)

    def text(self, key: str) -> str | None:
        """Get a text as written; None where the key is absent."""
        node = self._node.values.get(key)
        if isinstance(node, ScalarNode):
            return node.text
        if node is not None:
            self._report.error(self.line_of(key), self._wrong_type(key, "a text"))
        return None

    def given_text(self, key: str) -> str:
        """Get a text as written that must be there.

        Raises:
            BrokenSourceError: If the key is absent or its value is no text.
        """
        node = self._node.values.get(key)
        if node is None:
            raise BrokenSourceError(self.line, f"{self._label} has no `{key}`; add it")
        if not isinstance(node, ScalarNode):
            raise BrokenSourceError(self.line_of(key), self._wrong_type(key, "a text"))
        return node.text

    def filled_text(self, key: str) -> str:
        """Get a text as written that must be there and not blank.

        Raises:
            BrokenSourceError: If the key is absent or its value is no text or blank.
        """
        text = self.given_text(key)
        if not text.strip():
            raise BrokenSourceError(
                self.line_of(key), f"`{key}` of {self._label} is empty; fill it in"
            )
        return text

    def text_or(self, key: str, default: str) -> str:
        """Get a text that should be there, or the default and an error."""
        try:
            return self.filled_text(key)
        except BrokenSourceError as exc:
            self._report.error(exc.line, exc.message)
            return default

    def is_empty(self, key: str) -> bool:
        """Tell whether a list is absent, null or without items."""
        node = self._node.values.get(key)
        if isinstance(node, ScalarNode):
            return node.is_null
        return node is None or node == SequenceNode((), node.line)

    def items(self, key: str) -> tuple[Node, ...]:
        """Get the items of a list; none where the key is absent or its value is null."""
        node = self._node.values.get(key)
        if isinstance(node, SequenceNode):
            return node.items
        if not self.is_empty(key):
            self._report.error(self.line_of(key), self._wrong_type(key, "a list"))
        return ()

    def inner(self, key: str) -> "Fields":
        """Get the fields of a record within; none where it is absent or null.

        Raises:
            BrokenSourceError: If the record within has a key twice.
        """
        node = self._node.values.get(key)
        if not isinstance(node, MappingNode):
            if not self.is_empty(key):
                self._report.error(self.line_of(key), self._wrong_type(key, "a mapping"))
            node = MappingNode({}, {}, self.line_of(key))
        return Fields(node, f"`{key}` of {self._label}", self._report)

    def warn_unknown(self, known: frozenset[str]) -> None:
        """Give notice of keys that nothing reads."""
        for key, line in self._node.keys.items():
            if key not in known:
                self._report.notice(line, f"{self._label} has an unknown key {quote(key)}; ignored")

    def _wrong_type(self, key: str, wanted: str) -> str:
        return f"`{key}` of {self._label} is not {wanted}; write {wanted}"


def read_each(
    nodes: Iterable[Node], read: Callable[[int, Node], _T], report: Report
) -> Iterator[_T]:
    """Read the records of a list; a broken one is reported once and left out."""
    for index, node in enumerate(nodes):
        try:
            yield read(index, node)
        except BrokenSourceError as exc:
            report.error(exc.line, exc.message)

"""Read the lists of a post: which items it has, how they are nested, whether they ask."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from search.text.asking import announces, continues, requests
from search.text.markers import Marker
from search.text.units import Unit


class _Kind(StrEnum):
    NUMBER = "number"
    LETTER = "letter"
    ROMAN = "roman"
    BULLET = "bullet"


_ROMAN = re.compile(r"[ivx]+\Z")


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list: its sentences, its full number, the place of the item it belongs to."""

    units: tuple[Unit, ...]
    label: str | None
    parent: int | None

    @property
    def asks(self) -> bool:
        """Whether any of its sentences asks."""
        return any(unit.asks for unit in self.units)


@dataclass(frozen=True, slots=True)
class Outline:
    """A post in three: what stands before its list, the list, what follows it."""

    lead: tuple[Unit, ...]
    items: tuple[Item, ...]
    rest: tuple[Unit, ...]


def outline(units: Sequence[Unit]) -> Outline:
    """Find the list of questions in a post; a list that asks nothing is running text."""
    marked = [place for place, unit in enumerate(units) if unit.marker]
    if not marked:
        return Outline((), (), tuple(units))
    end = _list_end(units, marked[-1]) if len(marked) > 1 else len(units)
    bounds = [*marked, end]
    groups = [tuple(units[bounds[i] : bounds[i + 1]]) for i in range(len(marked))]
    lead, items = tuple(units[: marked[0]]), _nested(groups)
    if not (any(item.asks for item in items) or invites(lead)):
        return Outline((), (), tuple(units))
    return Outline(lead, tuple(items), tuple(units[end:]))


def invites(lead: Sequence[Unit]) -> bool:
    """Tell whether a lead-in makes its items questions: "What is meant by:"."""
    if not lead or not lead[-1].text.rstrip("*_ ").endswith((":", "...", "…")):
        return False
    return announces(lead[-1].text) or requests(lead[-1].text)


def _list_end(units: Sequence[Unit], last: int) -> int:
    """Return the place at which the last item ends.

    An unmarked line that asks something new after an item that asked, or after a list in which
    nothing was asked, is no longer part of the item.
    """
    asked = [unit for unit in units[last:] if unit.line == units[last].line and unit.asks]
    others = any(unit.asks for unit in units[:last])
    for place in range(last + 1, len(units)):
        unit = units[place]
        if unit.line == units[last].line or not unit.asks:
            continue
        if not asked and others:
            asked.append(unit)
        elif not asked or not continues(asked[-1].text, unit.text, new_line=True):
            return _statements_before(units, last, place)
    return len(units)


def _statements_before(units: Sequence[Unit], last: int, place: int) -> int:
    """Return where the lines begin that lead to a question behind a list."""
    line = units[last].line
    while place - 1 > last and not units[place - 1].asks and units[place - 1].line > line:
        place -= 1
    return place


def _nested(groups: Sequence[tuple[Unit, ...]]) -> list[Item]:
    """Give each item its parent and its full number."""
    items: list[Item] = []
    open_items: list[tuple[_Kind, int, int]] = []
    for place, group in enumerate(groups):
        marker = group[0].marker
        if marker is None:
            raise ValueError(f"item {place} has no mark")
        kind = _kind(marker)
        _close(open_items, kind, marker.indent)
        parent = open_items[-1][2] if open_items else None
        open_items.append((kind, marker.indent, place))
        items.append(Item(group, _label(marker, None if parent is None else items[parent]), parent))
    return items


def _kind(marker: Marker) -> _Kind:
    """Return how an item is numbered."""
    if marker.label is None:
        return _Kind.BULLET
    if marker.label[0].isdigit():
        return _Kind.NUMBER
    return _Kind.ROMAN if _ROMAN.match(marker.label) else _Kind.LETTER


def _close(open_items: list[tuple[_Kind, int, int]], kind: _Kind, indent: int) -> None:
    """Close the items that the next one does not stand inside.

    A number at the same depth or further out closes everything, also a list of bullets around it.
    """
    while open_items and open_items[-1][1] > indent:
        open_items.pop()
    places = [
        place
        for place, (other, other_indent, _) in enumerate(open_items)
        if other == kind and (other_indent == indent or kind is not _Kind.BULLET)
    ]
    if places:
        del open_items[places[-1] :]


def _label(marker: Marker, parent: Item | None) -> str | None:
    """Return an item's number behind the numbers of the items around it."""
    own = (marker.label or "").replace(".", "")
    above = (parent.label or "") if parent else ""
    return (own if own[:1].isdigit() else above + own) or None

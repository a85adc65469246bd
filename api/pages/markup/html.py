"""A parsed post as HTML: the only place where markup of a post is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

from api.pages.markup.nodes import BLOCKS, Element, Node, Tag, Text, leaves
from search.models import Span

_SPACE = Markup(" ")


@dataclass(frozen=True, slots=True)
class Note:
    """A number that is set before a character of a post, and where it leads.

    It stands in place of what is written from `start` to `end`, the post's own number, and of the
    number of a list's item if that is the same.
    """

    start: int
    number: int
    label: str
    anchor: str | None = None
    href: str | None = None
    end: int = 0


@dataclass(frozen=True, slots=True)
class _Writer:
    """What is marked, what is left out, and whether only a line without links is wanted."""

    marks: tuple[Span, ...]
    window: Span | None
    inline: bool
    notes: Mapping[int, Sequence[Note]]

    def nodes(self, nodes: Sequence[Node]) -> Markup:
        """Write several nodes."""
        return Markup("").join(map(self.node, nodes))

    def node(self, node: Node) -> Markup:
        """Write one node; nothing where all of it is left out."""
        if isinstance(node, Text):
            return Markup("").join(self._pieces(node))
        inner = self.nodes(node.children)
        if not inner:
            return inner
        if node.tag is Tag.BREAK:
            return _SPACE if self.inline else Markup("<br>")
        if self.inline and (node.tag in BLOCKS or node.tag is Tag.LINK):
            return inner + (_SPACE if node.tag in BLOCKS else "")
        return Markup("<{tag}{attributes}>{inner}</{tag}>").format(
            tag=node.tag.value, attributes=self._attributes(node), inner=inner
        )

    def _attributes(self, node: Element) -> Markup:
        """Write an element's attributes."""
        if node.tag is Tag.LINK:
            return Markup(' href="{}" rel="nofollow noopener"').format(node.href)
        if node.number is None:
            return Markup("")
        first = next(leaves(node.children), None)
        notes = self.notes.get(first.start, ()) if first else ()
        same = any(each.number == node.number for each in notes)
        return Markup(' value="{}"{}').format(
            node.number, Markup(' class="renumbered"') if same else ""
        )

    def _pieces(self, node: Text) -> Iterator[Markup]:
        """Write a leaf, cut where a mark or the window begins or ends."""
        for start, end in self._cuts(node):
            text = node.text[start - node.start : end - node.start] if node.exact else node.text
            marked = any(span.start < end and start < span.end for span in self.marks)
            yield from map(_written, self.notes.get(start, ()))
            if not (node.exact and self._is_replaced(start)):
                yield Markup("<mark>{}</mark>").format(text) if marked else escape(text)

    def _is_replaced(self, start: int) -> bool:
        """Tell whether a number stands in place of what is written at a character."""
        return any(place <= start < each.end for place, some in self.notes.items() for each in some)

    def _cuts(self, node: Text) -> Iterator[tuple[int, int]]:
        """Yield the stretches of a leaf that are wholly marked or wholly not."""
        low, high = node.start, node.end
        if self.window is not None:
            low, high = max(low, self.window.start), min(high, self.window.end)
        if low >= high:
            return
        if not node.exact:
            yield node.start, node.end
            return
        edges = {edge for span in self.marks for edge in (span.start, span.end)} | {*self.notes}
        edges |= {each.end for some in self.notes.values() for each in some}
        stops = [low, *sorted(edge for edge in edges if low < edge < high), high]
        yield from pairwise(stops)


def _placed(nodes: Sequence[Node], notes: Sequence[Note]) -> dict[int, list[Note]]:
    """Return what to write before which characters: those of notes that are shown at all."""
    shown = list(leaves(nodes))
    placed: dict[int, list[Note]] = {}
    for note in notes:
        leaf = next((each for each in shown if each.end > note.start), None)
        if leaf is not None:
            start = max(leaf.start, note.start) if leaf.exact else leaf.start
            placed.setdefault(start, []).append(note)
    return placed


def _written(note: Note) -> Markup:
    """Write a note."""
    anchor = Markup(' id="{}"').format(note.anchor) if note.anchor else Markup("")
    tag = Markup(' href="{}"').format(note.href) if note.href else Markup(' role="img"')
    return Markup(
        '<{name} class="part-no"{anchor}{tag} aria-label="{label}">{number}</{name}>'
        '<span class="unseen">. </span>'
    ).format(
        name="a" if note.href else "span",
        anchor=anchor,
        tag=tag,
        label=note.label,
        number=note.number,
    )


def to_html(
    nodes: Sequence[Node],
    *,
    marks: Sequence[Span] = (),
    window: Span | None = None,
    inline: bool = False,
    notes: Sequence[Note] = (),
) -> Markup:
    """Write a parsed post as HTML.

    Args:
        nodes: What `parse` returned.
        marks: Which characters of the verbatim text to mark.
        window: Which of them to show; None for all.
        inline: Whether to write one line without blocks and links, as a heading needs it.
        notes: Numbers to set before characters.
    """
    return _Writer(tuple(marks), window, inline, _placed(nodes, notes)).nodes(nodes).strip()

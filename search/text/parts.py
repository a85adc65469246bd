"""Split a post into the distinct questions that it asks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from search.models import Span
from search.text.asking import (
    announces,
    continues,
    counts_on,
    opens_topic,
    refers_back,
    stands_alone,
    stays_on_topic,
)
from search.text.introductions import introduces
from search.text.outline import Item, Outline, invites, outline
from search.text.units import Unit, split_units

MOST_CONTEXT_CHARS = 400
MOST_OWN_CHARS = 1_200
_FEWEST_WORDS_OF_A_STATEMENT = 5
_FEWEST_STATEMENTS_OF_A_TOPIC = 3


@dataclass(frozen=True, slots=True)
class QuestionPart:
    """One of the questions asked in a post.

    `span` is where it stands in the verbatim text, `context` the sentences elsewhere in the post
    that it needs to be understood. `text` is cleaned; the context is carried along where the part
    does not stand on its own. `label` is its number as written, with the numbers that it is
    nested in: "2", "1a".
    """

    span: Span
    context: tuple[Span, ...]
    text: str
    label: str | None


@dataclass(frozen=True, slots=True)
class _Draft:
    """A part before its context is known."""

    units: tuple[Unit, ...]
    context: tuple[Unit, ...] = ()
    label: str | None = None


def split_parts(text: str, *, names: frozenset[str] = frozenset()) -> tuple[QuestionPart, ...]:
    """Split a post into the distinct questions that it asks.

    Follow-on clauses of the same need ("Why?", "If so, how?") stay with their part, and so do the
    statements that lead to a question; those that several questions share become their context.
    Runs in time linear in the length of the text.

    Args:
        text: A post, verbatim.
        names: Words of the names of those who may be addressed, from `name_words`.

    Returns:
        In the order of the text, without overlap; empty where the post asks nothing.
    """
    plan = outline(split_units(text, names=names))
    drafts = [*_lead_parts(plan), *_item_parts(plan), *_run_parts(plan.rest)]
    return tuple(
        _part(draft, drafts[place - 1] if place else None) for place, draft in enumerate(drafts)
    )


def _lead_parts(plan: Outline) -> list[_Draft]:
    """Return what is asked before a list, but for the sentence that introduces it."""
    if not any("?" in unit.text for unit in plan.lead if unit.asks):
        return []
    lead = plan.lead[:-1] if plan.lead[-1].text.endswith(":") else plan.lead
    return _run_parts(lead)


def _item_parts(plan: Outline) -> list[_Draft]:
    """Return the questions of a list."""
    said = [unit for unit in plan.lead if not unit.asks or "?" not in unit.text]
    background = _nearest(said, MOST_CONTEXT_CHARS)
    if len(plan.items) == 1:
        return _single_item(plan.items[0], background)
    heads, wanted = _heads(plan.items), _items_that_count(plan)
    drafts: list[_Draft] = []
    for place, item in enumerate(plan.items):
        if place in wanted:
            headers = _headers(plan.items, item)
            drafts.append(_Draft(item.units, (*background, *headers), item.label))
        elif drafts and place not in heads:
            drafts[-1] = replace(drafts[-1], units=(*drafts[-1].units, *item.units))
    return drafts


def _single_item(item: Item, background: tuple[Unit, ...]) -> list[_Draft]:
    """Return the questions of a lone item, which is running text behind a mark."""
    return [
        replace(draft, label=item.label, context=(*background, *draft.context))
        for draft in _run_parts(item.units)
    ]


def _items_that_count(plan: Outline) -> set[int]:
    """Return the places of the items that are parts of their own.

    An item that asks counts. One that does not counts where most items beside it do, or where the
    list was announced, unless it only heads a list of questions.
    """
    asking = {place for place, item in enumerate(plan.items) if item.asks}
    siblings = Counter(item.parent for item in plan.items)
    asked = Counter(plan.items[place].parent for place in asking)
    invited = invites(plan.lead)
    beside = {
        place
        for place, item in enumerate(plan.items)
        if 2 * asked[item.parent] >= siblings[item.parent] or (invited and item.parent is None)
    }
    return asking | (beside - _heads(plan.items))


def _heads(items: Sequence[Item]) -> set[int]:
    """Return the places of the items that head others that ask, at any depth."""
    heads: set[int] = set()
    for place in range(len(items) - 1, -1, -1):
        parent = items[place].parent
        if parent is not None and (items[place].asks or place in heads):
            heads.add(parent)
    return heads


def _headers(items: Sequence[Item], item: Item) -> tuple[Unit, ...]:
    """Return the sentences of the items that one is nested in, outermost first."""
    headers: list[Unit] = []
    while item.parent is not None:
        item = items[item.parent]
        headers = [*item.units, *headers]
    return tuple(headers)


def _run_parts(units: Sequence[Unit]) -> list[_Draft]:
    """Return the questions of running text, each with the statements that lead to it."""
    groups: list[list[Unit]] = []
    waiting: list[Unit] = []
    for unit in units:
        if not unit.asks:
            waiting.append(unit)
            continue
        same = bool(groups) and _same_need(groups[-1], waiting, unit)
        kept = len(waiting) if same else _kept(groups, waiting, unit)
        if kept and not groups:
            groups.append([])
        if kept:
            groups[-1] += waiting[:kept]
        if same:
            groups[-1].append(unit)
        else:
            groups.append([*waiting[kept:], unit])
        waiting = []
    if groups:
        groups[-1] += waiting
    return _without_shared([_without_preamble(group) for group in groups])


def _same_need(group: Sequence[Unit], waiting: Sequence[Unit], unit: Unit) -> bool:
    """Tell whether a sentence that asks goes on with the question before it."""
    if any(opens_topic(statement.text) for statement in waiting):
        return False
    if len(waiting) >= _FEWEST_STATEMENTS_OF_A_TOPIC:
        return False
    question = next((member for member in reversed(group) if member.asks), group[-1])
    return continues(question.text, unit.text, new_line=unit.line != group[-1].line)


def _kept(groups: Sequence[Sequence[Unit]], waiting: Sequence[Unit], unit: Unit) -> int:
    """Return how many statements before a question belong to the one before them.

    Those that explain it, and those on its line where the next question starts another line. All
    of them where the question is "the second": the first one was put as a statement.
    """
    if not groups:
        return len(waiting) if counts_on(unit.text) else 0
    kept = 0
    for place, statement in enumerate(waiting, start=1):
        same_line = statement.line == groups[-1][-1].line != unit.line
        if same_line or (stays_on_topic(statement.text) and kept == place - 1):
            kept = place
    return kept


def _without_preamble(group: Sequence[Unit]) -> list[Unit]:
    """Leave out leading statements that only announce a question."""
    place = 0
    while place < len(group) - 1 and not group[place].asks and _is_preamble(group[place]):
        place += 1
    return list(group[place:])


def _is_preamble(unit: Unit) -> bool:
    """Tell whether a statement says nothing of what is asked."""
    few = len(unit.text.split()) < _FEWEST_WORDS_OF_A_STATEMENT and not unit.text.endswith(":")
    return unit.marker is None and (few or announces(unit.text) or introduces(unit.text))


def _without_shared(groups: Sequence[Sequence[Unit]]) -> list[_Draft]:
    """Take out of the first question the statements that others need too."""
    if not groups:
        return []
    first = groups[0]
    lead = next((place for place, unit in enumerate(first) if unit.asks), 0)
    shared = tuple(first[:lead]) if len(groups) > 1 and groups[1][0].asks else ()
    keeps = not shared or refers_back(first[lead].text)
    opening = _Draft(tuple(first)) if keeps else _Draft(tuple(first[lead:]), shared)
    return [opening, *(_Draft(tuple(group), shared) for group in groups[1:])]


def _part(draft: _Draft, previous: _Draft | None) -> QuestionPart:
    """Make a part self-contained."""
    context = _nearest(draft.context, MOST_CONTEXT_CHARS)
    if not context and previous and not stands_alone(draft.units[0].text):
        context = _nearest([unit for unit in previous.units if unit.asks], MOST_CONTEXT_CHARS)
    carried = context if refers_back(draft.units[0].text) else ()
    return QuestionPart(
        span=Span(draft.units[0].start, draft.units[-1].end),
        context=tuple(unit.span for unit in context),
        text="\n".join(unit.text for unit in (*carried, *_nearest(draft.units, MOST_OWN_CHARS))),
        label=draft.label,
    )


def _nearest(units: Sequence[Unit], most_chars: int) -> tuple[Unit, ...]:
    """Return the last sentences that fit into a length."""
    kept: list[Unit] = []
    for unit in reversed(units):
        most_chars -= len(unit.text)
        if most_chars < 0 and kept:
            break
        kept.append(unit)
    return tuple(reversed(kept))

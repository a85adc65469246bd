"""What `answers check` and `answers audit` print."""

import sys
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from api.batch import Checked
from api.check_outcome import lead_of, outcome_of
from api.console import answer_line, brief, console, later_line
from api.output import print_json
from search.results import (
    CheckedPart,
    CheckResult,
    Hit,
    Proposal,
)
from search.text.display import display, printable

_PROPOSED = {"duplicate": "asked twice", "answered_elsewhere": "open, but answered elsewhere"}
_APART = "answered in a post of its own, which the index joins"


def print_check(result: CheckResult, *, as_json: bool) -> None:
    """Print what the archive has of a post."""
    if as_json:
        print_json(result)
        return
    out = console()
    for warning in result.warnings:
        print(f"warning: {printable(warning)}", file=sys.stderr)
    headline, advice = outcome_of(result)
    out.print(Text.assemble((f"{headline}. ", "bold"), f"{advice}\n"))
    for number, part in enumerate(result.parts, start=1):
        _print_part(out, number, part)
    if result.draft:
        out.print(Text("Still to ask:", style="bold"))
        out.print(Text(display(result.draft)))


def _print_part(out: Console, number: int, part: CheckedPart) -> None:
    """Print one question, the thread that its verdict speaks of, and others that are near it."""
    chance = part.probability
    sure = "" if chance is None else f" (chance that a thread answers it {chance:.2f})"
    out.print(Text.assemble((f"{number}. {part.verdict.value}{sure} ", "bold"), brief(part.text)))
    lead = lead_of(part)
    if lead is not None:
        for hit in (lead, *(hit for hit in part.hits if hit is not lead)):
            _print_hit(out, hit)
    out.print()


def _print_hit(out: Console, hit: Hit) -> None:
    """Print a thread with the words that answer."""
    sure = "" if hit.probability is None else f" {hit.probability:.2f}"
    title = printable(hit.collection.title)
    is_answer = hit.answer is not None and hit.answer.text == hit.question.text
    asked = "" if is_answer else f": {brief(hit.question.text)}"
    out.print(Text.assemble((f"   {title}{sure}", "cyan"), asked))
    if hit.follow_up is not None:
        out.print(later_line(hit.follow_up))
    if hit.answer is not None:
        out.print(answer_line(hit.answer))
    out.print(Text(f"   thread {hit.thread_id}  {hit.url or ''}", style="dim"))


def print_batch(checked: Sequence[Checked], *, as_json: bool) -> None:
    """Print a line for each row of a batch; problems go to standard error."""
    for each in checked:
        if each.problem:
            print(f"line {each.line}: {printable(each.problem)}", file=sys.stderr)
    if as_json:
        print_json(checked)
        return
    out = console()
    for each in checked:
        if each.result is not None:
            again = f" (asks the same as line {each.repeats})" if each.repeats else ""
            out.print(Text(f"{each.line}: {each.result.verdict.value}{again}  {brief(each.text)}"))
    counts = Counter(each.result.verdict.value if each.result else "bad" for each in checked)
    out.print(Text(", ".join(f"{count} {name}" for name, count in sorted(counts.items()))))


def print_proposals(
    proposals: Sequence[Proposal], *, warnings: Sequence[str], as_json: bool
) -> None:
    """Print pairs of threads that seem to be about the same need; warnings to standard error."""
    for warning in warnings:
        print(f"warning: {printable(warning)}", file=sys.stderr)
    if as_json:
        print_json(proposals)
        return
    out = console()
    for number, each in enumerate(proposals, start=1):
        what = _PROPOSED[each.kind] if each.reason is None else _APART
        head = f"{number}. {what} ({each.probability:.2f}): "
        out.print(Text.assemble((head, "bold"), brief(each.question)))
        out.print(Text(f"   thread {each.thread_id}", style="dim"))
        _print_hit(out, each.other)
        if each.reason:
            out.print(Text(f"   posted apart: {printable(each.reason)}", style="dim"))
        out.print()
    out.print(Text(f"{len(proposals)} proposals"))

"""What `answers check` and `answers audit` print."""

import sys
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from api.batch import Checked
from api.output import QUESTION_CHARS, print_json, results_console
from search.models import CheckedPart, CheckResult, Hit, Proposal, Verdict
from search.text.display import display, excerpt, printable

_ANSWER_CHARS = 600
_SAID = {
    Verdict.ANSWERED: "answered already",
    Verdict.ASKED: "asked already, still without an answer: join that thread",
    Verdict.RELATED: "worth reading first",
    Verdict.NEW: "new",
}


def print_check(result: CheckResult, *, as_json: bool) -> None:
    """Print what the archive has of a post."""
    if as_json:
        print_json(result)
        return
    console = results_console()
    for warning in result.warnings:
        print(f"warning: {printable(warning)}", file=sys.stderr)
    console.print(Text(f"{result.verdict.value}: {_SAID[result.verdict]}\n", style="bold"))
    for number, part in enumerate(result.parts, start=1):
        _print_part(console, number, part)
    if result.draft:
        console.print(Text("Still to ask:", style="bold"))
        console.print(Text(display(result.draft)))


def _print_part(console: Console, number: int, part: CheckedPart) -> None:
    """Print one question and the threads that are near it."""
    sure = (
        "" if part.probability is None else f" (answered with probability {part.probability:.2f})"
    )
    question, _ = excerpt(part.text, (), QUESTION_CHARS)
    console.print(Text.assemble((f"{number}. {part.verdict.value}{sure} ", "bold"), question))
    shown = part.hits if part.verdict is not Verdict.NEW else ()
    for hit in shown:
        _print_hit(console, hit)
    console.print()


def _print_hit(console: Console, hit: Hit) -> None:
    """Print a thread with the words that answer."""
    sure = "" if hit.probability is None else f" {hit.probability:.2f}"
    question, _ = excerpt(hit.question.text, (), QUESTION_CHARS)
    title = printable(hit.collection.title)
    console.print(Text.assemble((f"   {title}{sure}: ", "cyan"), question))
    if hit.answer is not None:
        text, spans = excerpt(hit.answer.text, hit.answer.highlights, _ANSWER_CHARS)
        who = f"   {printable(hit.answer.speaker)} ({hit.answer.role.value}): "
        line = Text.assemble((who, "dim"), text)
        for span in spans:
            line.stylize("bold", len(who) + span.start, len(who) + span.end)
        console.print(line)
    console.print(Text(f"   thread {hit.thread_id}  {hit.url or ''}", style="dim"))


def print_batch(checked: Sequence[Checked], *, as_json: bool) -> None:
    """Print a line for each row of a batch; problems go to standard error."""
    for each in checked:
        if each.problem:
            print(f"line {each.line}: {printable(each.problem)}", file=sys.stderr)
    if as_json:
        print_json(checked)
        return
    console = results_console()
    for each in checked:
        if each.result is not None:
            text, _ = excerpt(each.text, (), QUESTION_CHARS)
            again = f" (asks the same as line {each.repeats})" if each.repeats else ""
            console.print(Text(f"{each.line}: {each.result.verdict.value}{again}  {text}"))
    counts = Counter(each.result.verdict.value if each.result else "bad" for each in checked)
    console.print(Text(", ".join(f"{count} {name}" for name, count in sorted(counts.items()))))


def print_proposals(proposals: Sequence[Proposal], *, as_json: bool) -> None:
    """Print pairs of threads that seem to be about the same need."""
    if as_json:
        print_json(proposals)
        return
    console = results_console()
    for number, each in enumerate(proposals, start=1):
        what = "asked twice" if each.kind == "duplicate" else "open, but answered elsewhere"
        question, _ = excerpt(each.question, (), QUESTION_CHARS)
        head = f"{number}. {what} ({each.probability:.2f}): "
        console.print(Text.assemble((head, "bold"), question))
        console.print(Text(f"   thread {each.thread_id}", style="dim"))
        _print_hit(console, each.other)
        console.print()
    console.print(Text(f"{len(proposals)} proposals"))

"""What the command line prints: tables for people, JSON for programs."""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from api.console import answer_line, brief, console, later_line
from api.search_outcome import comes_near, n_near
from search.models import AnsweredBy, CollectionRef
from search.results import Hit, RelatedThread, SearchResult, VoicesResult
from search.text.display import printable

if TYPE_CHECKING:
    from indexer.build import BuildReport
    from indexer.progress import Progress
    from search.verification import Verification

_PLAIN_STEPS = 10
_STEERING = re.compile("[\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def to_plain(value: object) -> Any:  # noqa: ANN401
    """Return what `json.dumps` accepts for a value of the models."""
    if is_dataclass(value) and not isinstance(value, type):
        return to_plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def print_json(value: object) -> None:
    """Print one JSON document; what could steer a terminal is escaped in it."""
    document = json.dumps(to_plain(value), ensure_ascii=False, indent=2)
    print(_STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", document))


@contextmanager
def progress_display() -> Iterator["Progress"]:
    """Show progress on standard error: bars on a terminal, plain lines otherwise."""
    if not sys.stderr.isatty():
        yield _plain_progress()
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description:>6}"), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, *times, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage)
            bars.update(tasks[stage], completed=done, total=total)

        yield show


def _plain_progress() -> "Progress":
    """Return progress that prints a line now and then."""
    printed: dict[str, int] = {}

    def show(stage: str, done: int, total: int) -> None:
        step = _PLAIN_STEPS if done >= total else _PLAIN_STEPS * done // max(total, 1)
        if printed.get(stage) != step:
            printed[stage] = step
            print(f"{stage} {done}/{total}", file=sys.stderr, flush=True)

    return show


def print_report(report: "BuildReport", *, as_json: bool) -> None:
    """Print what a build did; complaints go to standard error, one a line."""
    for made in report.complaints:
        print(f"{made.severity.value}: {printable(str(made))}", file=sys.stderr)
    if as_json:
        complaints = [
            {
                "path": str(made.path),
                "line": made.line,
                "severity": made.severity.value,
                "message": made.message,
            }
            for made in report.complaints
        ]
        print_json({**asdict(report), "complaints": complaints})
        return
    counts = report.counts
    what = "published" if report.published else "nothing has changed since"
    print(
        f"{what} generation {report.generation}: {counts['collections']} collections, "
        f"{counts['source_refs']} posts as {counts['threads']} threads, "
        f"{counts['replies']} replies, {counts['passages']} passages ({report.n_embedded} embedded)"
    )
    answered = {name.value: counts.get(f"answered_by_{name.value}", 0) for name in AnsweredBy}
    print(
        f"answered by an author {answered['author']}, officially {answered['official']}, by the "
        f"community only {answered['community']}, by nobody {answered['nobody']}"
    )
    for each in report.sources:
        print(
            f"  {each.format or 'in no format':12} {each.n_files} files, {each.n_threads} threads, "
            f"{each.n_replies} replies, rejected {each.n_errors}, notices {each.n_notices}"
        )
    n_notices = len(report.complaints) - report.n_errors
    print(f"rejected {report.n_errors}, notices {n_notices} (see the lines above)")


def print_remarks(result: SearchResult | VoicesResult) -> None:
    """Print notes and warnings to standard error."""
    for note in result.notes:
        print(f"note: {printable(note)}", file=sys.stderr)
    for warning in result.warnings:
        print(f"warning: {printable(warning)}", file=sys.stderr)


def print_result(result: SearchResult, *, as_json: bool) -> None:
    """Print a search result."""
    if as_json:
        print_json(result)
        return
    out = console()
    print_remarks(result)
    shown = {hit.collection.slug for hit in (*result.hits, *result.closest)}
    if named := [book for book in result.named if book.slug in shown]:
        out.print(Text(f"You named {_titles(named)}; --book shows it alone.\n"))
    if comes_near(result):
        out.print("Probably no author has answered this, but the nearest thread may help:\n")
    elif result.answerable is False:
        out.print("No author has answered this. Closest, but probably not an answer:\n")
    elif not result.hits:
        out.print("Nothing was found.")
    near = n_near(result.hits)
    for hit in result.hits[:near] or result.closest:
        _print_hit(out, hit)
    if further := result.hits[near:]:
        out.print(Text("Further afield\n", style="dim"))
        for hit in further:
            _print_hit(out, hit)
    if result.books:
        out.print(Text(f"Books to look into: {_titles(result.books)}"))


def _titles(books: Iterable[CollectionRef]) -> str:
    """Return the titles of books in a line."""
    return "; ".join(printable(book.title) for book in books)


def _print_hit(out: Console, hit: Hit) -> None:
    """Print one hit: where, the question, the answer with its sentence."""
    sure = "" if hit.probability is None else f", answers with probability {hit.probability:.2f}"
    when = f", {hit.collection.start:%Y-%m}" if hit.collection.start else ""
    head = Text(f"{hit.rank}. {printable(hit.collection.title)}", style="bold")
    head.append(f"{when}  (score {hit.score:.2f}{sure})", style="dim")
    out.print(head)
    out.print(Text(f"   {printable(hit.asker)} asked: {brief(hit.question.text)}"))
    if hit.follow_up is not None:
        out.print(later_line(hit.follow_up))
    if hit.answer is None:
        out.print(Text("   nobody has answered", style="dim"))
    else:
        out.print(answer_line(hit.answer))
    out.print(Text(f"   thread {hit.thread_id}  {hit.url or ''}\n", style="dim"))


def print_related(related: Sequence[RelatedThread], *, as_json: bool) -> None:
    """Print the neighbours of a thread."""
    if as_json:
        print_json(related)
        return
    out = console()
    for number, each in enumerate(related, start=1):
        head = Text(f"{number}. {printable(each.collection.title)}", style="bold")
        head.append(f"  (score {each.score:.2f})", style="dim")
        out.print(head)
        out.print(Text(f"   {printable(each.asker)} asked: {brief(each.question)}"))
        if each.shared:
            out.print(Text(f"   both say: {printable(', '.join(each.shared))}"))
        out.print(Text(f"   thread {each.thread_id}\n", style="dim"))


def print_verification(checked: "Verification", *, as_json: bool) -> None:
    """Print what was verified."""
    if as_json:
        print_json(checked)
        return
    print(
        f"generation {checked.generation} is intact: {checked.n_files} files, "
        f"{checked.size_bytes:,} bytes, {checked.n_threads} threads, "
        f"{checked.n_canaries} questions found themselves"
    )

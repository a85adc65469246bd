"""What the command line prints: tables for people, JSON for programs."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from search.models import (
    AnsweredBy,
    Collection,
    CollectionRef,
    Hit,
    Message,
    RelatedThread,
    SearchResult,
    Thread,
)
from search.text.display import display, excerpt, printable

if TYPE_CHECKING:
    from api.evaluation import Evaluation
    from indexer.build import BuildReport
    from indexer.progress import Progress
    from search.statistics import Statistics
    from search.verification import Verification

QUESTION_CHARS = 220
_ANSWER_CHARS = 600
_COMPLAINTS_SHOWN = 20
_PLAIN_STEPS = 10
_PIPE_COLUMNS = 120
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


def results_console() -> Console:
    """Return the console for results."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, soft_wrap=True, width=_PIPE_COLUMNS)


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
        f"answered by an author {answered['author']}, by the community only "
        f"{answered['community']}, by nobody {answered['nobody']}"
    )
    n_notices = len(report.complaints) - report.n_errors
    print(f"rejected {report.n_errors}, notices {n_notices} (see the lines above)")


def print_result(result: SearchResult, *, as_json: bool) -> None:
    """Print a search result."""
    if as_json:
        print_json(result)
        return
    console = results_console()
    for warning in result.warnings:
        print(f"warning: {printable(warning)}", file=sys.stderr)
    if result.answerable is False:
        console.print("No author has answered this. Closest, but probably not an answer:\n")
    elif not result.hits:
        console.print("Nothing was found.")
    for hit in result.hits or result.closest:
        _print_hit(console, hit)


def _print_hit(console: Console, hit: Hit) -> None:
    """Print one hit: where, the question, the answer with its sentence."""
    sure = "" if hit.probability is None else f", answers with probability {hit.probability:.2f}"
    when = f", {hit.collection.start:%Y-%m}" if hit.collection.start else ""
    head = Text(f"{hit.rank}. {printable(hit.collection.title)}", style="bold")
    head.append(f"{when}  (score {hit.score:.2f}{sure})", style="dim")
    console.print(head)
    question, _ = excerpt(hit.question.text, (), QUESTION_CHARS)
    console.print(Text(f"   {printable(hit.asker)} asked: {printable(question)}"))
    if hit.answer is None:
        console.print(Text("   nobody has answered", style="dim"))
    else:
        text, spans = excerpt(hit.answer.text, hit.answer.highlights, _ANSWER_CHARS)
        who = f"   {printable(hit.answer.speaker)} ({hit.answer.role.value}): "
        line = Text.assemble((who, "cyan"), text)
        for span in spans:
            line.stylize("bold", len(who) + span.start, len(who) + span.end)
        console.print(line)
    console.print(Text(f"   thread {hit.thread_id}  {hit.url or ''}\n", style="dim"))


def print_thread(thread: Thread, collection: Collection, *, as_json: bool) -> None:
    """Print a whole thread."""
    if as_json:
        print_json({**asdict(thread), "collection": asdict(CollectionRef.of(collection))})
        return
    console = results_console()
    console.print(Text(printable(collection.title), style="bold"))
    for message in thread.messages:
        _print_message(console, message)
    console.print(Text(f"thread {thread.thread_id}  {', '.join(thread.source_refs)}", style="dim"))


def _print_message(console: Console, message: Message) -> None:
    """Print one message with who says it."""
    console.print(Text(f"\n{printable(message.speaker)} ({message.role.value})", style="cyan"))
    console.print(Text(display(message.text)))


def print_related(related: Sequence[RelatedThread], *, as_json: bool) -> None:
    """Print the neighbours of a thread."""
    if as_json:
        print_json(related)
        return
    console = results_console()
    for number, each in enumerate(related, start=1):
        head = Text(f"{number}. {printable(each.collection.title)}", style="bold")
        head.append(f"  (score {each.score:.2f})", style="dim")
        console.print(head)
        question, _ = excerpt(each.question, (), QUESTION_CHARS)
        console.print(Text(f"   {printable(each.asker)} asked: {question}"))
        if each.shared:
            console.print(Text(f"   both say: {printable(', '.join(each.shared))}"))
        console.print(Text(f"   thread {each.thread_id}\n", style="dim"))


def print_evaluations(results: "Sequence[Evaluation]", *, as_json: bool) -> None:
    """Print the figures of test collections."""
    if as_json:
        print_json([asdict(result) for result in results])
        return
    console = results_console()
    for result in results:
        console.print(_evaluation_table(result))
        if silence := result.report.silence:
            console.print(
                f"silence: {silence.n_silent} of {silence.n_unanswerable} unanswerable queries "
                f"kept silent, {silence.n_answered} of {silence.n_answerable} answerable answered"
            )


def _evaluation_table(result: "Evaluation") -> Table:
    """Lay out one collection's figures, a row a type and a row a baseline."""
    from search.evaluation.metrics import METRIC_NAMES

    title = f"{result.report.collection}, generation {result.generation}"
    table = Table(title=title, title_justify="left")
    table.add_column("run")
    table.add_column("queries", justify="right")
    for name in METRIC_NAMES.values():
        table.add_column(name, justify="right")
    rows = {"all": result.report.overall, **result.report.by_type}
    rows |= {f"({name})": other.overall for name, other in result.baselines.items()}
    for label, summary in rows.items():
        if summary.means is not None:
            figures = (f"{summary.means.value(metric):.3f}" for metric in METRIC_NAMES)
            table.add_row(label, str(summary.n_queries), *figures)
    return table


def print_statistics(found: "Statistics", *, as_json: bool) -> None:
    """Print the health of an archive, a row a collection."""
    if as_json:
        print_json({**asdict(found), "n_unanswered": found.n_unanswered})
        return
    table = Table(title=f"generation {found.generation}", title_justify="left")
    for name in ("collection", "threads", "answered", "waiting"):
        table.add_column(name, justify="left" if name == "collection" else "right")
    for each in found.collections:
        counts = (each.n_threads, each.n_answered, each.n_threads - each.n_answered)
        table.add_row(printable(each.slug), *map(str, counts))
    console = results_console()
    console.print(table)
    print(
        f"{found.n_threads} threads with {found.n_replies} replies: {found.n_answered} answered, "
        f"{found.n_unanswered} waiting; {len(found.skipped)} things skipped or noticed"
    )
    for made in found.skipped:
        print(f"{made.severity}: {printable(made.file)}:{made.line}: {printable(made.message)}")


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

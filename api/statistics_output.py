"""Print the health of an archive: a row a collection, then what a maintainer should look at."""

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.table import Table

from api.console import console
from api.output import print_json
from search.statistics import CollectionHealth, Statistics
from search.text.display import printable

_COLUMNS = ("threads", "answered", "waiting", "silent", "joined", "linked", "parts", "unsure")
_CAPTION = (
    "waiting: asks, and nobody answers; silent: asks nothing; joined: posts that stand below the "
    "question they belong to; linked: posts that only point there; parts: questions of posts that "
    "ask several; unsure: decisions on people that are not certain; a thread of two counts in both"
)


def print_statistics(found: Statistics, *, as_json: bool) -> None:
    """Print the health of an archive."""
    if as_json:
        print_json(found)
        return
    console().print(_table(found))
    for line in _lines(found):
        print(printable(line))


def _table(found: Statistics) -> Table:
    """Lay out a row a collection."""
    rows = [_row(each) for each in found.collections]
    totals = [sum(column) for column in zip(*rows, strict=True)] or [0] * len(_COLUMNS)
    table = Table(
        title=f"generation {found.generation}",
        title_justify="left",
        caption=_CAPTION,
        caption_justify="left",
        box=SIMPLE_HEAD,
        show_footer=True,
        padding=(0, 1, 0, 0),
    )
    table.add_column("collection", f"all {len(rows)}", overflow="fold")
    for name, total in zip(_COLUMNS, totals, strict=True):
        table.add_column(name, str(total), justify="right")
    for each, row in zip(found.collections, rows, strict=True):
        table.add_row(printable(each.slug), *map(str, row))
    return table


def _row(each: CollectionHealth) -> tuple[int, ...]:
    """Return the figures of a collection in the order of the columns."""
    return (
        each.n_threads,
        each.n_answered,
        each.n_unanswered,
        each.n_silent,
        each.n_joined,
        each.n_repairs - each.n_joined,
        each.n_parts,
        each.n_uncertain,
    )


def _lines(found: Statistics) -> Iterator[str]:
    """Yield the sums, then each doubt in a line."""
    yield (
        f"{found.n_threads} threads with {found.n_replies} replies: {found.n_answered} answered, "
        f"{found.n_unanswered} waiting, {found.n_silent} silent, since they ask nothing"
    )
    yield (
        f"{found.n_joined} posts joined to the thread they belong to, "
        f"{found.n_repairs - found.n_joined} linked; "
        f"{found.n_several} posts ask {found.n_parts} questions between them"
    )
    for host in found.hosts:
        yield f"host: {host.name}, in {host.n_collections} collections"
    yield f"{len(found.uncertain)} decisions on people are uncertain"
    for person in found.uncertain:
        yield (
            f"  {person.collection}: {person.speaker} is {person.author}, "
            f"confidence {person.confidence:.2f} ({person.reason})"
        )
    yield f"{len(found.suspicious)} files or collections to look at"
    for suspicion in found.suspicious:
        yield f"  {suspicion.name}: {'; '.join(suspicion.reasons)}"
    yield f"{len(found.skipped)} things skipped or noticed"
    for made in found.skipped:
        yield f"  {made.severity}: {made.file}:{made.line}: {made.message}"

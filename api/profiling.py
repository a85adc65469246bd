"""The table of `answers search --profile`: where the time of one query goes."""

import sys
from collections.abc import Callable

from search.engine import Engine
from search.results import SearchResult
from search.stages import Profile, Stage, Stopwatch, Taken, profile

Row = tuple[str, Taken, Taken | None]


def search_profiled(
    opener: Callable[[], Engine], ask: Callable[[Engine], SearchResult]
) -> SearchResult:
    """Search twice, print what each stage took on standard error and return the first result."""
    clock = Stopwatch()
    engine = opener()
    opening = clock.taken()
    with profile() as first:
        result = ask(engine)
    with profile() as again:
        ask(engine)
    for line in table(opening, first, again):
        print(line, file=sys.stderr)
    return result


def table(opening: Taken, first: Profile, again: Profile) -> list[str]:
    """Return the lines of a table: a query on a bundle just opened, and the same one again."""
    rows: list[Row] = [("open", opening, None)]
    rows += [
        (stage.value, first.stages[stage], again.stages.get(stage))
        for stage in Stage
        if stage in first.stages
    ]
    rows.append(("search", first.total, again.total))
    heads = ("stage", "first, ms", "CPU ms", "again, ms", "CPU ms")
    return [
        _line(*heads),
        *(_line(name, *_columns(then), *_columns(now)) for name, then, now in rows),
    ]


def _columns(taken: Taken | None) -> tuple[str, str]:
    """Return clock and processor time in milliseconds."""
    if taken is None:
        return "", ""
    return f"{1_000 * taken.wall_s:.1f}", f"{1_000 * taken.cpu_s:.1f}"


def _line(name: str, *columns: str) -> str:
    """Return one line of the table."""
    return f"{name:<8}" + "".join(f"{column:>11}" for column in columns)

"""Check a file of questions against the archive and against each other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from api.question_files import Row
from search.among import originals, repeated
from search.engine import Engine
from search.errors import InvalidQueryError
from search.limits import check_top_k
from search.results import CheckResult

_CONTENT_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Checked:
    """One row of a batch: the result, or why there is none.

    `repeats` is the line of the first row that asks the same.
    """

    line: int
    text: str
    result: CheckResult | None
    problem: str | None = None
    repeats: int | None = None


def check_rows(
    engine: Engine,
    rows: Sequence[Row],
    *,
    top_k: int,
    collection: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Checked]:
    """Check all rows, in order; a bad one is kept with its problem and the rest goes on.

    Args:
        engine: What checks them.
        rows: The posts.
        top_k: How many threads to show for each question, 1 to 100.
        collection: Slug of the book that they are meant for, but for those that name only others.
        progress: Is told how many are done, and how many there are.

    Raises:
        InvalidQueryError: If `top_k` is out of range, or the archive has no such book.
    """
    check_top_k(top_k)
    if collection is not None:
        engine.require_collection(collection)
    posts = {}
    problems: dict[int, str] = {}
    for place, row in enumerate(rows):
        try:
            posts[place] = engine.duplicates.read(row.text, collection=collection)
        except InvalidQueryError as exc:
            problems[place] = row.problem or str(exc)
    results: dict[int, CheckResult] = {}
    checked = engine.duplicates.check_all(posts.values(), top_k=top_k)
    for done, (place, result) in enumerate(zip(posts, checked, strict=True), start=1):
        results[place] = result
        progress(done, len(posts))
    found = [
        Checked(row.line, row.text, results.get(place), problems.get(place))
        for place, row in enumerate(rows)
    ]
    return list(_with_repeats(engine, found))


def _with_repeats(engine: Engine, checked: Sequence[Checked]) -> Iterator[Checked]:
    """Point out the rows that ask the same as an earlier one."""
    good = [each for each in checked if each.result is not None]
    texts = [" ".join(part.text for part in each.result.parts) for each in good if each.result]
    if not texts:
        yield from checked
        return
    embeddings = engine.encoder.encode_queries([text[:_CONTENT_CHARS] for text in texts])
    first = originals(repeated(np.asarray(embeddings)), len(good))
    lines = {
        each.line: good[original].line
        for each, original in zip(good, first, strict=True)
        if good[original] is not each
    }
    for each in checked:
        yield replace(each, repeats=lines.get(each.line))

"""Runs: what a ranker returned for each query, and the files that hold them.

A run file has the columns qid, source_ref, rank and score, separated by tabs and without a
header. Ranks count from 1 and scores fall strictly, so that no reader has a tie to break.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from search.errors import CorpusError, StorageError
from search.evaluation.lines import Line, fits_a_column, read_lines
from search.files import write_durably

Run: TypeAlias = Mapping[str, Sequence[tuple[str, float]]]

RUN_DEPTH = 100

_COLUMNS = ("qid", "source_ref", "rank", "score")


@dataclass(frozen=True, slots=True)
class RankedThread:
    """A thread as a ranker returns it; `source_refs` has the thread's own first."""

    source_refs: tuple[str, ...]
    score: float


def expand(
    ranking: Iterable[RankedThread], *, depth: int = RUN_DEPTH
) -> tuple[tuple[str, float], ...]:
    """Expand a ranking of threads to a ranking of their source_refs.

    The refs of a thread take consecutive ranks. A ref keeps its best rank only. Where a score
    would not fall, it becomes the next smaller number.

    Args:
        ranking: Best first.
        depth: How many refs to keep.

    Raises:
        ValueError: If the ranking is not best first or a score is not finite.
    """
    rows: list[tuple[str, float]] = []
    score = math.inf
    for ref, given in islice(_first_occurrences(_in_order(ranking)), depth):
        score = min(given, math.nextafter(score, -math.inf))
        rows.append((ref, score))
    return tuple(rows)


def write_run(run: Run, path: Path) -> None:
    """Write a run file; a query without hits has no line.

    Raises:
        CorpusError: If a name holds a tab or another control character.
        StorageError: If the file cannot be written; an earlier one is then still there.
    """
    text = "".join(
        f"{_column(qid)}\t{_column(ref)}\t{rank}\t{score!r}\n"
        for qid, rows in run.items()
        for rank, (ref, score) in enumerate(rows, start=1)
    )
    try:
        write_durably(path, text.encode("utf-8"))
    except OSError as exc:
        raise StorageError(f"{path}: cannot be written ({exc.strerror})") from exc


def read_run(path: Path) -> dict[str, tuple[tuple[str, float], ...]]:
    """Read a run file.

    Raises:
        CorpusError: If a line is malformed, ranks leave a gap, scores do not fall or a ref
            comes twice; names file, line and field.
        StorageError: If the file cannot be read.
    """
    run: dict[str, dict[str, float]] = {}
    for line in read_lines(path):
        qid, ref, rank, score = line.columns(*_COLUMNS)
        if not (fits_a_column(qid) and fits_a_column(ref)):
            raise line.error(f"field 'qid' or 'source_ref' is blank or no text: {qid!r}, {ref!r}")
        rows = run.setdefault(qid, {})
        _check_row(line, ref, rank, rows)
        rows[ref] = _score(line, score, next(reversed(rows.values()), math.inf))
    return {qid: tuple(rows.items()) for qid, rows in run.items()}


def _in_order(ranking: Iterable[RankedThread]) -> Iterator[RankedThread]:
    last = math.inf
    for thread in ranking:
        if not math.isfinite(thread.score) or thread.score > last:
            raise ValueError(
                f"score {thread.score} of {thread.source_refs} after {last}: "
                "give finite scores, best first"
            )
        last = thread.score
        yield thread


def _first_occurrences(ranking: Iterable[RankedThread]) -> Iterator[tuple[str, float]]:
    seen: set[str] = set()
    for thread in ranking:
        for ref in thread.source_refs:
            if ref not in seen:
                seen.add(ref)
                yield ref, thread.score


def _column(name: str) -> str:
    if not fits_a_column(name):
        raise CorpusError(
            f"{name!r} cannot stand in a run file; leave out tabs and other control characters"
        )
    return name


def _check_row(line: Line, ref: str, rank: str, rows: Mapping[str, float]) -> None:
    if ref in rows:
        raise line.error(f"field 'source_ref' repeats {ref!r}; rank a ref once a query")
    if rank != str(len(rows) + 1):
        raise line.error(f"field 'rank' is {rank!r}; the next rank of the query is {len(rows) + 1}")


def _score(line: Line, text: str, last: float) -> float:
    try:
        score = float(text)
    except ValueError:
        score = math.nan
    if not (math.isfinite(score) and score < last):
        raise line.error(f"field 'score' is {text!r}; give a finite number below {last}")
    return score

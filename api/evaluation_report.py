"""Write what `answers eval` found as one page that needs nothing else: no script, no request."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import numpy as np
from markupsafe import Markup

from api.documents import write_document
from api.evaluation import Evaluation
from api.evaluation_output import losses, lost, rows_of
from api.pages.assets import FOLDER
from api.pages.rendering import render
from search.errors import InvalidQueryError
from search.evaluation import METRIC_NAMES, JudgedHit, Metric, QueryRow

_STYLES = ("answers.css", "evaluation.css")
_PACKAGES = ("author-answers", "numpy", "faiss-cpu", "bm25s", "onnxruntime", "ir-measures")
_N_BARS = 20
_SHOWN = (Metric.NDCG_10, Metric.MRR_10, Metric.P_1, Metric.P_1_GRADE_2)


@dataclass(frozen=True, slots=True)
class Bar:
    """How many queries were given a probability from `low` up to `high`."""

    low: float
    high: float
    n_answerable: int
    n_unanswerable: int


def check_report_name(path: Path) -> None:
    """Refuse a report that could not be written, before the work is done."""
    if path.suffix.casefold() != ".html":
        raise InvalidQueryError(f"--report {path}: the name must end in .html")
    if not path.absolute().parent.is_dir():
        raise InvalidQueryError(f"--report {path}: there is no folder {path.parent}")


def write_report(path: Path, results: Sequence[Evaluation]) -> None:
    """Write a report in one step.

    Raises:
        StorageError: If the disk is full, read-only or fails.
    """
    write_document(path, as_html(results, day=datetime.now(UTC).date()))


def as_html(results: Sequence[Evaluation], *, day: date) -> str:
    """Render a report; `day` is when it was measured."""
    return render(
        "evaluation.html",
        results=results,
        day=day,
        style=Markup("\n").join(Markup(_style(name)) for name in _STYLES),  # noqa: S704
        versions={
            "Python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
        metrics=METRIC_NAMES,
        shown=_SHOWN,
        rows_of=rows_of,
        losses=losses,
        lost=lost,
        bars=histogram,
        worst_first=worst_first,
        likeliest_first=likeliest_first,
        first_relevant=first_relevant,
    )


def histogram(rows: Sequence[QueryRow], *, n_bars: int = _N_BARS) -> list[Bar]:
    """Count queries by the probability that anything helps; empty where none has one."""
    said = [(row.useful, row.n_relevant > 0) for row in rows if row.useful is not None]
    if not said:
        return []
    edges = np.linspace(0, 1, n_bars + 1)
    counts = [
        np.histogram([useful for useful, own in said if own is kind], edges)[0].tolist()
        for kind in (True, False)
    ]
    return [
        Bar(float(low), float(high), *both)
        for (low, high), *both in zip(pairwise(edges), *counts, strict=True)
    ]


def worst_first(rows: Sequence[QueryRow]) -> list[QueryRow]:
    """Order queries such that those to look at come first, and those without a figure last."""
    return sorted(rows, key=lambda row: (row.scores is None, _ndcg(row), row.qid))


def likeliest_first(
    pairs: Sequence[tuple[QueryRow, JudgedHit]],
) -> list[tuple[QueryRow, JudgedHit]]:
    """Order hits such that those that most probably answer come first."""
    return sorted(pairs, key=lambda pair: (-(pair[1].thread.probability or 0), pair[1].rank))


def first_relevant(row: QueryRow) -> int | None:
    """Return the rank of the first relevant thread, None where none is among the first ten."""
    return next((hit.rank for hit in row.hits if hit.grade), None)


def _ndcg(row: QueryRow) -> float:
    return row.scores.ndcg_10 if row.scores else 0.0


def _style(name: str) -> str:
    """Read a style sheet."""
    return FOLDER.joinpath(name).read_text("utf-8")

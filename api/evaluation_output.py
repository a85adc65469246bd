"""What `answers eval` prints."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.console import console
from api.evaluation import Evaluation, Versus
from api.output import print_json
from search.evaluation import METRIC_NAMES, EvaluationReport, Metric, Reliability, Summary
from search.text.display import printable

_CHANGES_SHOWN = 5


def print_evaluations(results: Sequence[Evaluation], *, as_json: bool) -> None:
    """Print the figures of test collections."""
    if as_json:
        print_json([_document(result) for result in results])
        return
    out = console()
    for result in results:
        out.print(_figures(result))
        _print_confidence(out, result.report)
        if result.against is not None:
            _print_against(out, result.against)
        if result.misspelt is not None:
            out.print(_misspelt(result.report, result.misspelt))
            _print_flips(out, result.misspelt)


def print_missed(lines: Sequence[str]) -> None:
    """Print a line for each floor that was missed, on standard error."""
    for line in lines:
        print(f"answers: {printable(line)}", file=sys.stderr)


def _document(result: Evaluation) -> dict[str, object]:
    """Return everything that was measured, and what wants a grade."""
    return {**asdict(result), "unjudged": _unjudged(result.report)}


def _unjudged(report: EvaluationReport) -> list[dict[str, object]]:
    """Return a line for each post among the first ten that wants a grade."""
    return [
        {"qid": row.qid, "source_ref": ref, "rank": hit.rank, "thread_id": hit.thread.thread_id}
        for row, hit in report.unjudged
        for ref in hit.unjudged
    ]


def _figures(result: Evaluation) -> Table:
    """Lay out one collection's figures, a row a type and a row a baseline."""
    table = _table(f"{result.report.collection}, generation {result.generation}", "run", "queries")
    for name in METRIC_NAMES.values():
        table.add_column(name, justify="right")
    for label, summary in rows_of(result).items():
        if summary.means is not None:
            figures = (f"{summary.means.value(metric):.3f}" for metric in METRIC_NAMES)
            table.add_row(_plain(label), str(summary.n_queries), *figures)
    return table


def rows_of(result: Evaluation) -> Mapping[str, Summary]:
    """Return what a table of figures has a row for, by label."""
    rows = {"all": result.report.overall, **result.report.by_type}
    return rows | {f"({name})": other.overall for name, other in result.baselines.items()}


def _print_confidence(out: Console, report: EvaluationReport) -> None:
    """Print whether it speaks where it should, and whether probabilities come true."""
    if silence := report.silence:
        auc = silence.auc
        area = f"; ROC-AUC {auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f})" if auc else ""
        out.print(
            f"silence: {silence.n_silent} of {silence.n_unanswerable} unanswerable queries "
            f"kept silent, {silence.n_answered} of {silence.n_answerable} answerable answered{area}"
        )
    for name, found in (("hits", report.hits), ("queries", report.useful)):
        if found:
            out.print(f"probabilities of {name}: {describe(found)}")
    n_unjudged = sum(len(hit.unjudged) for _, hit in report.unjudged)
    if n_unjudged:
        out.print(
            f"unjudged: {n_unjudged} posts in the first ten count as not relevant "
            "(--json and --report list them)"
        )


def describe(found: Reliability) -> str:
    """Sum up in a line how far probabilities come true."""
    skill = "" if found.brier_skill is None else f", Brier skill {found.brier_skill:.3f}"
    return (
        f"calibration error {found.calibration_error:.3f}{skill} over {found.n:,}, "
        f"of which {found.base_rate:.1%} came true"
    )


def _print_against(out: Console, other: Versus) -> None:
    """Print what has changed since another bundle or run."""
    table = _table(f"against {other.name}", "metric", "before", "after")
    for name in ("difference", "95 % interval", "better", "worse"):
        table.add_column(name, justify="right")
    for metric, found in other.comparisons.items():
        figures = (f"{found.before:.3f}", f"{found.after:.3f}", f"{found.difference:+.3f}")
        interval = f"{found.low:+.3f} to {found.high:+.3f}"
        counts = (str(len(found.wins)), str(len(found.losses)))
        table.add_row(METRIC_NAMES[metric], *figures, interval, *counts)
    out.print(table)
    if main := other.comparisons.get(Metric.NDCG_10):
        for label, changes in (("better", main.wins), ("worse", main.losses)):
            for change in changes[:_CHANGES_SHOWN]:
                before, after = change.before, change.after
                out.print(Text(f"{label} {change.qid}: nDCG@10 {before:.3f} to {after:.3f}"))
    _print_flips(out, other)


def _print_flips(out: Console, other: Versus) -> None:
    """Print the queries of which one shows hits and the other none."""
    for flip in other.flips:
        verdict = "now answered" if flip.answered else "now silent"
        right = "right" if flip.right else "wrong"
        out.print(Text(f"verdict {flip.qid}: {verdict}, which is {right}: {printable(flip.query)}"))


def _misspelt(written: EvaluationReport, other: Versus) -> Table:
    """Lay out what misspelling the queries costs, a row a type."""
    table = _table(f"nDCG@10 {other.name}", "queries of type", "as written", "misspelt", "lost")
    for label, before, after in losses(written, other):
        table.add_row(_plain(label), f"{before:.3f}", f"{after:.3f}", lost(before, after))
    return table


def losses(written: EvaluationReport, other: Versus) -> list[tuple[str, float, float]]:
    """Return nDCG@10 as written and misspelt, overall and by type."""
    found = other.comparisons.get(Metric.NDCG_10)
    rows = [("all", found.before, found.after)] if found else []
    for label, summary in other.report.by_type.items():
        own = written.by_type[label].means
        if own is not None and summary.means is not None:
            rows.append((label, own.ndcg_10, summary.means.ndcg_10))
    return rows


def lost(before: float, after: float) -> str:
    """Return which share of a figure is gone."""
    return f"{1 - after / before:.1%}" if before else "–"


def _plain(text: str) -> Text:
    """Return a name that comes from a collection or a path as nothing but text."""
    return Text(printable(text))


def _table(title: str, first: str, *others: str) -> Table:
    """Begin a table whose first column is a label and the others are figures."""
    table = Table(title=_plain(title), title_justify="left")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table

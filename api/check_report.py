"""Write what a batch found: CSV and JSON lines for programs, HTML for people."""

import csv
import html
import io
import json
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path

from api.batch import Checked
from api.check_outcome import lead_of
from api.documents import check_format, write_document
from api.output import to_plain
from search.results import CheckedPart, Hit
from search.text.display import display

_COLUMNS = (
    "line",
    "text",
    "verdict",
    "part",
    "part_verdict",
    "probability",
    "thread_id",
    "source_ref",
    "book",
    "question",
    "follow_up",
    "answer",
    "url",
    "repeats_line",
    "draft",
    "problem",
    "warnings",
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.5rem}article{border-top:1px solid #ccc;padding:1rem 0}
.post{white-space:pre-wrap;overflow-wrap:anywhere}.part{margin:.75rem 0 0 1rem}
.verdict{font-weight:600;padding:.1rem .5rem;border-radius:.5rem;background:#eee}
.answered{background:#cfe8d5}.asked{background:#f7e7b5}.related{background:#d8e6f5}
.problem{background:#f6d5d5}blockquote{margin:.5rem 0;padding-left:1rem;border-left:3px solid #bbb;
white-space:pre-wrap;overflow-wrap:anywhere}small{color:#555}
@media(prefers-color-scheme:dark){body{background:#161616;color:#ddd}small{color:#aaa}
.verdict{color:#111}}
"""


def write_report(path: Path, checked: Sequence[Checked]) -> None:
    """Write a report in the format that the name of the file ends in.

    Raises:
        InvalidQueryError: If the name ends in none of the known formats.
        StorageError: If the disk is full, read-only or fails.
    """
    check_report_name(path)
    write_document(path, _RENDERERS[path.suffix.casefold()](checked))


def check_report_name(path: Path) -> None:
    """Refuse a report whose format is not known, before the work is done."""
    check_format(path, _RENDERERS)


def as_csv(checked: Sequence[Checked]) -> str:
    """Render a line for each question of each post."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for each in checked:
        for part in each.result.parts if each.result else (None,):
            writer.writerow({name: _safe(value) for name, value in _record(each, part).items()})
    return out.getvalue()


def as_jsonl(checked: Sequence[Checked]) -> str:
    """Render an object for each post."""
    return "".join(f"{json.dumps(to_plain(each), ensure_ascii=False)}\n" for each in checked)


def as_html(checked: Sequence[Checked]) -> str:
    """Render a page that needs nothing else."""
    counts = Counter(each.result.verdict if each.result else "problem" for each in checked)
    summary = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    results = [each.result for each in checked if each.result]
    of_all = set.intersection(*(set(result.warnings) for result in results)) if results else set()
    articles = "\n".join(_article(each, known=of_all) for each in checked)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Checked questions</title><style>{_STYLE}</style></head>\n<body><main>"
        f"<h1>{len(checked)} questions checked</h1><p>{html.escape(summary)}</p>\n"
        f"{''.join(_warnings(sorted(of_all)))}"
        f"{articles}\n</main></body></html>\n"
    )


_RENDERERS: Mapping[str, Callable[[Sequence[Checked]], str]] = {
    ".csv": as_csv,
    ".jsonl": as_jsonl,
    ".html": as_html,
}


def _record(each: Checked, part: CheckedPart | None) -> dict[str, object]:
    """Describe one question of a post in columns; of a new one, the nearest thread."""
    result = each.result
    hit = (lead_of(part) or next(iter(part.hits), None)) if part else None
    return {
        "line": each.line,
        "text": each.text,
        "verdict": result.verdict if result else "",
        "part": part.text if part else "",
        "part_verdict": part.verdict if part else "",
        "probability": "" if part is None or part.probability is None else part.probability,
        "thread_id": hit.thread_id if hit else "",
        "source_ref": hit.source_refs[0] if hit else "",
        "book": hit.collection.title if hit else "",
        "question": hit.question.text if hit else "",
        "follow_up": hit.follow_up.text if hit and hit.follow_up else "",
        "answer": hit.answer.text if hit and hit.answer else "",
        "url": (hit.url or "") if hit else "",
        "repeats_line": each.repeats or "",
        "draft": (result.draft or "") if result else "",
        "problem": each.problem or "",
        "warnings": "; ".join(result.warnings) if result else "",
    }


def _safe(value: object) -> object:
    """Keep a spreadsheet from taking a text for a formula."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def _warnings(warnings: Iterable[str]) -> list[str]:
    """Render what to know of one or all results."""
    return [f"<p>{_escaped(warning)}</p>" for warning in warnings]


def _article(each: Checked, *, known: Container[str]) -> str:
    """Render one post, without the warnings that stand above all of them."""
    verdict = each.result.verdict.value if each.result else "problem"
    body = [f'<p class="post">{_escaped(each.text)}</p>']
    if each.repeats:
        body.append(f"<p>Asks the same as line {each.repeats}.</p>")
    if each.problem:
        body.append(f"<p>{_escaped(each.problem)}</p>")
    if each.result:
        body += _warnings(warning for warning in each.result.warnings if warning not in known)
        body += [_part(part, alone=len(each.result.parts) == 1) for part in each.result.parts]
        if each.result.draft:
            body.append(
                f"<p>Still to ask:</p><blockquote>{_escaped(each.result.draft)}</blockquote>"
            )
    head = f'<p>Line {each.line} <span class="verdict {verdict}">{verdict}</span></p>'
    return f"<article>{head}{''.join(body)}</article>"


def _part(part: CheckedPart, *, alone: bool) -> str:
    """Render one question with the thread that its verdict speaks of."""
    sure = "" if part.probability is None else f" <small>{part.probability:.0%} answered</small>"
    name = part.verdict.value
    asked = "" if alone else f"{_escaped(part.text)} "
    head = f'<p>{asked}<span class="verdict {name}">{name}</span>{sure}</p>'
    lead = lead_of(part)
    return f'<div class="part">{head}{_hit(lead) if lead else ""}</div>'


def _hit(hit: Hit) -> str:
    """Render a thread with the words that answer."""
    title = _escaped(hit.collection.title)
    safe = hit.url and hit.url.startswith(("https://", "http://"))
    link = f'<a href="{html.escape(hit.url or "")}">{title}</a>' if safe else title
    answer = (
        f"<p><small>{_escaped(hit.answer.speaker)} ({hit.answer.role.value})</small></p>"
        f"<blockquote>{_escaped(hit.answer.text)}</blockquote>"
        if hit.answer
        else "<p>Nobody has answered yet.</p>"
    )
    later = (
        f"<p><small>later {_escaped(hit.follow_up.asker)} asked:</small> "
        f"{_escaped(hit.follow_up.text)}</p>"
        if hit.follow_up
        else ""
    )
    return f"<p>{link}: {_escaped(hit.question.text)}</p>{later}{answer}"


def _escaped(text: str) -> str:
    """Return a verbatim text as it can stand in HTML."""
    return html.escape(display(text))

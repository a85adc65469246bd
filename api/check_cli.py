"""The commands `answers check` and `answers audit`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.opening import open_bundle
from api.options import BundleOption, JsonOption, collection_of
from search.errors import InvalidQueryError
from search.limits import DEFAULT_AT_LEAST, DEFAULT_CHECKED, DEFAULT_PROPOSALS

_CHARS_READ = 1_000_000


def check(
    text: Annotated[
        str | None, typer.Argument(help="The post, or - to read it from standard input.")
    ] = None,
    bundle: BundleOption = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Check every question of a .csv, .jsonl or .txt file."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write a report: .csv, .jsonl or .html.")
    ] = None,
    top_k: Annotated[
        int, typer.Option("--top-k", "-k", help="How many threads for a question, 1 to 100.")
    ] = DEFAULT_CHECKED,
    collection: Annotated[
        str | None,
        typer.Option(
            "--collection",
            "--book",
            help="The book that the posts are meant for: a slug, or words of its title.",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check whether a new post was asked or answered before."""
    if (text is None) == (file is None):
        raise InvalidQueryError("give a text (- for standard input) or --file, one of the two")
    if out is not None and file is None:
        raise InvalidQueryError("--out goes with --file")
    if file is not None:
        _check_file(file, bundle, out, top_k, collection, json)
        return
    from api.check_output import print_check

    post = sys.stdin.read(_CHARS_READ) if text == "-" else text or ""
    engine = open_bundle(bundle)
    result = engine.check(post, top_k=top_k, collection=collection_of(engine, collection))
    print_check(result, as_json=json)


def _check_file(
    file: Path,
    bundle: Path | None,
    out: Path | None,
    top_k: int,
    collection: str | None,
    as_json: bool,
) -> None:
    """Check a file of questions and report."""
    from api.batch import check_rows
    from api.check_output import print_batch
    from api.check_report import check_report_name, write_report
    from api.output import progress_display
    from api.question_files import read_questions

    if out is not None:
        check_report_name(out)
    rows = read_questions(file)
    engine = open_bundle(bundle)
    with progress_display() as progress:
        checked = check_rows(
            engine,
            rows,
            top_k=top_k,
            collection=collection_of(engine, collection),
            progress=lambda done, total: progress("check", done, total),
        )
    if out is not None:
        write_report(out, checked)
    print_batch(checked, as_json=as_json)


def audit(
    bundle: BundleOption = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=1_000, help="How many proposals at the most.")
    ] = DEFAULT_PROPOSALS,
    at_least: Annotated[
        float,
        typer.Option(
            "--at-least",
            min=0.0,
            max=1.0,
            help="How likely a proposal is right at least; lower, more of them are wrong.",
        ),
    ] = DEFAULT_AT_LEAST,
    json: JsonOption = False,
) -> None:
    """List threads that ask the same, and open questions that are answered elsewhere."""
    from api.check_output import print_proposals
    from api.output import progress_display
    from search.auditing import Auditor, audit_calibration_for

    engine = open_bundle(bundle)
    calibration = audit_calibration_for(engine.encoder.fingerprint)
    auditor = Auditor(engine.store, engine.duplicates, calibration=calibration)
    with progress_display() as progress:
        found = auditor.proposals(
            limit=limit,
            at_least=at_least,
            progress=lambda done, total: progress("audit", done, total),
        )
    print_proposals(found, warnings=auditor.warnings, as_json=json)


def install(app: typer.Typer) -> None:
    """Add the commands to an application."""
    app.command()(check)
    app.command()(audit)

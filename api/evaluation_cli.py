"""The command `answers eval`."""

from pathlib import Path
from typing import Annotated

import typer

from api.options import DEFAULT_SEED, BundleOption, JsonOption

EXIT_BELOW_FLOOR = 7


def evaluate(
    collections: Annotated[
        list[Path], typer.Argument(metavar="COLLECTION…", help="Folders of test collections.")
    ],
    bundle: BundleOption = None,
    run_file: Annotated[
        Path | None, typer.Option("--run-file", help="Write the ranking to this file.")
    ] = None,
    baselines: Annotated[
        bool, typer.Option("--baselines", help="Also measure BM25, question-only and rank fusion.")
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", help="Compare with this bundle, or this run file, query by query."
        ),
    ] = None,
    misspell: Annotated[
        int | None,
        typer.Option("--misspell", metavar="SEED", help="Also measure the queries misspelt."),
    ] = None,
    floor: Annotated[
        list[str] | None,
        typer.Option(
            "--floor",
            metavar="NAME=VALUE",
            help="Exit with 7 if a figure is below: ndcg_10, …, silent, answered; may be repeated.",
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write a page with tables and plots: .html.")
    ] = None,
    n_queries: Annotated[
        int | None,
        typer.Option("--sample", min=1, help="Only so many queries of each, drawn at random."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Which queries are drawn.")] = DEFAULT_SEED,
    json: JsonOption = False,
) -> None:
    """Measure search quality on test collections, overall and by type of query."""
    from api.evaluation import Options, evaluate_collections
    from api.evaluation_output import print_evaluations, print_missed
    from search.config import load_settings
    from search.evaluation import missed_floors, parse_floor

    floors = [parse_floor(each) for each in floor or ()]
    if report is not None:
        from api.evaluation_report import check_report_name

        check_report_name(report)
    results = evaluate_collections(
        collections,
        load_settings(bundle=bundle).bundle,
        Options(run_file, baselines, against, misspell, n_queries, seed),
    )
    if report is not None:
        from api.evaluation_report import write_report

        write_report(report, results)
    print_evaluations(results, as_json=json)
    missed = [line for result in results for line in missed_floors(result.report, floors)]
    print_missed(missed)
    if missed:
        raise typer.Exit(EXIT_BELOW_FLOOR)


def install(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command(name="eval")(evaluate)

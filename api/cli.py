"""The command `answers`: every function of the engine and the indexer from a shell."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from api import browse_cli, check_cli, evaluation_cli
from api.opening import open_bundle
from api.options import AuthorOption, BundleOption, CollectionOption, JsonOption, filter_of
from api.stopping import Stopped, soon_after_a_signal, stop_on_signals
from search.errors import AnswersError, InvalidQueryError, StorageError
from search.limits import DEFAULT_RELATED

if TYPE_CHECKING:
    from search.config import Settings
    from search.engine import Engine
    from search.results import SearchResult

EXIT_REJECTED = 6
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="answers",
    help="Find what authors answered: a search engine over a community's question threads.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _settings(**given: object) -> "Settings":
    """Load the settings; a command's own options win."""
    from search.config import load_settings

    return load_settings(**given)


@app.command()
def index(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE…",
            help="Book files, folders of them, or the root of the site's repository.",
        ),
    ],
    bundle: BundleOption = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Write a generation even if nothing has changed.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Publish even if over 20 % of the threads are gone.")
    ] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Exit with 0 even if something was rejected.")
    ] = False,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Delete older generations and cached embeddings of old text."),
    ] = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair/--no-repair", help="Join and link posts that belong to another thread."
        ),
    ] = True,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="Encoder: a folder or hub name.")
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", help="Where torch runs: cpu, cuda, mps; or openvino.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Build the next generation of the index from the whole archive.

    The sources given are the whole archive: threads that are no longer in them leave the index.
    Only text that was not seen before is embedded.
    """
    from api.output import print_report, progress_display
    from indexer.build import build
    from indexer.options import BuildOptions
    from search.bundle import Bundle

    settings = _settings(bundle=bundle, model=model, device=device)
    options = BuildOptions(
        model=settings.model,
        device=settings.device,
        hosts=settings.hosts,
        force=force,
        rebuild=rebuild,
        prune=prune,
        repair=repair,
        site=settings.site,
    )
    with soon_after_a_signal(), progress_display() as progress:
        report = build(sources, Bundle(settings.bundle), options, progress=progress)
    print_report(report, as_json=json)
    if report.n_errors and not keep_going:
        raise typer.Exit(EXIT_REJECTED)


@app.command()
def search(
    query: Annotated[
        str,
        typer.Argument(
            help='What you want to know, in your own words; those in "quotation marks" are looked '
            "for as they are."
        ),
    ],
    bundle: BundleOption = None,
    top_k: Annotated[
        int, typer.Option("--top-k", "-k", help="How many threads at the most, 1 to 100.")
    ] = 5,
    collection: CollectionOption = None,
    author: AuthorOption = None,
    year: Annotated[int | None, typer.Option("--year", help="Only this year.")] = None,
    answered: Annotated[
        bool | None,
        typer.Option("--answered/--unanswered", help="Only threads with, or without, an answer."),
    ] = None,
    profile: Annotated[
        bool, typer.Option("--profile", help="Tell on standard error where the time went.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Find the nearest answered questions and the words that answer."""
    from api.output import print_result

    def ask(engine: "Engine") -> "SearchResult":
        where = filter_of(engine, collection, author, year=year, answered=answered)
        return engine.search(query, top_k=top_k, where=where)

    if profile:
        from api.profiling import search_profiled

        result = search_profiled(lambda: open_bundle(bundle, reranked=True), ask)
    else:
        result = ask(open_bundle(bundle, reranked=True))
    print_result(result, as_json=json)


@app.command()
def show(
    thread_id: Annotated[str, typer.Argument(help="A thread's id, from a search's output.")],
    bundle: BundleOption = None,
    json: JsonOption = False,
) -> None:
    """Show a whole thread: who says what, which reply answers which question, what was joined."""
    from api.thread_output import print_thread

    engine = open_bundle(bundle)
    thread = engine.thread(thread_id)
    collection = engine.collection(thread.collections[0])
    print_thread(thread, collection, engine.parts(thread.thread_id), as_json=json)


@app.command()
def related(
    thread_id: Annotated[str, typer.Argument(help="A thread's id, from a search's output.")],
    bundle: BundleOption = None,
    top_k: Annotated[
        int, typer.Option("--top-k", "-k", help="How many threads at the most, 1 to 100.")
    ] = DEFAULT_RELATED,
    json: JsonOption = False,
) -> None:
    """Find answered threads near another in meaning, spread over books."""
    from api.output import print_related

    print_related(open_bundle(bundle).related(thread_id, top_k=top_k), as_json=json)


@app.command()
def serve(
    bundle: BundleOption = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="Port to listen on; 0 for any.")
    ] = 8000,
    watch: Annotated[
        bool, typer.Option("--watch/--no-watch", help="Follow new generations of the bundle.")
    ] = True,
    source: Annotated[
        list[Path] | None,
        typer.Option("--source", help="Index this again when its files change; may be repeated."),
    ] = None,
) -> None:
    """Serve the HTTP API; starts without a bundle too, and then says how to build one."""
    from api.server import serve as run_server

    sources = source or []
    if sources and not watch:
        raise InvalidQueryError("--source makes new generations: it cannot go with --no-watch")
    if missing := [str(each) for each in sources if not each.exists()]:
        raise InvalidQueryError(f"--source: {', '.join(missing)} does not exist")
    settings = _settings(bundle=bundle)
    run_server(
        settings.bundle, host=host, port=port, watch=watch, sources=sources, settings=settings
    )


@app.command()
def key() -> None:
    """Make a key for the HTTP API: prints the key, for a client, and its digest, for `api_keys`."""
    from api.keys import digest_of, make_key

    made = make_key()
    print(f"key    {made}\ndigest {digest_of(made)}")


@app.command()
def stats(bundle: BundleOption = None, json: JsonOption = False) -> None:
    """Report the health of the archive, by book, and what a maintainer should look at."""
    from api.statistics_output import print_statistics
    from search.statistics import collect_statistics

    print_statistics(collect_statistics(_settings(bundle=bundle).bundle), as_json=json)


@app.command()
def verify(bundle: BundleOption = None, json: JsonOption = False) -> None:
    """Check every file of the live generation and look a few questions up."""
    from api.output import print_verification
    from search.verification import verify_bundle

    print_verification(verify_bundle(_settings(bundle=bundle).bundle), as_json=json)


@app.command()
def rollback(bundle: BundleOption = None, json: JsonOption = False) -> None:
    """Make the generation before the live one the live one again.

    The next index run deletes the generation that was left.
    """
    from api.output import print_json
    from search.bundle import Bundle

    generation = Bundle(_settings(bundle=bundle).bundle).rollback()
    if json:
        print_json({"generation": generation.name, "counts": generation.manifest.counts})
    else:
        print(f"generation {generation.name} is live again")


check_cli.install(app)
browse_cli.install(app)
evaluation_cli.install(app)


def _usage_error() -> "type[typer.BadParameter]":
    """Return the base of what wrong arguments raise; typer exports only some of its subclasses."""
    bases = typer.BadParameter.__mro__
    base: type[typer.BadParameter] = next(b for b in bases if b.__name__ == "ClickException")
    return base


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; errors become one line on standard error."""
    # Read when numpy and FAISS are first imported, which the commands do.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        code = app(list(arguments) if arguments is not None else None, standalone_mode=False)
        sys.stdout.flush()
    except AnswersError as exc:
        print(f"answers: {_one_line(exc)}", file=sys.stderr)
        return exc.exit_code
    except _usage_error() as exc:
        exc.show()
        return 2
    except (KeyboardInterrupt, typer.Abort, Stopped) as exc:
        print("answers: interrupted; nothing half-done was published", file=sys.stderr)
        return int(exc.args[0]) if isinstance(exc, Stopped) else EXIT_INTERRUPTED
    except BrokenPipeError:
        _silence(sys.stdout)
        return 0
    except OSError as exc:
        _silence(sys.stdout)
        said = _one_line(f"{exc.filename or 'output'}: {exc.strerror or exc}")
        print(f"answers: {said}", file=sys.stderr)
        return StorageError.exit_code
    return code if isinstance(code, int) else 0


def _one_line(said: object) -> str:
    """Return a message as a line that a terminal only shows: it may quote what a user typed."""
    from search.text.display import printable

    return printable(str(said)).replace("\n", " ")


def _silence(stream: TextIO) -> None:
    """Send what is still to be written nowhere, so that the interpreter's end does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def run() -> None:
    """Run as the installed command."""
    stop_on_signals()
    sys.exit(main())

"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_SEED = 7

BundleOption = Annotated[
    Path | None,
    typer.Option("--bundle", metavar="DIR", help="Folder of the index (default: ./bundle)."),
]
CollectionOption = Annotated[
    str | None, typer.Option("--collection", "--book", help="Only this book or collection.")
]
AuthorOption = Annotated[
    str | None, typer.Option("--author", help="Only threads that this author answers.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on standard output.")
]

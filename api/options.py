"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_SEED = 7

BundleOption = Annotated[
    Path | None,
    typer.Option("--bundle", metavar="DIR", help="Folder of the index (default: ./bundle)."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on standard output.")
]

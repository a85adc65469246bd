"""Options that several commands have."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from search.engine import Engine
    from search.models import ThreadFilter

DEFAULT_SEED = 7

BundleOption = Annotated[
    Path | None,
    typer.Option("--bundle", metavar="DIR", help="Folder of the index (default: ./bundle)."),
]
CollectionOption = Annotated[
    str | None,
    typer.Option("--collection", "--book", help="Only this book: its slug or words of its title."),
]
AuthorOption = Annotated[
    str | None,
    typer.Option("--author", help="Only what this author answers: slug, name or surname."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on standard output.")
]


def collection_of(engine: "Engine", name: str | None) -> str | None:
    """Return the slug of the collection that an option names, None without the option.

    Raises:
        NotFoundError: If it means nothing in the archive, or more than one thing.
    """
    return engine.find_collection(name) if name is not None else None


def filter_of(
    engine: "Engine",
    collection: str | None,
    author: str | None,
    *,
    year: int | None = None,
    answered: bool | None = None,
) -> "ThreadFilter | None":
    """Return what options leave; books and authors may be named by slugs or by their names.

    Raises:
        NotFoundError: If a name means nothing in the archive, or more than one thing.
    """
    from search.models import ThreadFilter

    where = ThreadFilter(
        collection=collection_of(engine, collection),
        author=engine.find_author(author) if author is not None else None,
        year=year,
        answered=answered,
    )
    return where or None

"""Write documents that somebody asked for by the name of a file."""

from collections.abc import Collection
from pathlib import Path

from search.errors import InvalidQueryError
from search.files import storage_errors, write_durably


def check_format(path: Path, formats: Collection[str]) -> None:
    """Refuse a name that ends in none of the known formats, before the work is done."""
    if path.suffix.casefold() not in formats:
        raise InvalidQueryError(f"{path}: the name ends in none of {', '.join(formats)}")


def write_document(path: Path, document: str) -> None:
    """Write a document in one step, so that a failure leaves what was there before.

    Raises:
        StorageError: If the disk is full, read-only or fails.
    """
    with storage_errors(path):
        write_durably(path, document.encode("utf-8", "replace"))

"""Checksums of files, and folders that appear whole or not at all."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from search.errors import BundleMismatchError
from search.files import Checker, sha256_of, storage_errors, sync_folder, sync_tree

_REMEDY = "Rebuild the bundle: answers index --rebuild"


@dataclass(frozen=True, slots=True)
class FileDigest:
    """Size and SHA-256 of one file."""

    size_bytes: int
    sha256: str


def digests(folder: Path) -> dict[str, FileDigest]:
    """Describe every file of a folder by its relative name."""
    return {
        path.relative_to(folder).as_posix(): FileDigest(path.stat().st_size, sha256_of(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def verify(folder: Path, expected: Mapping[str, FileDigest], checker: Checker = sha256_of) -> None:
    """Compare files with their digests.

    Raises:
        BundleMismatchError: If a file is missing, unreadable or differs.
    """
    for name, digest in expected.items():
        path = folder / name
        try:
            intact = path.stat().st_size == digest.size_bytes and checker(path) == digest.sha256
        except OSError as exc:
            raise BundleMismatchError(f"{path} cannot be read: {exc}. {_REMEDY}") from exc
        if not intact:
            raise BundleMismatchError(f"{path} is damaged: its checksum differs. {_REMEDY}")


def publish(target: Path, write: Callable[[Path], None]) -> Path:
    """Let `write` fill a folder that then appears at `target` in one step.

    The files are on the disk before their folder is; what was at `target` is replaced, and so
    is what an interrupted call left. One writer at a time: hold the bundle's lock.

    Raises:
        StorageError: If the disk is full, read-only or fails.
    """
    draft = target.parent / f".{target.name}.tmp"
    with storage_errors(target):
        shutil.rmtree(draft, ignore_errors=True)
        try:
            draft.mkdir(parents=True)
            write(draft)
            sync_tree(draft)
            if target.exists():
                shutil.rmtree(target)
            draft.rename(target)
            sync_folder(target.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return target

"""One immutable version of the index, and whether its files are as they were written."""

from dataclasses import dataclass
from pathlib import Path

from search.errors import BundleMismatchError
from search.files import Checker, sha256_of, storage_errors
from search.manifest import MANIFEST, REBUILD, FileEntry, Manifest


def entries_of(folder: Path) -> dict[str, FileEntry]:
    """Return size and SHA-256 of every file in a folder."""
    return {
        path.relative_to(folder).as_posix(): FileEntry(path.stat().st_size, sha256_of(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@dataclass(frozen=True, slots=True)
class Generation:
    """One immutable version of the index."""

    name: str
    path: Path
    manifest: Manifest

    def file(self, name: str) -> Path:
        """Return the path of a file that the manifest lists."""
        return self.path / name

    def verify(self, checker: Checker = sha256_of) -> None:
        """Check every file's size and SHA-256 against the manifest.

        Raises:
            BundleMismatchError: Naming the first file that is missing, cut or changed.
            StorageError: If a file cannot be read.
        """
        with storage_errors(self.path):
            for name, entry in self.manifest.files.items():
                _verify_file(self.path / name, entry, checker)
            listed = {*self.manifest.files, MANIFEST}
            for path in sorted(self.path.rglob("*")):
                if path.is_file() and path.relative_to(self.path).as_posix() not in listed:
                    raise BundleMismatchError(f"{path}: not in the manifest; {REBUILD}")


def _verify_file(path: Path, entry: FileEntry, checker: Checker) -> None:
    """Check one file against its manifest entry."""
    try:
        size = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise BundleMismatchError(f"{path}: missing; {REBUILD}") from exc
    if size != entry.size_bytes:
        raise BundleMismatchError(
            f"{path}: {size} bytes, the manifest says {entry.size_bytes}; {REBUILD}"
        )
    if checker(path) != entry.sha256:
        raise BundleMismatchError(f"{path}: content differs from its checksum; {REBUILD}")

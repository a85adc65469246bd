"""The bundle: immutable generations of an index on disk, and a pointer to the live one.

::

    <bundle>/CURRENT                      name of the live generation
    <bundle>/generations/<n>-<digest>/    manifest.json, threads.sqlite, passages.faiss, lexical/
    <bundle>/encoders/<fingerprint>/      query encoder, shared by generations
    <bundle>/embeddings/                  cache of the indexer

Only this module knows the folders. A generation is written beside the live one, forced to the
disk, renamed and only then pointed to, so that a crash at any moment leaves the old generation or
the new one, never a mixture.
"""

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout

from search.errors import BundleLockedError, BundleMismatchError, BundleNotFoundError
from search.files import sha256_of, storage_errors, sync_folder, sync_tree, write_durably

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
_CURRENT = "CURRENT"
_GENERATION = re.compile(r"(\d{1,9})-([0-9a-f]{12})\Z")
_KEPT_GENERATIONS = 2

Checker = Callable[[Path], str]


@dataclass(frozen=True, slots=True)
class FileEntry:
    """What the manifest knows of one file."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds and what it was made with; no times, so that equal input is equal."""

    encoder: Mapping[str, Any]
    counts: Mapping[str, int]
    corpus_digest: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, FileEntry] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def to_json(self) -> bytes:
        """Return the canonical form, whose SHA-256 names the generation."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, indent=1)
        return text.encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes, *, path: Path) -> Self:
        """Parse a manifest.

        Raises:
            BundleMismatchError: If it is damaged or of another format version.
        """
        try:
            raw = json.loads(data)
            version = raw["format_version"]
            raw["files"] = {name: FileEntry(**entry) for name, entry in raw["files"].items()}
            manifest = cls(**raw)
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            raise BundleMismatchError(f"{path}: damaged manifest; {_REBUILD}") from exc
        if version != FORMAT_VERSION:
            raise BundleMismatchError(
                f"{path}: format version {version}, this program reads {FORMAT_VERSION}; {_REBUILD}"
            )
        return manifest


_REBUILD = "run `answers index --rebuild` with your sources, or `answers rollback`"


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
        """
        for name, entry in self.manifest.files.items():
            _verify_file(self.path / name, entry, checker)
        listed = {*self.manifest.files, MANIFEST}
        for path in sorted(self.path.rglob("*")):
            if path.is_file() and path.relative_to(self.path).as_posix() not in listed:
                raise BundleMismatchError(f"{path}: not in the manifest; {_REBUILD}")


def _verify_file(path: Path, entry: FileEntry, checker: Checker) -> None:
    """Check one file against its manifest entry."""
    try:
        size = path.stat().st_size
    except FileNotFoundError as exc:
        raise BundleMismatchError(f"{path}: missing; {_REBUILD}") from exc
    if size != entry.size_bytes:
        raise BundleMismatchError(
            f"{path}: {size} bytes, the manifest says {entry.size_bytes}; {_REBUILD}"
        )
    with storage_errors(path):
        digest = checker(path)
    if digest != entry.sha256:
        raise BundleMismatchError(f"{path}: content differs from its checksum; {_REBUILD}")


class Bundle:
    """A folder that holds generations of one index."""

    def __init__(self, path: Path) -> None:
        """Name a bundle; nothing is read or written yet."""
        self.path = path
        self.generations_folder = path / "generations"
        self.encoders_folder = path / "encoders"
        self.embeddings_folder = path / "embeddings"

    def __repr__(self) -> str:
        """Show the folder."""
        return f"Bundle({str(self.path)!r})"

    def current_name(self) -> str | None:
        """Return the name of the live generation, None where nothing was published."""
        path = self.path / _CURRENT
        with storage_errors(path):
            if not path.is_file():
                return None
            name = path.read_text("ascii", errors="replace").strip()
        if not _GENERATION.match(name):
            raise BundleMismatchError(f"{path}: damaged; {_REBUILD}")
        return name

    def names(self) -> list[str]:
        """Return the generations on disk, oldest first."""
        if not self.generations_folder.is_dir():
            return []
        found = [path.name for path in self.generations_folder.iterdir() if path.is_dir()]
        return sorted(filter(_GENERATION.match, found), key=lambda name: int(name.split("-")[0]))

    def generation(self, name: str) -> Generation:
        """Open a generation by name and check that its manifest is the one it was named after.

        Raises:
            BundleMismatchError: If the manifest is missing or is not the one that was published.
        """
        path = self.generations_folder / name
        manifest_path = path / MANIFEST
        try:
            data = manifest_path.read_bytes()
        except FileNotFoundError as exc:
            raise BundleMismatchError(f"{manifest_path}: missing; {_REBUILD}") from exc
        if not name.endswith("-" + _digest(data)):
            raise BundleMismatchError(f"{manifest_path}: content differs from its name; {_REBUILD}")
        return Generation(name, path, Manifest.from_json(data, path=manifest_path))

    def current(self) -> Generation:
        """Open the live generation.

        Raises:
            BundleNotFoundError: If nothing was built here.
            BundleMismatchError: If what was built is damaged.
        """
        name = self.current_name()
        if name is None:
            raise BundleNotFoundError(
                f"no bundle at {self.path}; build one with "
                f"`answers index SOURCE… --bundle {self.path}`"
            )
        return self.generation(name)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock, and remove what a killed writer left behind.

        Raises:
            BundleLockedError: If another process holds it; names its process id and since when.
            StorageError: If the folder cannot be written.
        """
        with storage_errors(self.path):
            self.generations_folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / ".lock")
            try:
                lock.acquire(timeout=0)
            except Timeout as exc:
                raise BundleLockedError(
                    f"{self.path}: {self._owner()} is writing this bundle; wait until it is done"
                ) from exc
            try:
                since = time.strftime("%Y-%m-%d %H:%M:%S")
                owner = f"process {os.getpid()} (since {since})"
                write_durably(self.path / ".owner", owner.encode())
                self._remove_leftovers()
                yield
            finally:
                lock.release()

    def _owner(self) -> str:
        """Return who holds the lock, as far as it said."""
        try:
            return (self.path / ".owner").read_text("ascii", errors="replace")[:80]
        except OSError:
            return "another process"

    def _remove_leftovers(self) -> None:
        """Delete temporary files and folders of writers that did not finish."""
        for path in [*self.path.glob(".*.tmp"), *self.path.glob("*/.*.tmp")]:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def publish(self, manifest: Manifest, write: Callable[[Path], None]) -> Generation:
        """Write a generation with `write`, seal it with its manifest and return it unpublished.

        The caller checks it and then calls `switch_to`. Where the newest generation is identical,
        that one is returned and nothing new stays on the disk.
        """
        temporary = self.generations_folder / f".{os.getpid()}.tmp"
        temporary.mkdir()
        try:
            write(temporary)
            sealed = _with_files(manifest, temporary)
            data = sealed.to_json()
            if same := self._same_as_current(_digest(data)):
                return same
            (temporary / MANIFEST).write_bytes(data)
            sync_tree(temporary)
            name = f"{self._next_number()}-{_digest(data)}"
            temporary.rename(self.generations_folder / name)
            sync_folder(self.generations_folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return Generation(name, self.generations_folder / name, sealed)

    def _same_as_current(self, digest: str) -> Generation | None:
        """Return the live generation if its manifest has this digest and its files hold."""
        name = self.current_name()
        if name is None or not name.endswith("-" + digest):
            return None
        try:
            generation = self.generation(name)
            generation.verify()
        except BundleMismatchError:
            return None
        return generation

    def _next_number(self) -> int:
        """Return the number behind the newest generation's."""
        return max((int(name.split("-")[0]) for name in self.names()), default=0) + 1

    def switch_to(self, name: str) -> None:
        """Make a generation the live one, in one step."""
        write_durably(self.path / _CURRENT, f"{name}\n".encode())

    def discard(self, name: str) -> None:
        """Delete a generation that is not live."""
        shutil.rmtree(self.generations_folder / name)

    def drop_old(self) -> None:
        """Delete generations older than the live one and the one before it."""
        current = self.current_name()
        for name in [name for name in self.names() if name != current][: -(_KEPT_GENERATIONS - 1)]:
            self.discard(name)


def _digest(data: bytes) -> str:
    """Return the part of a manifest's SHA-256 that names its generation."""
    return hashlib.sha256(data).hexdigest()[:12]


def _with_files(manifest: Manifest, folder: Path) -> Manifest:
    """Return the manifest with size and SHA-256 of every file in `folder`."""
    entries = {
        path.relative_to(folder).as_posix(): FileEntry(path.stat().st_size, sha256_of(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return Manifest(
        encoder=manifest.encoder,
        counts=manifest.counts,
        corpus_digest=manifest.corpus_digest,
        settings=manifest.settings,
        files=entries,
    )

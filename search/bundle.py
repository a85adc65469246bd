"""The bundle: immutable generations of an index on disk, and a pointer to the live one.

::

    <bundle>/CURRENT                      name of the live generation
    <bundle>/generations/<n>-<digest>/    manifest.json, and the files that it lists
    <bundle>/encoders/<fingerprint>/      query encoder, shared by generations
    <bundle>/embeddings/                  cache of the indexer

`search.opening` and `search.statistics` name the files of a generation. One is written beside the
live one, forced to the disk, checked, renamed and only then pointed to, so that a crash at any
moment leaves the old generation or the new one, never a mixture.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from search.errors import BundleMismatchError, BundleNotFoundError
from search.files import sha256_of, storage_errors, sync_folder, sync_tree, write_durably
from search.generation import Generation, entries_of
from search.lock import writer_lock
from search.manifest import MANIFEST, REBUILD, RECORD, Manifest, digest_of

_CURRENT = "CURRENT"
_GENERATION = re.compile(r"(\d{1,9})-([0-9a-f]{12})\Z")
_LEFTOVERS = (".*.tmp", "*/.*.tmp")


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
        """Return the name of the live generation, None where nothing was published.

        Raises:
            BundleMismatchError: If the pointer to it is damaged, or missing beside generations.
        """
        path = self.path / _CURRENT
        with storage_errors(path):
            try:
                text = path.read_bytes().decode("ascii", "replace")
            except (FileNotFoundError, NotADirectoryError):
                text = None
        if text is None:
            if not self.names():
                return None
            raise BundleMismatchError(f"{path}: missing; {REBUILD}")
        if not text.endswith("\n") or not _GENERATION.match(text[:-1]):
            raise BundleMismatchError(f"{path}: damaged; {REBUILD}")
        return text[:-1]

    def is_live(self, name: str) -> bool:
        """Tell whether a generation is the live one."""
        return self._pointer() == f"{name}\n".encode()

    def names(self) -> list[str]:
        """Return the generations on disk, oldest first."""
        with storage_errors(self.generations_folder):
            if not self.generations_folder.is_dir():
                return []
            found = [path.name for path in self.generations_folder.iterdir() if path.is_dir()]
        return sorted(filter(_GENERATION.match, found), key=_number)

    def candidates(self) -> list[str]:
        """Return the generations that may be used, best first.

        The live one and then those before it, latest first. Where the pointer to the live one
        is damaged or leads nowhere, all of them.
        """
        names = self.names()[::-1]
        with suppress(BundleMismatchError):
            current = self.current_name()
            if current in names:
                return [current, *(name for name in names if _number(name) < _number(current))]
        return names

    def intact(self) -> Iterator[Generation]:
        """Yield the candidates whose files are all as they were written, best first."""
        for name in self.candidates():
            with suppress(BundleMismatchError):
                generation = self.generation(name)
                generation.verify()
                yield generation

    def generation(self, name: str) -> Generation:
        """Open a generation by name and check that its manifest is the one it was named after.

        Raises:
            BundleMismatchError: If the manifest is missing or is not the one that was published.
            StorageError: If it cannot be read.
        """
        path = self.generations_folder / name
        manifest_path = path / MANIFEST
        with storage_errors(manifest_path):
            try:
                data = manifest_path.read_bytes()
            except (FileNotFoundError, NotADirectoryError) as exc:
                raise BundleMismatchError(f"{manifest_path}: missing; {REBUILD}") from exc
        if not name.endswith("-" + digest_of(data)):
            raise BundleMismatchError(f"{manifest_path}: content differs from its name; {REBUILD}")
        return Generation(name, path, Manifest.from_json(data, path=manifest_path))

    def current(self) -> Generation:
        """Open the live generation.

        Raises:
            BundleNotFoundError: If nothing was built here.
            BundleMismatchError: If what was built is damaged.
        """
        name = self.current_name()
        if name is None:
            raise self._nothing_here()
        return self.generation(name)

    def _nothing_here(self) -> BundleNotFoundError:
        """Say that nothing was built, and how to build it."""
        return BundleNotFoundError(
            f"no bundle at {self.path}; build one with `answers index SOURCE… --bundle {self.path}`"
        )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock, and remove what a killed writer left behind.

        Raises:
            BundleLockedError: If another process holds it; names its process id and since when.
            StorageError: If the folder cannot be written.
        """
        with storage_errors(self.path):
            self.generations_folder.mkdir(parents=True, exist_ok=True)
            with writer_lock(self.path):
                for leftover in [path for each in _LEFTOVERS for path in self.path.glob(each)]:
                    _remove(leftover)
                yield

    def publish(
        self,
        manifest: Manifest,
        write: Callable[[Path], None],
        check: Callable[[Generation], None],
    ) -> Generation:
        """Write a generation, seal it with its manifest, check it and make it the live one.

        Where anything fails the live generation stays as it is. Where it is identical, it is
        returned and nothing new stays on the disk.

        Args:
            manifest: What the generation holds; its files are listed here.
            write: Writes the files into a folder.
            check: Raises if the generation, complete on the disk, is not as it should be.
        """
        draft = self.generations_folder / f".{os.getpid()}.tmp"
        draft.mkdir()
        try:
            write(draft)
            sealed = replace(manifest, files=entries_of(draft))
            if same := self._live_as(sealed.digest):
                return same
            (draft / MANIFEST).write_bytes(sealed.to_json())
            sync_tree(draft)
            name = f"{self._next_number()}-{sealed.digest}"
            check(Generation(name, draft, sealed))
            self._adopt(draft, name)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return Generation(name, self.generations_folder / name, sealed)

    def _live_as(self, digest: str) -> Generation | None:
        """Return the live generation if its manifest has this digest and its files hold."""
        with suppress(BundleMismatchError):
            name = self.current_name()
            if name is not None and name.endswith("-" + digest):
                generation = self.generation(name)
                generation.verify()
                return generation
        return None

    def _next_number(self) -> int:
        """Return the number behind the newest generation's."""
        return max(map(_number, self.names()), default=0) + 1

    def _adopt(self, draft: Path, name: str) -> None:
        """Give a draft its name and make it live; where that fails neither has happened."""
        target = self.generations_folder / name
        draft.rename(target)
        try:
            sync_folder(self.generations_folder)
            self.switch_to(name)
        except BaseException:
            if not self.is_live(name):
                shutil.rmtree(target, ignore_errors=True)
            raise

    def _pointer(self) -> bytes | None:
        """Return what the pointer to the live generation holds, None without one."""
        path = self.path / _CURRENT
        return path.read_bytes() if path.is_file() else None

    def switch_to(self, name: str) -> None:
        """Make a generation the live one, in one step; where that fails the old one stays."""
        path = self.path / _CURRENT
        before = self._pointer()
        try:
            write_durably(path, f"{name}\n".encode())
        except BaseException:
            if before is None:
                path.unlink(missing_ok=True)
            elif self._pointer() != before:
                spare = path.with_name(f".{_CURRENT}.{os.getpid()}.tmp")
                spare.write_bytes(before)
                spare.replace(path)
            raise

    def rollback(self) -> Generation:
        """Make the latest intact generation before the live one the live one.

        Raises:
            BundleNotFoundError: If there is none.
            BundleLockedError: If another process is writing the bundle.
            StorageError: If the disk is full, read-only or fails.
        """
        if not self.names():
            raise self._nothing_here()
        with self.writing():
            for generation in self.intact():
                if not self.is_live(generation.name) and self._has_encoder_of(generation):
                    self.switch_to(generation.name)
                    return generation
        raise BundleNotFoundError(
            f"{self.path}: no intact generation before the live one that this version of the "
            "program reads; build one with "
            f"`answers index SOURCE… --bundle {self.path}`"
        )

    def _has_encoder_of(self, generation: Generation) -> bool:
        """Tell whether the encoder with which a generation was built is still there."""
        facts = generation.manifest.encoder
        record = self.encoders_folder / facts["fingerprint"] / RECORD
        known = facts.get(RECORD)
        return known is None or (record.is_file() and sha256_of(record) == known)

    def keep_only(self, *names: str) -> None:
        """Delete every other generation, also those that were rolled back or never went live."""
        for path in sorted(self.generations_folder.iterdir()):
            if path.is_dir() and _GENERATION.match(path.name) and path.name not in names:
                _remove(path)

    def keep_only_encoder(self, fingerprint: str) -> None:
        """Delete every other encoder."""
        for path in self.encoders_folder.iterdir():
            if path.name != fingerprint:
                _remove(path)


def _number(name: str) -> int:
    """Return the number in a generation's name."""
    return int(name.split("-")[0])


def _remove(path: Path) -> None:
    """Delete a file or a folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

"""The manifest of a generation: what it holds, what it was made with, how to recognise it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Self

from search.errors import BundleMismatchError

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
RECORD = "encoder.json"
"""The file that describes an encoder in its folder; a manifest's `encoder` has its checksum."""
REBUILD = "run `answers index --rebuild` with your sources, or `answers rollback`"
_DIGEST_CHARS = 12
_FINGERPRINT = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """What the manifest knows of one file."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds and what it was made with; no times, so that equal input is equal.

    `dense` says how each kind of passage that has many is searched, and what that finds of what
    exact search finds; it is empty, and not written, where all are searched exactly.
    """

    encoder: Mapping[str, Any]
    counts: Mapping[str, int]
    corpus_digest: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, FileEntry] = field(default_factory=dict)
    dense: Mapping[str, Any] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    @property
    def digest(self) -> str:
        """The part of the SHA-256 of the canonical form that names the generation."""
        return digest_of(self.to_json())

    def to_json(self) -> bytes:
        """Return the canonical form."""
        facts = asdict(self)
        if not facts["dense"]:
            del facts["dense"]
        text = json.dumps(facts, sort_keys=True, ensure_ascii=False, indent=1)
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
        except (ValueError, TypeError, KeyError, RecursionError) as exc:
            raise BundleMismatchError(f"{path}: damaged manifest; {REBUILD}") from exc
        if version != FORMAT_VERSION:
            raise BundleMismatchError(
                f"{path}: built with format version {version}, this program reads "
                f"{FORMAT_VERSION}; {REBUILD}"
            )
        try:
            raw["files"] = {name: FileEntry(**entry) for name, entry in raw["files"].items()}
            manifest = cls(**raw)
            manifest._check()
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            raise BundleMismatchError(f"{path}: damaged manifest ({exc}); {REBUILD}") from exc
        return manifest

    def _check(self) -> None:
        """Check what others use without looking: names that become paths, and numbers.

        Raises:
            ValueError: Naming the value that is not as expected.
            KeyError: If something is missing.
            TypeError: If something is of another type.
        """
        if not _FINGERPRINT.match(self.encoder["fingerprint"]):
            raise ValueError(f"fingerprint {self.encoder['fingerprint']!r}")
        if not isinstance(self.encoder["dim"], int):
            raise TypeError(f"dim {self.encoder['dim']!r}")
        if not isinstance(self.counts["threads"], int):
            raise TypeError(f"threads {self.counts['threads']!r}")
        for name in self.files:
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                raise ValueError(f"file {name!r}")


def digest_of(data: bytes) -> str:
    """Return the part of a manifest's SHA-256 that names its generation."""
    return hashlib.sha256(data).hexdigest()[:_DIGEST_CHARS]

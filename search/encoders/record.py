"""The file `encoder.json`, which says what an encoder's folder in a bundle holds."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from search.encoders.base import ModelSpec
from search.encoders.files import FileDigest, verify
from search.errors import BundleMismatchError
from search.files import Checker, sha256_of
from search.manifest import RECORD

_FORMAT = 2


class EncoderKind(StrEnum):
    """How a bundle's encoder runs."""

    ONNX = "onnx"
    HASH = "hash"
    TORCH = "torch"


@dataclass(frozen=True, slots=True)
class EncoderRecord:
    """What an encoder's folder holds.

    `source` and `reason` are of kind torch: where the model is and why it was not exported.
    """

    kind: EncoderKind
    spec: ModelSpec
    files: Mapping[str, FileDigest] = field(default_factory=dict)
    source: str | None = None
    reason: str | None = None

    def verify(self, folder: Path, checker: Checker = sha256_of) -> None:
        """Compare the folder's files with their checksums.

        Raises:
            BundleMismatchError: If one is missing or differs.
        """
        verify(folder, self.files, checker)

    def write(self, folder: Path) -> None:
        """Write the record into a folder."""
        facts = {
            "format": _FORMAT,
            "kind": self.kind,
            "spec": self.spec.to_dict(),
            "files": {name: asdict(digest) for name, digest in self.files.items()},
            "source": self.source,
            "reason": self.reason,
        }
        text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
        (folder / RECORD).write_text(text, encoding="utf-8")


def read_record(folder: Path) -> EncoderRecord:
    """Read the record of an encoder's folder.

    Raises:
        BundleMismatchError: If it is missing, damaged or of another format.
    """
    path = folder / RECORD
    try:
        return _parse(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as exc:
        raise BundleMismatchError(
            f"{path} does not describe an encoder ({exc}). "
            "Rebuild the bundle: answers index --rebuild"
        ) from exc


def _parse(facts: Mapping[str, Any]) -> EncoderRecord:
    if facts["format"] != _FORMAT:
        raise ValueError(f"format {facts['format']}, expected {_FORMAT}")
    return EncoderRecord(
        kind=EncoderKind(facts["kind"]),
        spec=ModelSpec.from_dict(facts["spec"]),
        files={name: FileDigest(**digest) for name, digest in facts["files"].items()},
        source=facts["source"],
        reason=facts["reason"],
    )

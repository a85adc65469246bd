"""The manifest of a generation: round trip, and what is refused."""

import json
from pathlib import Path

import pytest

from search.errors import (
    BundleMismatchError,
)
from search.manifest import FORMAT_VERSION, MANIFEST, FileEntry, Manifest, digest_of

FINGERPRINT = "0" * 64
MADE = Manifest(
    encoder={"fingerprint": FINGERPRINT, "dim": 4}, counts={"threads": 1}, corpus_digest="c"
)


def test_a_manifest_comes_back_from_its_canonical_form(tmp_path: Path) -> None:
    made = Manifest(
        encoder={"fingerprint": FINGERPRINT, "dim": 4, "name": "ü"},
        counts={"threads": 3},
        corpus_digest="c",
        settings={"build": 1},
        files={"a/b": FileEntry(3, "x")},
    )
    assert Manifest.from_json(made.to_json(), path=tmp_path) == made
    assert made.digest == digest_of(made.to_json())
    assert len(made.digest) == 12


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format_version": FORMAT_VERSION + 1, "new": 1}, r"format version 2, this program .* 1"),
        ({"format_version": 0}, r"format version 0, this program reads 1; run `answers index"),
        ({"encoder": {"dim": 4}}, "damaged manifest"),
        ({"encoder": {"fingerprint": "../../elsewhere", "dim": 4}}, "fingerprint '../../else"),
        ({"encoder": {"fingerprint": FINGERPRINT, "dim": "4"}}, "damaged manifest"),
        ({"counts": {}}, "damaged manifest"),
        ({"counts": None}, "damaged manifest"),
        ({"files": {"../outside": {"size_bytes": 1, "sha256": ""}}}, "file '../outside'"),
        ({"files": {"/etc/passwd": {"size_bytes": 1, "sha256": ""}}}, "file '/etc/passwd'"),
        ({"files": {"a": {"size_bytes": 1}}}, "damaged manifest"),
        ({"files": []}, "damaged manifest"),
        ({"surprise": 1}, "damaged manifest"),
    ],
)
def test_a_manifest_of_another_program_is_refused(
    change: dict[str, object], message: str, tmp_path: Path
) -> None:
    data = json.dumps({**json.loads(MADE.to_json()), **change}).encode()
    with pytest.raises(BundleMismatchError, match=message):
        Manifest.from_json(data, path=tmp_path / MANIFEST)


@pytest.mark.parametrize("data", [b"", b"\xff", b"null", b"[]", b"{}", b"[" * 100_000])
def test_what_is_no_manifest_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(BundleMismatchError, match=r"manifest\.json: damaged manifest"):
        Manifest.from_json(data, path=tmp_path / MANIFEST)

"""What encoders share: specifications, checksums, folders, records, importing."""

import dataclasses
import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import search.encoders
from search.encoders import Encoder, HashEncoder, ModelSpec, open_query_encoder, publish_encoder
from search.encoders.base import gather, unit_rows, well_formed
from search.encoders.files import digests, publish, verify
from search.encoders.registry import published_spec
from search.errors import BundleMismatchError, StorageError

ROOT = Path(search.encoders.__file__).parents[2]
SPEC = ModelSpec(
    name="acme/model",
    files={"model.safetensors": "00"},
    dim=2,
    pooling="mean",
    prompts={"query": "query: ", "passage": ""},
    max_tokens=256,
)


def test_public_names() -> None:
    assert search.encoders.__all__ == sorted(search.encoders.__all__)
    assert all(hasattr(search.encoders, name) for name in search.encoders.__all__)


def test_importing_loads_no_model_library() -> None:
    heavy = {"torch", "transformers", "sentence_transformers", "onnxruntime", "tokenizers"}
    code = f"import sys, search.encoders; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_specification_survives_the_manifest() -> None:
    assert ModelSpec.from_dict(json.loads(json.dumps(SPEC.to_dict()))) == SPEC


@pytest.mark.parametrize(
    "change",
    [
        {"files": {"model.safetensors": "01"}},
        {"dim": 3},
        {"pooling": "cls"},
        {"prompts": {"query": "", "passage": ""}},
        {"max_tokens": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_fingerprint_covers(change: dict[str, Any]) -> None:
    assert dataclasses.replace(SPEC, **change).fingerprint != SPEC.fingerprint


def test_fingerprint_ignores_the_name() -> None:
    assert dataclasses.replace(SPEC, name="./copy").fingerprint == SPEC.fingerprint


def test_a_changed_specification_is_refused() -> None:
    with pytest.raises(BundleMismatchError, match="fingerprint"):
        ModelSpec.from_dict(SPEC.to_dict() | {"dim": 3})
    with pytest.raises(BundleMismatchError, match="lacks 'pooling'"):
        ModelSpec.from_dict({k: v for k, v in SPEC.to_dict().items() if k != "pooling"})


def test_unit_rows_keep_zeros() -> None:
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, 0.0]]


def test_gather_restores_the_order() -> None:
    rows = gather(
        (3, 1),
        [np.array([2]), np.array([0])],
        lambda batch: batch[:, None].astype(np.float32) + 1,
    )
    assert rows.tolist() == [[1.0], [0.0], [3.0]]


def test_lone_surrogates_keep_the_length() -> None:
    assert well_formed("a\ud800b🙂") == "a?b🙂"


def write_file(text: str, folder: Path) -> None:
    (folder / "file").write_text(text)


def test_publish_replaces_and_leaves_no_draft(tmp_path: Path) -> None:
    target = tmp_path / "encoder"
    for text in ("old", "new"):
        publish(target, partial(write_file, text))
    assert (target / "file").read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_publish_of_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="No space left on device; free some space"):
        publish(tmp_path / "encoder", write)
    assert list(tmp_path.iterdir()) == []


def test_verify_finds_what_changed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    known = digests(tmp_path)
    verify(tmp_path, known)
    file.write_bytes(b"abd")
    with pytest.raises(BundleMismatchError, match="file is damaged"):
        verify(tmp_path, known)
    file.unlink()
    with pytest.raises(BundleMismatchError, match="file cannot be read"):
        verify(tmp_path, known)


def test_a_hash_encoder_round_trips(tmp_path: Path) -> None:
    folder = publish_encoder(HashEncoder(8), tmp_path / "encoders")
    assert folder == tmp_path / "encoders" / HashEncoder(8).fingerprint
    assert [path.name for path in folder.iterdir()] == ["encoder.json"]
    assert open_query_encoder(folder).spec == HashEncoder(8).spec


def test_publishing_twice_writes_once(tmp_path: Path) -> None:
    record = publish_encoder(HashEncoder(8), tmp_path) / "encoder.json"
    before = record.stat()
    publish_encoder(HashEncoder(8), tmp_path)
    assert record.stat() == before


def test_a_published_hash_encoder_is_known(tmp_path: Path) -> None:
    assert published_spec("hash:8", tmp_path) is None
    publish_encoder(HashEncoder(8), tmp_path)
    assert published_spec("hash:8", tmp_path) == HashEncoder(8).spec
    assert published_spec("hash:16", tmp_path) is None


def test_a_damaged_record_is_refused_and_written_again(tmp_path: Path) -> None:
    folder = publish_encoder(HashEncoder(8), tmp_path)
    (folder / "encoder.json").write_text('{"format": 1}')
    with pytest.raises(BundleMismatchError, match="format 1, expected 2"):
        open_query_encoder(folder)
    publish_encoder(HashEncoder(8), tmp_path)
    assert open_query_encoder(folder).dim == 8


def test_a_missing_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleMismatchError, match=r"encoder\.json does not describe"):
        open_query_encoder(tmp_path)


def test_a_foreign_encoder_cannot_be_published(tmp_path: Path) -> None:
    class Foreign(Encoder):
        spec = SPEC

    with pytest.raises(TypeError, match="cannot publish a Foreign"):
        publish_encoder(Foreign(), tmp_path)  # type: ignore[abstract]

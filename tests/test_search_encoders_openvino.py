"""Bulk encoding by padded batches, with OpenVINO where it is installed."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from indexer.encoding import LazyEncoder
from search.bundle import Bundle
from search.encoders import openvino
from search.encoders.onnx import SENTENCE_OUTPUT, TOKENS_OUTPUT, OnnxEncoder
from search.encoders.openvino import OpenVinoEncoder
from search.errors import ModelUnavailableError
from tests.needs import require

TEXTS = [
    "short",
    "",
    "How do I deploy a model without downtime, and who watches it?",
    "Use a shadow deployment first. " * 12,
    "short",
    *(f"passage number {number} of {number * 3} words about pipelines" for number in range(12)),
]


@pytest.fixture(scope="module")
def folder(sample_bundle: Path) -> Path:
    return next((sample_bundle / "encoders").iterdir())


def by_onnxruntime(folder: Path):
    """Run the same model on the same batches, so that padding alone is what differs."""
    session = OnnxEncoder(folder)._session
    names = [TOKENS_OUTPUT, SENTENCE_OUTPUT]
    return lambda feeds: dict(zip(names, session.run(names, dict(feeds)), strict=True))


def test_padding_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino, "compiled", lambda path: by_onnxruntime(folder))
    bulk, single = OpenVinoEncoder(folder), OnnxEncoder(folder)
    embeddings, tokens = bulk.encode_passages_with_tokens(TEXTS)
    expected, expected_tokens = single.encode_passages_with_tokens(TEXTS)
    assert embeddings == pytest.approx(expected, abs=1e-5)
    assert np.array_equal(bulk.encode_passages(TEXTS), embeddings)
    for mine, theirs in zip(tokens, expected_tokens, strict=True):
        assert np.array_equal(mine.offsets, theirs.offsets)
        assert mine.embeddings == pytest.approx(theirs.embeddings, abs=1e-4)


def test_openvino_agrees_with_onnxruntime(folder: Path) -> None:
    require("openvino")
    bulk, single = OpenVinoEncoder(folder), OnnxEncoder(folder)
    embeddings, _ = bulk.encode_passages_with_tokens(TEXTS)
    said = [bool(text) for text in TEXTS]
    cosines = np.sum(embeddings * single.encode_passages(TEXTS), axis=1)[said]
    assert cosines.min() > 0.9998
    assert not embeddings[1].any()


def test_without_the_package_one_is_told_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ModelUnavailableError, match=r"pip install author-answers\[openvino\]"):
        OpenVinoEncoder(folder)


def test_a_model_that_openvino_cannot_run_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("no such\noperation")

    monkeypatch.setitem(sys.modules, "openvino", SimpleNamespace(Core=fail))
    with pytest.raises(ModelUnavailableError, match=r"model\.onnx.*no such operation"):
        OpenVinoEncoder(folder)


def test_its_embeddings_have_a_cache_of_their_own(sample_bundle: Path) -> None:
    bundle = Bundle(sample_bundle)
    plain, bulk = (LazyEncoder(None, bundle, device=device) for device in (None, "openvino"))
    assert plain.fingerprint == bulk.fingerprint == plain.cache_name
    assert bulk.cache_name == f"{plain.fingerprint}-openvino"

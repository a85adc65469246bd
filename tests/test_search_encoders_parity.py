"""The default model: the exported encoder equals sentence-transformers and needs no torch."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import search.encoders
from search.encoders import (
    DEFAULT_MODEL,
    Embeddings,
    OnnxEncoder,
    SentenceTransformerEncoder,
    load_encoder,
    open_query_encoder,
    publish_encoder,
)
from search.encoders.base import unit_rows
from search.encoders.files import digests
from search.encoders.record import read_record
from search.errors import BundleMismatchError

ROOT = Path(search.encoders.__file__).parents[2]
SENTENCES = [
    "How do I become a data engineer?",
    "  leading and trailing blanks  ",
    "UPPER CASE and CamelCase and snake_case",
    "naïve façade, Zürich, Łódź, São Paulo",
    "機械学習をどう始めますか",
    "Как начать изучать машинное обучение?",
    "thanks 🙏 👩🏽‍💻 🎉🎉",
    "`pip install torch==2.0` https://example.org/a?b=c&d=e",
    "a",
    "3.14159 & 1e-9 % <b>bold</b> &amp;",
    "tabs\tand\nnew\r\nlines",
    "zero\u200bwidth e\u0301 combining \ufeff mark",
]
TEXTS = [
    *SENTENCES,
    *(" ".join(SENTENCES[: 1 + i % 12]) + f" no. {i}" for i in range(44)),
    "long " * 254,
    "longer than the model reads " * 100,
    "x" * 5000,
    "",
]


@pytest.fixture(scope="module", autouse=True)
def no_network() -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise AssertionError("tried to reach the network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(scope="module")
def original() -> SentenceTransformerEncoder:
    encoder = load_encoder(None, device="cpu")
    assert isinstance(encoder, SentenceTransformerEncoder)
    return encoder


@pytest.fixture(scope="module")
def folder(original: SentenceTransformerEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_encoder(original, tmp_path_factory.mktemp("encoders"))


@pytest.fixture(scope="module")
def exported(folder: Path) -> OnnxEncoder:
    encoder = open_query_encoder(folder)
    assert isinstance(encoder, OnnxEncoder)
    return encoder


@pytest.fixture(scope="module")
def rows(exported: OnnxEncoder) -> Embeddings:
    return exported.encode_passages(TEXTS)


def test_specification(original: SentenceTransformerEncoder, folder: Path) -> None:
    spec = original.spec
    assert (spec.name, spec.dim, spec.pooling, spec.max_tokens) == (DEFAULT_MODEL, 384, "mean", 256)
    assert spec.prompts == {"query": "", "passage": ""}
    assert "model.safetensors" in spec.files
    assert "README.md" not in spec.files
    assert folder.name == spec.fingerprint
    names = {path.name for path in folder.iterdir()}
    assert names == {"encoder.json", "model.onnx", "model.data", "tokenizer.json"}
    assert len({path.stat().st_mode for path in folder.iterdir()}) == 1


def test_rows_are_unit_rows(rows: Embeddings) -> None:
    assert len(TEXTS) == 60
    assert rows.shape == (60, 384)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.array([1.0] * 59 + [0.0]))


def test_exported_equals_original(original: SentenceTransformerEncoder, rows: Embeddings) -> None:
    cosines = (original.encode_passages(TEXTS) * rows).sum(axis=1)
    assert cosines[:-1].min() >= 0.99999
    assert cosines[-1] == 0


def test_original_equals_the_library(original: SentenceTransformerEncoder) -> None:
    texts = TEXTS[:20]
    expected = original.model.encode(texts, show_progress_bar=False)
    assert np.abs(original.encode_queries(texts) - expected).max() < 1e-6


def test_alone_equals_in_a_batch(exported: OnnxEncoder, rows: Embeddings) -> None:
    alone = np.vstack([exported.encode_queries([text]) for text in TEXTS])
    assert np.abs(alone - rows).max() < 1e-6


def test_no_texts_become_no_rows(
    original: SentenceTransformerEncoder, exported: OnnxEncoder
) -> None:
    assert exported.encode_queries([]).shape == (0, 384)
    assert original.encode_passages([]).shape == (0, 384)


def test_lone_surrogates_are_encoded(
    original: SentenceTransformerEncoder, exported: OnnxEncoder
) -> None:
    expected = original.encode_queries(["half ?"])
    assert np.abs(exported.encode_queries(["half \ud83d"]) - expected).max() < 1e-6


def test_tokens_map_to_words(exported: OnnxEncoder) -> None:
    text = "  Naïve 🙂 Bayes, embeddings!"
    _, (tokens, none) = exported.encode_queries_with_tokens([text, ""])
    words = [text[start:end] for start, end in tokens.offsets]
    assert words == ["Naïve", "🙂", "Bay", "es", ",", "em", "bed", "ding", "s", "!"]
    assert tokens.embeddings.shape == (10, 192)
    assert np.linalg.norm(tokens.embeddings, axis=1) == pytest.approx(np.ones(10), abs=1e-6)
    assert tokens.offsets.dtype == np.int32
    assert none.embeddings.shape == (0, 192)
    assert none.offsets.shape == (0, 2)


def test_tokens_are_the_same_alone_and_in_a_batch(exported: OnnxEncoder) -> None:
    _, together = exported.encode_passages_with_tokens(SENTENCES)
    for text, tokens in zip(SENTENCES, together, strict=True):
        _, (alone,) = exported.encode_passages_with_tokens([text])
        assert np.array_equal(alone.offsets, tokens.offsets)
        assert np.abs(alone.embeddings - tokens.embeddings).max() < 1e-6


def test_queries_need_no_torch(folder: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from search.encoders import open_query_encoder\n"
        "encoder = open_query_encoder(Path(sys.argv[1]))\n"
        "assert encoder.encode_queries(['how?']).shape == (1, 384)\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("name", ["model.onnx", "model.data", "tokenizer.json"])
def test_a_tampered_file_is_refused(name: str, folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).hardlink_to(path)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).unlink()
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BundleMismatchError, match=f"{name} is damaged"):
        open_query_encoder(tmp_path)


def test_a_truncated_graph_is_refused_whatever_its_checksum(folder: Path, tmp_path: Path) -> None:
    for name in ("model.onnx", "model.data", "tokenizer.json"):
        data = (folder / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2] if name == "model.onnx" else data)
    replace(read_record(folder), files=digests(tmp_path)).write(tmp_path)
    with pytest.raises(BundleMismatchError, match=r"model\.onnx is no model"):
        open_query_encoder(tmp_path)


def test_tokens_keep_their_cosines(
    original: SentenceTransformerEncoder, exported: OnnxEncoder
) -> None:
    def on_axes(text: str) -> Embeddings:
        return exported.encode_passages_with_tokens([text])[1][0].embeddings

    def in_full(text: str) -> Embeddings:
        rows = original.model.encode([text], output_value="token_embeddings")[0]
        return unit_rows(rows.cpu().numpy())[1:-1]

    said, asked = "Send a copy of the requests to the new model.", "How to mirror traffic?"
    full, kept = in_full(asked) @ in_full(said).T, on_axes(asked) @ on_axes(said).T
    assert kept.shape == full.shape
    assert np.corrcoef(full.ravel(), kept.ravel())[0, 1] > 0.97
    assert np.mean(full.argmax(axis=1) == kept.argmax(axis=1)) > 0.7

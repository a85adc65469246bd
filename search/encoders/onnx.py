"""Encoding with onnxruntime: no torch in the process, one query in milliseconds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from search.encoders.base import (
    Embeddings,
    Encoder,
    TokenEmbeddings,
    TokenEncoder,
    gather,
    well_formed,
)
from search.encoders.record import EncoderKind, read_record
from search.errors import BundleMismatchError
from search.files import Checker, sha256_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

MODEL = "model.onnx"
WEIGHTS = "model.data"
TOKENIZER = "tokenizer.json"
TOKENS_OUTPUT = "token_embeddings"
SENTENCE_OUTPUT = "sentence_embedding"
_BATCH_SIZE = 32
_MAX_THREADS = 4


class OnnxEncoder(Encoder, TokenEncoder):
    """Runs an exported model.

    Texts are batched with others of exactly their length, so that nothing is padded. A text
    has nearly the same embedding in any company: matrix products of other sizes round otherwise in
    the last bit.
    """

    def __init__(self, folder: Path, *, checker: Checker = sha256_of) -> None:
        """Open an exported model.

        Args:
            folder: What `export_encoder` wrote.
            checker: Returns the SHA-256 of a file; one that remembers may skip unchanged files.

        Raises:
            BundleMismatchError: If a file is missing, damaged or of another kind.
        """
        record = read_record(folder)
        if record.kind is not EncoderKind.ONNX:
            raise BundleMismatchError(f"{folder} holds an encoder of kind {record.kind}, not onnx.")
        record.verify(folder, checker)
        self.spec = record.spec
        self._tokenizer = _open_tokenizer(folder / TOKENIZER, record.spec.max_tokens)
        self._session = _open_session(folder / MODEL)
        self._inputs = [each.name for each in self._session.get_inputs()]

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Embed what users type; `(n, dim)`."""
        return self._encode(texts, "query")

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """Embed what is searched; `(n, dim)`."""
        return self._encode(texts, "passage")

    def encode_queries_with_tokens(
        self, texts: Sequence[str]
    ) -> tuple[Embeddings, list[TokenEmbeddings]]:
        """Embed what users type and its tokens, in one pass."""
        return self._encode_both(texts, "query")

    def encode_passages_with_tokens(
        self, texts: Sequence[str]
    ) -> tuple[Embeddings, list[TokenEmbeddings]]:
        """Embed what is searched and its tokens, in one pass."""
        return self._encode_both(texts, "passage")

    def _encode(self, texts: Sequence[str], role: str) -> Embeddings:
        encodings = self._tokenize(texts, role)

        def encode_batch(batch: NDArray[np.intp]) -> Embeddings:
            return self._run([SENTENCE_OUTPUT], [encodings[i] for i in batch])[0]

        return gather((len(texts), self.dim), self._batches(texts, encodings), encode_batch)

    def _encode_both(
        self, texts: Sequence[str], role: str
    ) -> tuple[Embeddings, list[TokenEmbeddings]]:
        encodings = self._tokenize(texts, role)
        skip = len(self.spec.prompts[role])
        tokens = [self._no_tokens] * len(texts)

        def encode_batch(batch: NDArray[np.intp]) -> Embeddings:
            outputs = [TOKENS_OUTPUT, SENTENCE_OUTPUT]
            rows, sentences = self._run(outputs, [encodings[i] for i in batch])
            for i, embeddings in zip(batch, rows, strict=True):
                tokens[i] = _own_tokens(encodings[i], embeddings[: len(encodings[i])], skip)
            return sentences

        batches = self._batches(texts, encodings)
        return gather((len(texts), self.dim), batches, encode_batch), tokens

    @property
    def _no_tokens(self) -> TokenEmbeddings:
        outputs = {each.name: each.shape for each in self._session.get_outputs()}
        return TokenEmbeddings(
            offsets=np.zeros((0, 2), dtype=np.int32),
            embeddings=np.zeros((0, outputs[TOKENS_OUTPUT][-1]), dtype=np.float32),
        )

    def _tokenize(self, texts: Sequence[str], role: str) -> list[Encoding]:
        prompt = self.spec.prompts[role]
        return self._tokenizer.encode_batch([prompt + well_formed(text) for text in texts])

    def _batches(
        self, texts: Sequence[str], encodings: Sequence[Encoding]
    ) -> Iterator[NDArray[np.intp]]:
        """Yield the positions of texts that are not blank and are encoded together."""
        pairs = zip(texts, encodings, strict=True)
        lengths = np.array(
            [len(encoding) if text.strip() else 0 for text, encoding in pairs], dtype=np.intp
        )
        for length in np.unique(lengths[lengths > 0])[::-1]:
            members = np.flatnonzero(lengths == length)
            for start in range(0, len(members), _BATCH_SIZE):
                yield members[start : start + _BATCH_SIZE]

    def _run(self, outputs: list[str], encodings: list[Encoding]) -> list[Embeddings]:
        """Return outputs of the model for a batch; rows behind a text's own tokens mean nothing."""
        ids = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
        feeds = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.array([each.type_ids for each in encodings], dtype=np.int64),
        }
        feeds = {name: feeds[name] for name in self._inputs}
        return [np.asarray(each, dtype=np.float32) for each in self._session.run(outputs, feeds)]


def _own_tokens(encoding: Encoding, embeddings: Embeddings, skip: int) -> TokenEmbeddings:
    """Drop special tokens and the prompt's, and count characters from the text's first."""
    offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2) - skip
    special = np.array(encoding.special_tokens_mask, dtype=bool)
    own = ~special & (offsets[:, 1] > 0)
    return TokenEmbeddings(
        offsets=np.maximum(offsets[own], 0),
        embeddings=embeddings[own],
    )


def _open_tokenizer(path: Path, max_tokens: int | None) -> Tokenizer:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    # The library raises plain Exception.
    except Exception as exc:
        raise BundleMismatchError(f"{path} is no tokenizer: {exc}") from exc
    tokenizer.no_padding()
    if max_tokens is None:
        tokenizer.no_truncation()
    else:
        tokenizer.enable_truncation(max_tokens)
    return tokenizer


def _open_session(path: Path) -> InferenceSession:
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(_MAX_THREADS, os.cpu_count() or 1)
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Waiting threads that spin save a lone query half a millisecond, and cost it ten where anybody
    # else needs the cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    # The library's exceptions share no base but Exception.
    except Exception as exc:
        raise BundleMismatchError(f"{path} is no model that onnxruntime runs: {exc}") from exc

"""Bulk encoding with OpenVINO in 16-bit floats, where the processor multiplies them fast.

An option for indexing: the cosine of an embedding with that of onnxruntime is above .9998
(`tests/test_search_encoders_openvino.py`). Queries are always embedded by onnxruntime.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from search.encoders.base import Embeddings, TokenEmbeddings, gather
from search.encoders.onnx import MODEL, SENTENCE_OUTPUT, TOKENS_OUTPUT, OnnxEncoder, own_tokens
from search.errors import ModelUnavailableError

if TYPE_CHECKING:
    from tokenizers import Encoding

_BATCH_SIZE = 8
_PADDED_TO = 16
_BF16 = "BF16"

Infer = Callable[[Mapping[str, NDArray[np.int64]]], Mapping[str, NDArray[Any]]]


class OpenVinoEncoder(OnnxEncoder):
    """Runs an exported model on passages of about equal length, padded to equal length."""

    def __init__(self, folder: Path) -> None:
        """Open an exported model.

        Raises:
            BundleMismatchError: If a file is missing, damaged or of another kind.
            ModelUnavailableError: If OpenVINO is not installed, or cannot run the model.
        """
        super().__init__(folder)
        self._infer = compiled(folder / MODEL)

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """Embed what is searched; `(n, dim)`."""
        encodings = self._tokenize(texts, "passage")

        def encode_batch(batch: NDArray[np.intp]) -> Embeddings:
            return self._outputs(encodings, batch)[SENTENCE_OUTPUT]

        batches = _batches_of_like_length(texts, encodings)
        return gather((len(texts), self.dim), batches, encode_batch)

    def encode_passages_with_tokens(
        self, texts: Sequence[str]
    ) -> tuple[Embeddings, list[TokenEmbeddings]]:
        """Embed what is searched and its tokens, in one pass."""
        encodings = self._tokenize(texts, "passage")
        skip = len(self.spec.prompts["passage"])
        tokens = [self._no_tokens] * len(texts)

        def encode_batch(batch: NDArray[np.intp]) -> Embeddings:
            outputs = self._outputs(encodings, batch)
            for i, rows in zip(batch, outputs[TOKENS_OUTPUT], strict=True):
                tokens[i] = own_tokens(encodings[i], rows[: len(encodings[i])], skip)
            return outputs[SENTENCE_OUTPUT]

        batches = _batches_of_like_length(texts, encodings)
        return gather((len(texts), self.dim), batches, encode_batch), tokens

    def _outputs(
        self, encodings: Sequence["Encoding"], batch: NDArray[np.intp]
    ) -> dict[str, Embeddings]:
        """Run the model on some texts, padded to the longest of them."""
        longest = max(len(encodings[i]) for i in batch)
        shape = len(batch), -(-longest // _PADDED_TO) * _PADDED_TO
        feeds = {name: np.zeros(shape, dtype=np.int64) for name in self._inputs}
        for row, i in enumerate(batch):
            columns = {
                "input_ids": encodings[i].ids,
                "attention_mask": np.ones(len(encodings[i]), dtype=np.int64),
                "token_type_ids": encodings[i].type_ids,
            }
            for name, feed in feeds.items():
                feed[row, : len(encodings[i])] = columns[name]
        found = self._infer(feeds)
        return {name: np.array(each, dtype=np.float32) for name, each in found.items()}


def compiled(path: Path) -> Infer:
    """Return what runs a model, in 16-bit floats where the processor has them.

    Raises:
        ModelUnavailableError: If OpenVINO is not installed, or cannot run the model.
    """
    try:
        import openvino
    except ImportError as exc:
        raise ModelUnavailableError(
            "the device openvino needs a package of that name: pip install author-answers[openvino]"
        ) from exc
    try:
        core = openvino.Core()
        has_bf16 = _BF16 in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        hint = {"INFERENCE_PRECISION_HINT": "bf16" if has_bf16 else "f32", "NUM_STREAMS": "1"}
        request = core.compile_model(str(path), "CPU", hint).create_infer_request()
    except RuntimeError as exc:
        cause = " ".join(str(exc).split())
        raise ModelUnavailableError(
            f"{path}: OpenVINO cannot run it ({cause}); leave out --device openvino"
        ) from exc

    def infer(feeds: Mapping[str, NDArray[np.int64]]) -> dict[str, NDArray[Any]]:
        found = request.infer(dict(feeds))
        return {name: found[name] for name in (TOKENS_OUTPUT, SENTENCE_OUTPUT)}

    return infer


def _batches_of_like_length(
    texts: Sequence[str], encodings: Sequence["Encoding"]
) -> Iterator[NDArray[np.intp]]:
    """Yield the positions of texts that are not blank, the longest first."""
    lengths = np.array([len(encoding) for encoding in encodings], dtype=np.intp)
    wanted = np.flatnonzero([bool(text.strip()) for text in texts])
    longest_first = wanted[np.argsort(-lengths[wanted], kind="stable")]
    for start in range(0, len(longest_first), _BATCH_SIZE):
        yield longest_first[start : start + _BATCH_SIZE]

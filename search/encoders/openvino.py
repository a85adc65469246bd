"""Bulk encoding with OpenVINO in 16-bit floats, where the processor multiplies them fast.

An option for indexing: the cosine of an embedding with that of onnxruntime is above .9998
(`tests/test_search_encoders_openvino.py`). Queries are always embedded by onnxruntime: this encoder
is opened for passages only.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from search.encoders.base import Embeddings
from search.encoders.onnx import MODEL, SENTENCE_OUTPUT, TOKENS_OUTPUT, OnnxEncoder
from search.errors import ModelUnavailableError

if TYPE_CHECKING:
    from tokenizers import Encoding

_BATCH_SIZE = 8
_PADDED_TO = 16
_BF16 = "BF16"

Infer = Callable[[Mapping[str, NDArray[np.int64]]], Mapping[str, NDArray[Any]]]


class OpenVinoEncoder(OnnxEncoder):
    """Runs an exported model on texts of about equal length, padded to equal length."""

    def __init__(self, folder: Path) -> None:
        """Open an exported model.

        Raises:
            BundleMismatchError: If a file is missing, damaged or of another kind.
            ModelUnavailableError: If OpenVINO is not installed, or cannot run the model.
        """
        super().__init__(folder)
        self._infer = compiled(folder / MODEL)

    def _batches(
        self, texts: Sequence[str], encodings: Sequence["Encoding"]
    ) -> Iterator[NDArray[np.intp]]:
        """Yield the positions of texts that are not blank, the longest first."""
        lengths = np.array([len(encoding) for encoding in encodings], dtype=np.intp)
        wanted = np.flatnonzero([bool(text.strip()) for text in texts])
        longest_first = wanted[np.argsort(-lengths[wanted], kind="stable")]
        for start in range(0, len(longest_first), _BATCH_SIZE):
            yield longest_first[start : start + _BATCH_SIZE]

    def _run(self, outputs: list[str], encodings: list["Encoding"]) -> list[Embeddings]:
        """Return outputs of the model for texts that are padded to the longest of them."""
        longest = max(map(len, encodings))
        shape = len(encodings), -(-longest // _PADDED_TO) * _PADDED_TO
        feeds = {name: np.zeros(shape, dtype=np.int64) for name in self._inputs}
        for row, encoding in enumerate(encodings):
            columns = {
                "input_ids": encoding.ids,
                "attention_mask": encoding.attention_mask,
                "token_type_ids": encoding.type_ids,
            }
            for name, feed in feeds.items():
                feed[row, : len(encoding)] = columns[name]
        found = self._infer(feeds)
        return [np.array(found[name], dtype=np.float32) for name in outputs]


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

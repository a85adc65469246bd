"""Exporting a sentence-transformers model, so that queries need no torch."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from search.encoders.axes import token_axes
from search.encoders.files import digests, publish
from search.encoders.onnx import (
    MODEL,
    SENTENCE_OUTPUT,
    TOKENIZER,
    TOKENS_OUTPUT,
    WEIGHTS,
    OnnxEncoder,
)
from search.encoders.record import EncoderKind, EncoderRecord

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

    from search.encoders.sentence import SentenceTransformerEncoder

_MODULES = frozenset({"Transformer", "Pooling", "Dense", "Normalize"})
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_OPSET = 17
_TOLERANCE = 1e-4
# Different lengths, so that the padding mask and both axes stay variable in the graph.
_EXAMPLE = ["How do I start learning this?", "Start here."]
_LONGEST_PROBE = 512


class NotExportableError(Exception):
    """The model has something that cannot run outside torch; the message says what."""


def export_encoder(encoder: SentenceTransformerEncoder, target: Path) -> Path:
    """Write a model as a folder that `OnnxEncoder` opens.

    The export is run and compared with the original before it appears.

    Args:
        encoder: The loaded model.
        target: The folder to make: model.onnx, model.data, tokenizer.json, encoder.json.

    Raises:
        NotExportableError: If the model cannot be exported or would embed differently.
        StorageError: If the folder cannot be written.
    """
    _check(encoder)

    def write(folder: Path) -> None:
        _write_tokenizer(encoder.model, folder / TOKENIZER)
        _write_graph(encoder, folder / MODEL)
        _move_weights(folder / MODEL)
        record = EncoderRecord(EncoderKind.ONNX, encoder.spec, files=digests(folder))
        record.write(folder)
        _compare(encoder, OnnxEncoder(folder))

    return publish(target, write)


def _check(encoder: SentenceTransformerEncoder) -> None:
    model = encoder.model
    names = [type(module).__name__ for module in model]
    foreign = sorted(set(names) - _MODULES)
    if foreign or names[:2] != ["Transformer", "Pooling"]:
        raise NotExportableError(
            f"its modules are {', '.join(names)}, but only Transformer, Pooling, Dense and "
            "Normalize are exported"
        )
    first: Any = model[0]
    asymmetric = ("query_expansion", "query_length", "document_length", "processing_kwargs")
    if special := [name for name in asymmetric if getattr(first, name, None)]:
        raise NotExportableError(f"it prepares texts with {', '.join(special)}")
    if any(encoder.spec.prompts.values()) and not getattr(model[1], "include_prompt", True):
        raise NotExportableError("it leaves its prompts out of the pooling")


def _write_tokenizer(model: SentenceTransformer, path: Path) -> None:
    tokenizer = model.tokenizer
    if not getattr(tokenizer, "is_fast", False) or tokenizer.truncation_side != "right":
        raise NotExportableError(f"its tokenizer {type(tokenizer).__name__} runs in Python only")
    path.write_text(tokenizer.backend_tokenizer.to_str(), encoding="utf-8")


def _write_graph(encoder: SentenceTransformerEncoder, path: Path) -> None:
    import torch

    with _prepared(encoder.model), warnings.catch_warnings(), torch.no_grad():
        # The exporter warns of itself and of each shape that it traces.
        warnings.simplefilter("ignore")
        inputs = _example(encoder.model)
        graph = _graph(encoder, list(inputs), token_axes(encoder.model))
        outputs = [TOKENS_OUTPUT, SENTENCE_OUTPUT]
        try:
            torch.onnx.export(
                graph,
                tuple(inputs.values()),
                str(path),
                dynamo=False,
                opset_version=_OPSET,
                input_names=list(inputs),
                output_names=outputs,
                dynamic_axes={SENTENCE_OUTPUT: {0: "n"}}
                | {name: {0: "n", 1: "tokens"} for name in (*inputs, TOKENS_OUTPUT)},
            )
        except OSError:
            raise
        # What torch raises for an operation it cannot export has no common base.
        except Exception as exc:
            raise NotExportableError(f"torch cannot export it: {exc}") from exc


def _move_weights(path: Path) -> None:
    """Move a model's weights to a file that is mapped, rather than copied, when it is opened."""
    import onnx

    onnx.save_model(onnx.load(path), path, save_as_external_data=True, location=WEIGHTS)
    # Whoever may read the model may read its weights.
    path.with_name(WEIGHTS).chmod(path.stat().st_mode)


def _example(model: SentenceTransformer) -> dict[str, torch.Tensor]:
    import torch

    features = model.preprocess(_EXAMPLE)
    tensors = {name: each for name, each in features.items() if isinstance(each, torch.Tensor)}
    if foreign := sorted(set(tensors) - set(_INPUTS)):
        raise NotExportableError(f"it has the inputs {', '.join(foreign)}")
    return tensors


def _graph(
    encoder: SentenceTransformerEncoder, names: list[str], axes: NDArray[np.float32]
) -> torch.nn.Module:
    """Return a module of embeddings, and of those of tokens along axes `(width, kept)`."""
    import torch

    unit = torch.nn.functional.normalize

    class Graph(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = encoder.model
            self.register_buffer("axes", torch.from_numpy(axes))

        def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            features: Any = self.model(dict(zip(names, inputs, strict=True)))
            pooled = features[SENTENCE_OUTPUT][:, : encoder.dim]
            tokens = features[TOKENS_OUTPUT] @ self.axes
            return unit(tokens, dim=-1), unit(pooled, dim=-1)

    return Graph().eval()


@contextmanager
def _prepared(model: SentenceTransformer) -> Iterator[None]:
    """Put the model on the CPU with plain attention, whose graph is smaller and faster."""
    transformer: Any = model.transformers_model
    device, attention = model.device, transformer.config._attn_implementation
    model.to("cpu")
    transformer.set_attn_implementation("eager")
    try:
        yield
    finally:
        transformer.set_attn_implementation(attention)
        model.to(device)


def _compare(original: SentenceTransformerEncoder, exported: OnnxEncoder) -> None:
    longest = min(original.spec.max_tokens or _LONGEST_PROBE, _LONGEST_PROBE)
    probes = [*_EXAMPLE, "a", "It's 50 %: naïve, isn't it? 🙂", "words " * longest]
    for encode in ("encode_queries", "encode_passages"):
        difference = getattr(original, encode)(probes) - getattr(exported, encode)(probes)
        if not np.abs(difference).max() < _TOLERANCE:
            raise NotExportableError(f"exported, it differs by {np.abs(difference).max():.1e}")

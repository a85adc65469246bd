"""Tiny random models: every pooling round-trips, what cannot be exported runs on torch."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search.encoders import (
    OnnxEncoder,
    SentenceTransformerEncoder,
    load_encoder,
    open_query_encoder,
    publish_encoder,
)
from search.encoders.axes import token_axes
from search.encoders.base import unit_rows
from search.encoders.export import NotExportableError, export_encoder
from search.encoders.registry import published_spec
from search.errors import BundleMismatchError, ModelUnavailableError, StorageError

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ":", "query", "passage", "graph", "##s"]
WORDS += ["learn", "deep", "wide", "data", "base", "how", "to", "?", "a", "the"]
TEXTS = ["how to learn graphs?", "deep", "", "the wide data base " * 30, "a wide graph"]
PROMPTS = {"query": "query: ", "passage": "passage: "}


def save(folder: Path, *modules: Any, pooling: Any = "cls", **options: Any) -> Path:
    """Save a random BERT with pooling and further modules; return its folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    bert = folder / "bert"
    BertModel(config).save_pretrained(bert)
    BertTokenizer({word: i for i, word in enumerate(WORDS)}).save_pretrained(bert)
    layers = [Transformer(str(bert), max_seq_length=24), Pooling(32, pooling), *modules]
    SentenceTransformer(modules=layers, device="cpu", **options).save(str(folder / "model"))
    return folder / "model"


def load(folder: Path) -> SentenceTransformerEncoder:
    """Load a saved model."""
    return SentenceTransformerEncoder(folder, name="tiny", device="cpu")


def largest_difference(one: SentenceTransformerEncoder, other: OnnxEncoder) -> float:
    """Compare two encoders over both roles."""
    queries = one.encode_queries(TEXTS) - other.encode_queries(TEXTS)
    passages = one.encode_passages(TEXTS) - other.encode_passages(TEXTS)
    return float(max(np.abs(queries).max(), np.abs(passages).max()))


def test_prompts_and_first_token_pooling_round_trip(tmp_path: Path) -> None:
    original = load(save(tmp_path, prompts=PROMPTS))
    spec = original.spec
    assert (spec.dim, spec.pooling, spec.max_tokens, spec.prompts) == (32, "cls", 24, PROMPTS)
    exported = OnnxEncoder(publish_encoder(original, tmp_path / "encoders"))
    assert exported.spec == spec
    assert largest_difference(original, exported) < 1e-6
    assert not np.allclose(exported.encode_queries(TEXTS), exported.encode_passages(TEXTS))


@pytest.mark.parametrize(
    "pooling",
    ["mean", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken", ("cls", "mean")],
    ids=str,
)
def test_every_pooling_round_trips(pooling: Any, tmp_path: Path) -> None:
    original = load(save(tmp_path, pooling=pooling))
    exported = OnnxEncoder(export_encoder(original, tmp_path / "exported"))
    assert largest_difference(original, exported) < 1e-6


def test_dense_and_shortened_embeddings_round_trip(tmp_path: Path) -> None:
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize

    original = load(save(tmp_path, Dense(32, 20), Normalize(), truncate_dim=12))
    exported = OnnxEncoder(export_encoder(original, tmp_path / "exported"))
    assert exported.dim == 12
    assert largest_difference(original, exported) < 1e-6
    _, (tokens,) = exported.encode_queries_with_tokens(["deep graphs"])
    assert tokens.embeddings.shape == (3, 16)


def test_axes_of_tokens_are_at_right_angles_and_keep_most(tmp_path: Path) -> None:
    original = load(save(tmp_path))
    axes = token_axes(original.model)
    assert axes.shape == (32, 16)
    assert axes.T @ axes == pytest.approx(np.eye(16), abs=1e-5)
    rows = np.vstack(
        [
            original.model.encode([w], output_value="token_embeddings")[0][1:-1].cpu()
            for w in ("graph", "learn", "deep", "wide", "data", "base")
        ]
    )
    kept = np.square(unit_rows(rows) @ axes).sum()
    others = np.linalg.qr(np.random.default_rng(7).normal(size=(32, 32)))[0]
    assert kept > 0.99 * len(rows)
    assert kept > 1.2 * np.square(unit_rows(rows) @ others[:, :16]).sum()


def test_a_published_model_is_known_without_loading(tmp_path: Path) -> None:
    model = save(tmp_path)
    encoders = tmp_path / "encoders"
    assert published_spec(str(model), encoders) is None
    folder = publish_encoder(load(model), encoders)
    assert published_spec(str(model), encoders) == load(model).spec
    (folder / "model.onnx").write_bytes(b"damaged")
    assert published_spec(str(model), encoders) is None


def test_half_precision_weights_are_run_in_full(tmp_path: Path) -> None:
    model = save(tmp_path)
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"dtype": "bfloat16"}))
    assert str(load(model).model.dtype) == "torch.float32"


def test_export_leaves_the_model_as_it_was(tmp_path: Path) -> None:
    original = load(save(tmp_path))
    before = original.encode_queries(TEXTS)
    transformer: Any = original.model.transformers_model
    attention = transformer.config._attn_implementation
    export_encoder(original, tmp_path / "exported")
    assert transformer.config._attn_implementation == attention
    assert np.array_equal(original.encode_queries(TEXTS), before)


def test_token_offsets_leave_the_prompt_out(tmp_path: Path) -> None:
    exported = OnnxEncoder(export_encoder(load(save(tmp_path, prompts=PROMPTS)), tmp_path / "x"))
    text = "Deep graphs: how?"
    _, (tokens,) = exported.encode_queries_with_tokens([text])
    words = [text[start:end] for start, end in tokens.offsets]
    assert words == ["Deep", "graph", "s", ":", "how", "?"]


def test_a_damaged_export_is_made_again(tmp_path: Path) -> None:
    original = load(save(tmp_path))
    graph = publish_encoder(original, tmp_path / "encoders") / "model.onnx"
    intact = graph.read_bytes()
    publish_encoder(original, tmp_path / "encoders")
    graph.write_bytes(intact[:-1])
    publish_encoder(original, tmp_path / "encoders")
    assert graph.read_bytes() == intact


@pytest.fixture
def unusual(tmp_path: Path) -> Path:
    """A model with a module that is not exported."""
    from sentence_transformers.sentence_transformer.modules import LayerNorm

    return save(tmp_path, LayerNorm(32))


@pytest.fixture
def fallback(unusual: Path, tmp_path: Path) -> Path:
    """The folder that is published for that model."""
    with pytest.warns(RuntimeWarning, match="unusual cannot be exported.*LayerNorm.*on torch"):
        return publish_encoder(
            SentenceTransformerEncoder(unusual, name="unusual"), tmp_path / "encoders"
        )


def test_an_unusual_model_runs_on_torch_and_says_so(unusual: Path, fallback: Path) -> None:
    assert [path.name for path in fallback.iterdir()] == ["encoder.json"]
    with pytest.warns(RuntimeWarning, match="run on torch.*unusual was not exported, because its"):
        opened = open_query_encoder(fallback)
    assert np.array_equal(opened.encode_queries(TEXTS), load(unusual).encode_queries(TEXTS))


@pytest.mark.filterwarnings("ignore:Queries run on torch")
def test_an_unusual_model_must_not_change_or_go(unusual: Path, fallback: Path) -> None:
    config = unusual / "config_sentence_transformers.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"prompts": PROMPTS}))
    with pytest.raises(BundleMismatchError, match=r"built with unusual.*that model is now"):
        open_query_encoder(fallback)
    shutil.rmtree(unusual)
    with pytest.raises(ModelUnavailableError, match="no model folder"):
        open_query_encoder(fallback)


def test_prompts_outside_the_pooling_are_not_exported(tmp_path: Path) -> None:
    encoder = load(save(tmp_path, prompts=PROMPTS))
    pooling: Any = encoder.model[1]
    pooling.include_prompt = False
    with pytest.raises(NotExportableError, match="prompts out of the pooling"):
        export_encoder(encoder, tmp_path / "exported")
    assert not (tmp_path / "exported").exists()


def test_an_export_that_differs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load(save(tmp_path))
    monkeypatch.setattr(
        OnnxEncoder, "encode_queries", lambda self, texts: np.ones((len(texts), 32))
    )
    with pytest.raises(NotExportableError, match="exported, it differs by"):
        export_encoder(encoder, tmp_path / "exported")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_full_disk_is_no_reason_to_run_on_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    encoder = load(save(tmp_path))
    monkeypatch.setattr("torch.onnx.export", fail)
    with pytest.raises(StorageError, match="No space left"):
        publish_encoder(encoder, tmp_path / "encoders")
    assert list((tmp_path / "encoders").iterdir()) == []


def test_a_model_with_foreign_code_is_refused(tmp_path: Path) -> None:
    model = save(tmp_path)
    modules = json.loads((model / "modules.json").read_text())
    modules[1]["type"] = "own_code.Pooling"
    (model / "modules.json").write_text(json.dumps(modules))
    (model / "own_code.py").write_text("raise SystemExit('executed')")
    with pytest.raises(ModelUnavailableError, match=r"cannot be loaded.*own_code"):
        load_encoder(str(model))

"""Encoders: models that turn texts into unit vectors."""

from search.encoders.base import Embeddings, Encoder, ModelSpec, TokenEmbeddings, TokenEncoder
from search.encoders.hashing import HashEncoder
from search.encoders.locate import DEFAULT_MODEL, locate_model
from search.encoders.onnx import OnnxEncoder
from search.encoders.registry import load_encoder, open_query_encoder, publish_encoder
from search.encoders.sentence import SentenceTransformerEncoder

__all__ = [
    "DEFAULT_MODEL",
    "Embeddings",
    "Encoder",
    "HashEncoder",
    "ModelSpec",
    "OnnxEncoder",
    "SentenceTransformerEncoder",
    "TokenEmbeddings",
    "TokenEncoder",
    "load_encoder",
    "locate_model",
    "open_query_encoder",
    "publish_encoder",
]

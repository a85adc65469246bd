"""The encoder of a build, loaded only when there is something to embed."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from search.bundle import Bundle
from search.encoders.base import Embeddings, Encoder, ModelSpec, TokenEncoder
from search.encoders.registry import (
    OPENVINO,
    load_encoder,
    open_bulk_encoder,
    open_query_encoder,
    publish_encoder,
    published_spec,
)
from search.files import sha256_of
from search.late import Records, pack_tokens
from search.manifest import RECORD, Manifest


class LazyEncoder:
    """Knows an encoder's description from the bundle where it can, and loads it when it must.

    Loading a model imports torch and takes seconds; a build of an unchanged archive does not.
    """

    def __init__(self, model: str | None, bundle: Bundle, *, device: str | None = None) -> None:
        """Name an encoder as `load_encoder` does; nothing is loaded yet."""
        self._model = model
        self._device = device
        self._folder = bundle.encoders_folder

    @cached_property
    def _encoder(self) -> Encoder:
        device = None if self._device == OPENVINO else self._device
        return load_encoder(self._model, device=device)

    @cached_property
    def _published(self) -> ModelSpec | None:
        return published_spec(self._model, self._folder)

    @property
    def spec(self) -> ModelSpec:
        """What decides which embedding a text gets."""
        return self._published or self._encoder.spec

    @property
    def fingerprint(self) -> str:
        """Identify the embeddings, in hex."""
        return self.spec.fingerprint

    @property
    def cache_name(self) -> str:
        """Name embeddings in the cache: those of 16-bit floats are others."""
        return f"{self.fingerprint}-{OPENVINO}" if self._device == OPENVINO else self.fingerprint

    @property
    def dim(self) -> int:
        """Width of an embedding."""
        return self.spec.dim

    def facts(self) -> dict[str, Any]:
        """Describe the published encoder for a manifest, its record's checksum included."""
        return {**self.spec.to_dict(), RECORD: self.record_digest}

    @property
    def record_digest(self) -> str:
        """Identify what the bundle holds of the encoder, in hex."""
        return sha256_of(self._folder / self.fingerprint / RECORD)

    def is_published(self, manifest: Manifest) -> bool:
        """Tell whether a manifest's encoder is this one, and intact in the bundle."""
        return self._published is not None and manifest.encoder == self.facts()

    @cached_property
    def _token_encoder(self) -> TokenEncoder | None:
        """The published encoder, None where it has no tokens; runs without torch."""
        self.publish()
        folder = self._folder / self.fingerprint
        if self._device == OPENVINO:
            return open_bulk_encoder(folder)
        encoder = open_query_encoder(folder)
        return encoder if isinstance(encoder, TokenEncoder) else None

    @property
    def token_width(self) -> int | None:
        """Width of the embedding of a token, None where there is none."""
        if self._token_encoder is None:
            return None
        _, (no_tokens,) = self._token_encoder.encode_passages_with_tokens([""])
        return int(no_tokens.embeddings.shape[1])

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """Embed what is searched; `(n, dim)`."""
        return self._encoder.encode_passages(texts)

    def encode_tokens(self, texts: Sequence[str]) -> list[Records]:
        """Return the records of the tokens of what is searched.

        Raises:
            TypeError: If the encoder has no tokens.
        """
        return self.encode_passages_with_tokens(texts)[1]

    def encode_passages_with_tokens(self, texts: Sequence[str]) -> tuple[Embeddings, list[Records]]:
        """Embed what is searched and its tokens in one pass.

        Where torch has a device to itself, it embeds the passages there, and their tokens take a
        second pass.

        Raises:
            TypeError: If the encoder has no tokens.
        """
        if self._token_encoder is None:
            raise TypeError(f"{self.spec.name} has no token embeddings")
        embeddings, tokens = self._token_encoder.encode_passages_with_tokens(texts)
        if self._device not in (None, OPENVINO):
            embeddings = self.encode_passages(texts)
        return embeddings, [pack_tokens(*pair) for pair in zip(tokens, texts, strict=True)]

    def publish(self) -> None:
        """Make sure that the bundle holds what queries need of the encoder."""
        if self._published is None:
            publish_encoder(self._encoder, self._folder)

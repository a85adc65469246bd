"""From a name or a folder to an encoder, and from an encoder to a bundle's folder."""

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

from search.encoders.base import Encoder, ModelSpec, TokenEncoder
from search.encoders.export import NotExportableError, export_encoder
from search.encoders.files import publish
from search.encoders.hashing import HashEncoder
from search.encoders.locate import DEFAULT_MODEL, locate_model
from search.encoders.onnx import OnnxEncoder
from search.encoders.record import EncoderKind, EncoderRecord, read_record
from search.encoders.sentence import SentenceTransformerEncoder, model_digests
from search.errors import BundleMismatchError, ModelUnavailableError
from search.files import Checker, sha256_of

__all__ = [
    "OPENVINO",
    "load_encoder",
    "open_bulk_encoder",
    "open_query_encoder",
    "publish_encoder",
    "published_spec",
]

OPENVINO = "openvino"


def load_encoder(name: str | None, *, device: str | None = None) -> Encoder:
    """Load the encoder with which a bundle is built.

    Args:
        name: A model's folder or hub name, `hash:<dim>`, or None for the default model.
        device: Where torch runs the model; its own choice when None.

    Raises:
        ModelUnavailableError: If there is no such model.
    """
    scheme, separator, argument = (name or DEFAULT_MODEL).partition(":")
    if separator and scheme in _SCHEMES:
        return _SCHEMES[scheme](argument)
    folder = locate_model(name)
    return SentenceTransformerEncoder(folder, name=name or DEFAULT_MODEL, device=device)


def open_query_encoder(folder: Path, *, checker: Checker = sha256_of) -> Encoder:
    """Open the encoder that a bundle holds.

    Args:
        folder: What `publish_encoder` returned.
        checker: Returns the SHA-256 of a file; one that remembers may skip unchanged files.

    Raises:
        BundleMismatchError: If the folder is damaged, or its model has changed since.
        ModelUnavailableError: If the model was not exported and is no longer there.
    """
    record = read_record(folder)
    if record.kind is EncoderKind.ONNX:
        return OnnxEncoder(folder, checker=checker)
    encoder = _OPENERS[record.kind](record)
    if encoder.fingerprint != record.spec.fingerprint:
        raise BundleMismatchError(
            f"The bundle was built with {record.spec.name} {record.spec.fingerprint[:12]}; "
            f"that model is now {encoder.fingerprint[:12]}. Run: answers index --rebuild"
        )
    return encoder


def open_bulk_encoder(folder: Path) -> TokenEncoder:
    """Open the exported model that a bundle holds for passages, with OpenVINO.

    Raises:
        BundleMismatchError: If the folder is damaged.
        ModelUnavailableError: If the model was not exported, or OpenVINO is not installed.
    """
    from search.encoders.openvino import OpenVinoEncoder

    if read_record(folder).kind is not EncoderKind.ONNX:
        raise ModelUnavailableError("the device openvino needs a model that can be exported")
    return OpenVinoEncoder(folder)


def published_spec(name: str | None, encoders_folder: Path) -> ModelSpec | None:
    """Describe the encoder that a name stands for without loading it.

    Returns:
        What an intact folder of the bundle says of the very model that the name has now; None
        where the model must be loaded to know.

    Raises:
        ModelUnavailableError: If there is no such model.
    """
    scheme, separator, argument = (name or DEFAULT_MODEL).partition(":")
    if separator and scheme in _SCHEMES:
        encoder = _SCHEMES[scheme](argument)
        return encoder.spec if _is_published(encoders_folder / encoder.fingerprint) else None
    files = model_digests(locate_model(name))
    for folder in sorted(encoders_folder.glob("[0-9a-f]*")):
        if _is_published(folder) and (spec := read_record(folder).spec).files == files:
            return spec
    return None


def publish_encoder(encoder: Encoder, encoders_folder: Path) -> Path:
    """Write what queries need of an encoder to `<encoders_folder>/<fingerprint>/`.

    Nothing is written if it is there and intact. A model that cannot be exported is named
    instead, with a warning.

    Raises:
        StorageError: If the folder cannot be written.
        TypeError: If the encoder is not one that `load_encoder` returns.
    """
    target = encoders_folder / encoder.fingerprint
    if _is_published(target):
        return target
    match encoder:
        case HashEncoder():
            return _publish_hash(encoder, target)
        case SentenceTransformerEncoder():
            return _publish_model(encoder, target)
    raise TypeError(f"cannot publish a {type(encoder).__name__}")


def _is_published(folder: Path) -> bool:
    try:
        record = read_record(folder)
        record.verify(folder)
    except BundleMismatchError:
        return False
    return record.kind is not EncoderKind.TORCH


def _load_hash(dim: str) -> Encoder:
    if not dim.isascii() or not dim.isdigit() or int(dim) == 0:
        raise ModelUnavailableError(
            f"The model hash:{dim} does not exist: after the colon goes its width, as in hash:64."
        )
    return HashEncoder(int(dim))


def _open_hash(record: EncoderRecord) -> Encoder:
    return HashEncoder(record.spec.dim)


def _open_torch(record: EncoderRecord) -> Encoder:
    warnings.warn(
        f"Queries run on torch, slowly to start: {record.spec.name} was not exported, because "
        f"{record.reason}.",
        RuntimeWarning,
        stacklevel=3,
    )
    folder = locate_model(record.source)
    return SentenceTransformerEncoder(folder, name=record.spec.name)


def _publish_hash(encoder: HashEncoder, target: Path) -> Path:
    return publish(target, EncoderRecord(EncoderKind.HASH, encoder.spec).write)


def _publish_model(encoder: SentenceTransformerEncoder, target: Path) -> Path:
    try:
        return export_encoder(encoder, target)
    except NotExportableError as exc:
        reason = str(exc)
    warnings.warn(
        f"{encoder.spec.name} cannot be exported, because {reason}. Queries will run on torch.",
        RuntimeWarning,
        stacklevel=3,
    )
    record = EncoderRecord(EncoderKind.TORCH, encoder.spec, source=encoder.source, reason=reason)
    return publish(target, record.write)


_SCHEMES: Mapping[str, Callable[[str], Encoder]] = {"hash": _load_hash}
_OPENERS: Mapping[EncoderKind, Callable[[EncoderRecord], Encoder]] = {
    EncoderKind.HASH: _open_hash,
    EncoderKind.TORCH: _open_torch,
}

"""Check a bundle from top to bottom, as a file system check does."""

from dataclasses import dataclass
from pathlib import Path

from search.bundle import Bundle
from search.engine import Engine
from search.errors import BundleMismatchError
from search.models import Passage
from search.opening import open_generation

_N_CANARIES = 5
_SAME = 0.999


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked of the live generation."""

    generation: str
    n_files: int
    size_bytes: int
    n_threads: int
    n_canaries: int


def verify_bundle(path: Path) -> Verification:
    """Hash every file of the live generation and its encoder, open it and ask it for itself.

    Raises:
        BundleNotFoundError: If there is no bundle.
        BundleMismatchError: If anything is missing, changed or does not find itself.
    """
    bundle = Bundle(path)
    generation = bundle.current()
    engine = open_generation(bundle, generation)
    threads = list(engine.store.iter_threads())
    if len(threads) != generation.manifest.counts["threads"]:
        raise BundleMismatchError(
            f"{generation.path}: {len(threads)} threads, "
            f"the manifest says {generation.manifest.counts['threads']}"
        )
    numbers = range(0, len(threads), max(1, len(threads) // _N_CANARIES))[:_N_CANARIES]
    for passage in engine.store.passages(list(numbers)):
        _check_canary(engine, passage, generation.path)
    return Verification(
        generation=generation.name,
        n_files=len(generation.manifest.files),
        size_bytes=sum(entry.size_bytes for entry in generation.manifest.files.values()),
        n_threads=len(threads),
        n_canaries=len(numbers),
    )


def _check_canary(engine: Engine, passage: Passage, path: Path) -> None:
    """Embed a question again and see that the index finds that very embedding."""
    embedding = engine.encoder.encode_passages([passage.text])[0]
    found = engine.nearest_question(embedding)
    if embedding.any() and (found is None or found < _SAME):
        raise BundleMismatchError(
            f"{path}: the question {passage.text[:60]!r} does not find itself; "
            "rebuild with `answers index --rebuild`"
        )

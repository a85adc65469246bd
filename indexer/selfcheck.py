"""See that a generation works before it goes live."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from search.bundle import Bundle
from search.encoders.base import Embeddings
from search.engine import Engine
from search.errors import BundleMismatchError, StorageError
from search.generation import Generation
from search.models import Passage, PassageKind
from search.opening import open_generation

_N_CANARIES = 3
_TOLERANCE = 1e-4


@contextmanager
def just_written() -> Iterator[None]:
    """Read what this process wrote a moment ago.

    Raises:
        StorageError: If it is damaged.
    """
    try:
        yield
    except BundleMismatchError as exc:
        raise StorageError(
            f"what was just written is damaged ({exc}); check the disk and run the command "
            "again; nothing was published"
        ) from exc


def check_generation(
    bundle: Bundle, generation: Generation, passages: Sequence[Passage], embeddings: Embeddings
) -> None:
    """Open a generation that was just written and look a few of its questions up in it.

    Raises:
        StorageError: If what stands on the disk is not what was written.
    """
    with just_written():
        engine = open_generation(bundle, generation)
    numbers = [
        number
        for number, passage in enumerate(passages)
        if passage.kind is PassageKind.QUESTION and embeddings[number].any()
    ]
    for number in numbers[:: max(1, len(numbers) // _N_CANARIES)][:_N_CANARIES]:
        _check_canary(engine, generation, embeddings[number])


def _check_canary(engine: Engine, generation: Generation, embedding: Embeddings) -> None:
    """Check that a question's own embedding finds itself."""
    found = engine.nearest_question(embedding)
    if found is None or abs(found - float(embedding @ embedding)) > _TOLERANCE:
        raise StorageError(
            f"{generation.path}: the new generation does not find its own questions; check the "
            "disk and run the command again; nothing was published"
        )

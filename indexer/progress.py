"""How a long job tells a front door how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Called after each step of a stage."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report that `done` of `total` steps of the stage are finished."""


def silent(stage: str, done: int, total: int) -> None:
    """Report nothing; the progress of a caller who does not want any."""

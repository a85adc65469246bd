"""Floors: figures below which an evaluation has failed, for continuous integration."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from search.errors import InvalidQueryError
from search.evaluation.metrics import Metric
from search.evaluation.report import EvaluationReport, Silence

_OF_SILENCE: Mapping[str, Callable[[Silence], tuple[int, int]]] = {
    "silent": lambda found: (found.n_silent, found.n_unanswerable),
    "answered": lambda found: (found.n_answered, found.n_answerable),
}
FLOOR_NAMES = (*map(str, Metric), *_OF_SILENCE)


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that a figure may be; `name` is one of FLOOR_NAMES."""

    name: str
    least: float


def parse_floor(text: str) -> Floor:
    """Read a floor written as `name=value`.

    Raises:
        InvalidQueryError: If the name is unknown or the value is not from 0 to 1.
    """
    name, _, value = text.partition("=")
    if name not in FLOOR_NAMES:
        raise InvalidQueryError(
            f"--floor {text!r}: {name!r} is no figure; give one of {', '.join(FLOOR_NAMES)}"
        )
    try:
        least = float(value)
    except ValueError:
        least = math.nan
    if not 0 <= least <= 1:
        raise InvalidQueryError(f"--floor {text!r}: give a number from 0 to 1 after '{name}='")
    return Floor(name, least)


def missed_floors(report: EvaluationReport, floors: Sequence[Floor]) -> Iterator[str]:
    """Yield a line for every floor that a report does not reach.

    A figure that the collection or the engine does not have is not reached either.
    """
    for floor in floors:
        found = figure(report, floor.name)
        if found is None:
            yield (
                f"{report.collection}: {floor.name} has no value here, the floor is {floor.least:g}"
            )
        elif found < floor.least:
            yield (
                f"{report.collection}: {floor.name} is {found:.5f}, below its floor "
                f"of {floor.least:g}"
            )


def figure(report: EvaluationReport, name: str) -> float | None:
    """Look a figure up by one of FLOOR_NAMES, None where the report does not have it."""
    if name in _OF_SILENCE:
        part, whole = _OF_SILENCE[name](report.silence) if report.silence else (0, 0)
        return part / whole if whole else None
    means = report.overall.means
    return means.value(Metric(name)) if means else None

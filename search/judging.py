"""Decide for a query whether to speak, and for a thread how likely it answers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.confidence import Calibration
from search.fusion import Leg
from search.lexical import LexicalIndex
from search.ranking import Query, Scored
from search.signals import Signals, hit_signals, query_signals

_LEAST_KNOWN = 0.5
NAMES_ONLY = "this names somebody and asks nothing: add what you want to know, or open the book"
NOT_UNDERSTOOD = "few of these words are English or occur in the archive, which is in English"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the engine believes of a query before anything is shown.

    `useful` is the probability that anything in the archive helps, `answerable` whether it is
    large enough to speak, or the query only quotes what is said; None without a calibration.
    `warnings` say why it is silent, where that is known.
    """

    answerable: bool | None
    useful: float | None
    warnings: tuple[str, ...] = ()


def is_mute(query: Query) -> bool:
    """Tell whether a query meets silence whatever it resembles.

    It does where it says nothing, where it is in a language that the archive is not in, or where
    most of its words are neither English nor used in the archive.
    """
    return not query.says_something or _obstacle(query) is not None


def _obstacle(query: Query) -> str | None:
    """Return why a query means nothing here; None where it may, or says nothing at all."""
    if not query.says_something:
        return NAMES_ONLY if query.books else None
    return query.foreign or (NOT_UNDERSTOOD if query.known < _LEAST_KNOWN else None)


def _is_quoted(query: Query, scored: Scored) -> bool:
    """Tell whether a query is nothing but quoted phrases, and the first thread says one."""
    said = scored.parts.get(Leg.QUOTED)
    return query.only_quotes and said is not None and bool(said[:1].any())


class Judge:
    """Judges queries and threads of one generation."""

    def __init__(
        self,
        lexical: LexicalIndex,
        *,
        answered: NDArray[np.bool_],
        calibration: Calibration | None,
    ) -> None:
        """Judge with an encoder's calibration; without one nothing is known."""
        self._lexical = lexical
        self._answered = answered
        self._calibration = calibration

    def query_signals(self, query: Query, scored: Scored) -> Signals:
        """Describe a query by what the whole archive has; `scored` must be unfiltered."""
        return query_signals(query, scored, self._lexical, n_threads=len(self._answered))

    def hit_signals(self, query: Query, scored: Scored, n: int) -> list[Signals]:
        """Describe the best `n` threads."""
        return hit_signals(query, scored, self._lexical, n)

    def judge(self, query: Query, scored: Scored) -> Judgement:
        """Decide whether to speak; `scored` must be unfiltered."""
        if self._calibration is None:
            return Judgement(None, None)
        quoted = _is_quoted(query, scored)
        if is_mute(query):
            obstacle = _obstacle(query)
            return Judgement(quoted, 0.0, (obstacle,) if obstacle else ())
        useful = self._calibration.useful.probability(self.query_signals(query, scored))
        return Judgement(quoted or useful >= self._calibration.threshold, useful)

    def probabilities(self, query: Query, scored: Scored, n: int) -> list[float | None]:
        """Return how likely the replies of each of the best `n` threads answer; None if unknown.

        Nothing answers where nobody has answered.
        """
        if self._calibration is None:
            return [None] * min(n, len(scored))
        return [
            self._calibration.hit.probability(signals) if self._answered[row] else 0.0
            for row, signals in zip(
                scored.rows[:n], self.hit_signals(query, scored, n), strict=True
            )
        ]

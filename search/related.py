"""Threads that are near another in meaning, spread over books."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.dense import NO_SCORE, DenseIndex
from search.labels import Stems, TermReader
from search.models import PassageKind, Thread
from search.rankings import Rows
from search.text.clean import clean

_DEPTH = 200
_SAME_THREAD = 0.97
_REPEATED_BOOK_COST = 0.06
_N_SHARED = 3
_WEIGHTS = {PassageKind.QUESTION: 0.5, PassageKind.THREAD: 0.5}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A thread near another: its row, how near from 0 to 1, and what adds up to that."""

    row: int
    score: float
    why: Mapping[str, float]


def neighbours(
    dense: DenseIndex,
    row: int,
    *,
    books: Sequence[str],
    answered: NDArray[np.bool_],
    top_k: int,
) -> list[Neighbour]:
    """Return the answered threads nearest to one, best first.

    Nearness is the mean of two cosines: between the questions, and between the whole threads
    (for a thread that nobody answered, its question stands for the whole). A book that is
    already among the results costs a little, so that others get their turn unless the answers
    are in it. What asks the same as the thread itself, or as a better result, adds nothing and is
    left out.

    Args:
        dense: The index.
        row: The thread.
        books: The collection of each thread, in the order of the rows.
        answered: Which threads hold an answer, shape `(n_threads,)`.
        top_k: How many at the most.
    """
    question = dense.embedding(PassageKind.QUESTION, row)
    if question is None:
        return []
    whole = dense.embedding(PassageKind.THREAD, row)
    queries = {
        PassageKind.QUESTION: question,
        PassageKind.THREAD: whole if whole is not None else question,
    }
    tops = [dense.top(each, kind=kind, depth=_DEPTH, where=None) for kind, each in queries.items()]
    rows = np.unique(np.concatenate([top.rows for top in tops]))
    rows = rows[(rows != row) & answered[rows]]
    cosines = {kind: dense.scores(each, kind=kind, rows=rows) for kind, each in queries.items()}
    different = cosines[PassageKind.QUESTION] < _SAME_THREAD
    parts = {
        kind.value: _WEIGHTS[kind] * np.maximum(np.where(values == NO_SCORE, 0.0, values), 0.0)
        for kind, values in cosines.items()
    }
    questions = {
        place: embedding
        for place, each in enumerate(rows)
        if (embedding := dense.embedding(PassageKind.QUESTION, int(each))) is not None
    }

    def repeats(place: int, other: int) -> bool:
        return float(questions[place] @ questions[other]) >= _SAME_THREAD

    eligible = {place for place in questions if different[place]}
    return _spread(rows, parts, eligible, repeats, books, top_k)


def _spread(
    rows: Rows,
    parts: Mapping[str, NDArray[np.float64]],
    eligible: Collection[int],
    repeats: Callable[[int, int], bool],
    books: Sequence[str],
    top_k: int,
) -> list[Neighbour]:
    """Pick greedily by score less what repeated books cost."""
    scores = np.sum(list(parts.values()), axis=0)
    left = [place for place in np.lexsort((rows, -scores)).tolist() if place in eligible]
    taken: Counter[str] = Counter()
    chosen: list[Neighbour] = []
    while left and len(chosen) < top_k:
        best = max(
            left,
            key=lambda place: (
                scores[place] - _REPEATED_BOOK_COST * taken[books[int(rows[place])]],
                -rows[place],
            ),
        )
        left = [place for place in left if place != best and not repeats(place, best)]
        taken[books[int(rows[best])]] += 1
        why = {name: float(values[best]) for name, values in parts.items()}
        chosen.append(Neighbour(int(rows[best]), float(scores[best]), why))
    return sorted(chosen, key=lambda found: (-found.score, found.row))


def shared_terms(
    thread: Thread, other: Thread, *, rarity: Callable[[str], float], names: Collection[str]
) -> tuple[str, ...]:
    """Return the rarest words and pairs of words that two threads share, as the other has them.

    Args:
        thread: A thread.
        other: Another one.
        rarity: Returns how rare a stem is.
        names: Folded words of the names of people, which say nothing.
    """
    reader = TermReader(names)
    own = set(reader.read(_words_of(thread)))
    reader = TermReader(names)
    shared = [stems for stems in reader.read(_words_of(other)) if stems in own]
    weights = {stems: sum(map(rarity, stems)) for stems in shared}
    chosen: list[Stems] = []
    for stems in sorted(shared, key=lambda each: (-weights[each], each)):
        if len(chosen) < _N_SHARED and not any({*stems} & {*each} for each in chosen):
            chosen.append(stems)
    return tuple(reader.term(stems).text for stems in chosen)


def _words_of(thread: Thread) -> str:
    """Return the words of a question, and of the answers to it."""
    texts = [message.text for message in thread.messages if message.answers]
    return clean("\n".join([thread.question.text, *texts]))

"""What an engine would show for a query, against the judgements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TOP = 10


@dataclass(frozen=True, slots=True)
class FoundThread:
    """A thread that an engine found, as people know it.

    `source_refs` has its own first; `probability` is that it answers, None where unknown.
    """

    thread_id: str
    source_refs: tuple[str, ...]
    score: float
    probability: float | None
    question: str
    collection: str
    url: str | None


@dataclass(frozen=True, slots=True)
class JudgedHit:
    """A thread among the first ten of a query.

    `grade` is the best of its posts, None where none was judged. `unjudged` are those of its
    posts that stand among the first ten of the run without a grade, as judged@10 counts them.
    """

    rank: int
    thread: FoundThread
    grade: int | None
    unjudged: tuple[str, ...]


def judge_hits(
    found: Sequence[FoundThread], ranked: Sequence[str], grades: Mapping[str, int]
) -> tuple[JudgedHit, ...]:
    """Look the grades of the first ten threads up.

    Args:
        found: Best first.
        ranked: The source_refs of the run of the same query, best first.
        grades: By source_ref.
    """
    left = dict.fromkeys(ref for ref in ranked[:TOP] if ref not in grades)
    hits = []
    for rank, thread in enumerate(found[:TOP], start=1):
        unjudged = tuple(ref for ref in thread.source_refs if ref in left)
        for ref in unjudged:
            del left[ref]
        hits.append(JudgedHit(rank, thread, best_grade(thread.source_refs, grades), unjudged))
    return tuple(hits)


def best_grade(source_refs: Sequence[str], grades: Mapping[str, int]) -> int | None:
    """Return the best grade of a thread's posts, None where none was judged."""
    return max((grades[ref] for ref in source_refs if ref in grades), default=None)

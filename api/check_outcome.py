"""Say in words what became of a post that was checked, for pages, reports and the terminal."""

from collections import Counter
from collections.abc import Mapping

from search.results import CheckedPart, CheckResult, Hit, Verdict

_READ_FIRST = "Read before you post, and ask only what is still open."
_OF_ONE: Mapping[Verdict, tuple[str, str]] = {
    Verdict.ANSWERED: ("This has been answered", _READ_FIRST),
    Verdict.ASKED: (
        "Somebody has asked this and still waits",
        "Add to that thread rather than starting another.",
    ),
    Verdict.RELATED: (
        "Not answered yet, but worth reading first",
        "Post it if what stands below leaves your question open.",
    ),
    Verdict.NEW: (
        "Nobody has asked this yet",
        "Nothing in the archive comes near. Go ahead and post it.",
    ),
}


def lead_of(part: CheckedPart) -> Hit | None:
    """Return the thread that a verdict speaks of; none where there is nothing to read first."""
    if part.verdict is Verdict.NEW or not part.hits:
        return None
    if part.verdict is Verdict.ASKED:
        return next((hit for hit in part.hits if hit.answer is None), part.hits[0])
    return max(part.hits, key=lambda hit: hit.probability or 0.0)


def outcome_of(result: CheckResult) -> tuple[str, str]:
    """Return what became of a post as a headline, and what to do."""
    if result.is_foreign:
        return "This could not be compared", "Nothing is known about what is new in it."
    if len(result.parts) == 1:
        return _OF_ONE[result.parts[0].verdict]
    return _of_several(Counter(part.verdict for part in result.parts))


def _of_several(n_of: Counter[Verdict]) -> tuple[str, str]:
    """Count the questions of which most is known, and say what to do with these and the rest."""
    n = n_of.total()
    answered, asked, related = (
        n_of[each] for each in (Verdict.ANSWERED, Verdict.ASKED, Verdict.RELATED)
    )
    waiting = "that thread" if asked == 1 else "those threads"
    if answered:
        headline = f"{_some(answered, n)} {'has' if answered == 1 else 'have'} been answered"
        if answered == n:
            return headline, _READ_FIRST
        if answered + asked == n:
            return headline, f"The rest has been asked and still waits: add to {waiting}."
        return headline, "Ask only what is left: a shorter post is answered sooner."
    if asked:
        state = "has been asked and still waits" if asked == 1 else "have been asked and still wait"
        if asked == n:
            advice = f"Add to {waiting} rather than starting another."
        elif related:
            advice = f"Add to {waiting}, and read what stands below before you post the rest."
        else:
            advice = f"Add to {waiting}, and post the rest."
        return f"{_some(asked, n)} {state}", advice
    if related:
        headline = f"{_some(related, n)} {'has' if related == 1 else 'have'} threads to read first"
        return headline, f"Post {'the rest, and ' if related < n else ''}what these leave open."
    return (
        f"None of the {n} questions has been asked yet",
        "Nothing in the archive comes near. Go ahead and post them.",
    )


def _some(some: int, n: int) -> str:
    """Return how many of several questions are meant."""
    return f"All {n} questions" if some == n else f"{some} of {n} questions"

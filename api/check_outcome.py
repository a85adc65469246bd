"""Say in words what became of a post that was checked, for pages and the command line."""

from collections import Counter

from search.results import CheckResult, Verdict


def outcome_of(result: CheckResult) -> tuple[str, str]:
    """Return what became of a post as a headline, and what to do."""
    if result.is_foreign:
        return "This could not be compared", "Nothing is known about what is new in it."
    n = len(result.parts)
    n_of = Counter(part.verdict for part in result.parts)
    answered = n_of[Verdict.ANSWERED]
    if answered == n:
        headline = "This has been answered" if n == 1 else f"All {n} questions have been answered"
        return headline, "Read before you post, and ask only what is still open."
    if answered:
        have = "has" if answered == 1 else "have"
        headline = f"{answered} of {n} questions {have} been answered"
        return headline, "Ask only what is left: a shorter post is answered sooner."
    if n_of[Verdict.ASKED]:
        headline = "Somebody has asked this and still waits"
        return headline, "Add to that thread rather than starting another."
    if n_of[Verdict.RELATED]:
        headline = "Not answered yet, but worth reading first"
        return headline, "Post it if what stands below leaves your question open."
    return "Nobody has asked this yet", "Nothing in the archive comes near. Go ahead and post it."

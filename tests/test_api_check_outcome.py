"""What became of a post in words: of one question, and of several."""

import pytest

from api.check_outcome import outcome_of
from search.models import Span
from search.results import CheckedPart, CheckResult, Verdict

VERDICTS = {each.value[0]: each for each in (Verdict.ANSWERED, Verdict.RELATED, Verdict.NEW)}
VERDICTS["w"] = Verdict.ASKED


def result_of(letters: str, *, is_foreign: bool = False) -> CheckResult:
    """Return a result with a part for each letter: answered, waiting, related, new."""
    parts = tuple(CheckedPart("One?", Span(0, 4), VERDICTS[letter], None, ()) for letter in letters)
    return CheckResult("One?", "1", Verdict.NEW, None, parts, is_foreign=is_foreign)


@pytest.mark.parametrize(
    ("letters", "headline", "advice"),
    [
        ("a", "This has been answered", "Read before you post, and ask only what is still open."),
        (
            "w",
            "Somebody has asked this and still waits",
            "Add to that thread rather than starting another.",
        ),
        (
            "r",
            "Not answered yet, but worth reading first",
            "Post it if what stands below leaves your question open.",
        ),
        (
            "n",
            "Nobody has asked this yet",
            "Nothing in the archive comes near. Go ahead and post it.",
        ),
        (
            "aa",
            "All 2 questions have been answered",
            "Read before you post, and ask only what is still open.",
        ),
        (
            "na",
            "1 of 2 questions has been answered",
            "Ask only what is left: a shorter post is answered sooner.",
        ),
        (
            "aar",
            "2 of 3 questions have been answered",
            "Ask only what is left: a shorter post is answered sooner.",
        ),
        (
            "aw",
            "1 of 2 questions has been answered",
            "The rest has been asked and still waits: add to that thread.",
        ),
        (
            "awaw",
            "2 of 4 questions have been answered",
            "The rest has been asked and still waits: add to those threads.",
        ),
        (
            "awn",
            "1 of 3 questions has been answered",
            "Ask only what is left: a shorter post is answered sooner.",
        ),
        (
            "ww",
            "All 2 questions have been asked and still wait",
            "Add to those threads rather than starting another.",
        ),
        (
            "wn",
            "1 of 2 questions has been asked and still waits",
            "Add to that thread, and post the rest.",
        ),
        (
            "wnw",
            "2 of 3 questions have been asked and still wait",
            "Add to those threads, and post the rest.",
        ),
        (
            "rwn",
            "1 of 3 questions has been asked and still waits",
            "Add to that thread, and read what stands below before you post the rest.",
        ),
        ("rr", "All 2 questions have threads to read first", "Post what these leave open."),
        (
            "rn",
            "1 of 2 questions has threads to read first",
            "Post the rest, and what these leave open.",
        ),
        (
            "rnr",
            "2 of 3 questions have threads to read first",
            "Post the rest, and what these leave open.",
        ),
        (
            "nn",
            "None of the 2 questions has been asked yet",
            "Nothing in the archive comes near. Go ahead and post them.",
        ),
    ],
)
def test_what_became_of_a_post(letters: str, headline: str, advice: str) -> None:
    assert outcome_of(result_of(letters)) == (headline, advice)


@pytest.mark.parametrize("letters", ["n", "nw"])
def test_nothing_is_said_of_a_post_that_could_not_be_compared(letters: str) -> None:
    headline, advice = outcome_of(result_of(letters, is_foreign=True))
    assert headline == "This could not be compared"
    assert advice == "Nothing is known about what is new in it."

"""What became of a post in words, and which thread a verdict speaks of."""

import csv
import re
from collections.abc import Sequence

import pytest

from api.batch import Checked
from api.check_outcome import lead_of, outcome_of
from api.check_output import print_check
from api.check_report import as_csv, as_html
from search.models import Span
from search.results import CheckedPart, CheckResult, Hit, Verdict
from tests.support import make_hit

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


NEAR, LIKELY, UNKNOWN = make_hit("near", 0.1), make_hit("likely", 0.3), make_hit("unknown", None)
OPEN = make_hit("open", 0.0, answered=False)


def part_of(verdict: Verdict, hits: Sequence[Hit]) -> CheckedPart:
    return CheckedPart("One?", Span(0, 4), verdict, None, tuple(hits))


@pytest.mark.parametrize(
    ("verdict", "hits", "lead"),
    [
        (Verdict.NEW, [NEAR, LIKELY], None),
        (Verdict.RELATED, [], None),
        (Verdict.RELATED, [NEAR, LIKELY, OPEN], LIKELY),
        (Verdict.RELATED, [UNKNOWN, OPEN], UNKNOWN),
        (Verdict.ANSWERED, [LIKELY, NEAR], LIKELY),
        (Verdict.ASKED, [NEAR, LIKELY, OPEN], OPEN),
        (Verdict.ASKED, [NEAR, LIKELY], NEAR),
    ],
    ids=["new", "none", "related", "unknown", "answered", "asked", "asked elsewhere"],
)
def test_the_thread_that_a_verdict_speaks_of(
    verdict: Verdict, hits: Sequence[Hit], lead: Hit | None
) -> None:
    assert lead_of(part_of(verdict, hits)) is lead


@pytest.mark.parametrize(
    ("verdict", "shown"),
    [
        (Verdict.NEW, []),
        (Verdict.RELATED, ["likely", "near", "open"]),
        (Verdict.ASKED, ["open", "near", "likely"]),
    ],
)
def test_the_terminal_and_reports_show_it_first(
    verdict: Verdict, shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    result = CheckResult("One?", "1", verdict, None, (part_of(verdict, [NEAR, LIKELY, OPEN]),))
    print_check(result, as_json=False)
    assert re.findall(r"   thread (\w+)", capsys.readouterr().out) == shown
    checked = [Checked(1, "One?", result)]
    assert re.findall(r"Question (\w+)\?", as_html(checked)) == shown[:1]
    (record,) = csv.DictReader(as_csv(checked).splitlines())
    assert record["thread_id"] == (shown or ["near"])[0]

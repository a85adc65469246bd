"""Write what is promised, the tests that show it and how they ended.

Run: python -m benchmarks.reliability REPORT.xml [REPORT.xml …]

Reads reports that `pytest --junitxml` wrote, later ones winning, and `promises.toml` beside this
file; writes `docs/reliability.md`. Ends with 1 if a test of a promise failed or did not run.
"""

import sys
import tomllib
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROMISES = Path(__file__).parent / "promises.toml"
DOCUMENT = ROOT / "docs" / "reliability.md"
_BAD = ("failure", "error")
_HEAD = " ".join(
    (
        "What is promised, which tests show it, and how they ended last. Written by",
        "`make reliability` from reports of `make test` and `make stress`; do not edit. Ids are",
        "those of the project's gates: D durability, Y input, H HTTP, S security, Q answers.",
    )
)


@dataclass(frozen=True, slots=True)
class Case:
    """One test, or one of its parameters, and how it ended."""

    file: str
    name: str
    outcome: str
    figures: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised, and the tests that show it."""

    id: str
    text: str
    tests: tuple[str, ...]


def read_promises(path: Path = PROMISES) -> tuple[list[Promise], list[str]]:
    """Return the promises and the known holes."""
    raw = tomllib.loads(path.read_text("utf-8"))
    promises = [Promise(each["id"], each["text"], tuple(each["tests"])) for each in raw["promise"]]
    return promises, [each["text"] for each in raw["hole"]]


def read_report(path: Path) -> Iterator[Case]:
    """Yield the cases of a report."""
    for case in ET.parse(path).getroot().iter("testcase"):
        kinds = {child.tag for child in case}
        failed = bool(kinds.intersection(_BAD))
        outcome = "failed" if failed else "skipped" if "skipped" in kinds else "passed"
        module, *inside = case.attrib["classname"].removeprefix("tests.").split(".")
        name = "::".join([*inside, case.attrib["name"].partition("[")[0]])
        figures = tuple(
            (each.attrib["name"], int(each.attrib["value"])) for each in case.iter("property")
        )
        yield Case(f"{module}.py", name, outcome, figures)


def merged(reports: Iterable[Iterable[Case]]) -> list[Case]:
    """Return the cases of all reports; a test in a later one replaces those before."""
    found: dict[tuple[str, str], list[Case]] = {}
    for report in reports:
        fresh: dict[tuple[str, str], list[Case]] = {}
        for case in report:
            fresh.setdefault((case.file, case.name), []).append(case)
        found |= fresh
    return [case for cases in found.values() for case in cases]


def cases_of(test: str, cases: Iterable[Case]) -> list[Case]:
    """Return the cases of a file, a class or a test."""
    file, _, name = test.partition("::")
    return [
        case
        for case in cases
        if case.file == file
        and (not name or case.name == name or case.name.startswith(f"{name}::"))
    ]


def outcome_of(tests: Sequence[str], cases: Sequence[Case]) -> tuple[str, bool]:
    """Return how the tests of a promise ended, and whether it is shown."""
    counts = Counter(case.outcome for test in tests for case in cases_of(test, cases))
    missing = sum(not cases_of(test, cases) for test in tests)
    said = [f"{counts[kind]} {kind}" for kind in ("passed", "failed", "skipped") if counts[kind]]
    if missing:
        said.append(f"{missing} not run")
    return ", ".join(said), not counts["failed"] and not missing and bool(counts["passed"])


def render(promises: Sequence[Promise], holes: Sequence[str], cases: Sequence[Case]) -> str:
    """Return the document."""
    named = {test for each in promises for test in each.tests}
    counts = Counter(
        case.outcome for case in cases if any(cases_of(test, [case]) for test in named)
    )
    in_all = ", ".join(f"{counts[kind]:,} {kind}" for kind in ("passed", "failed", "skipped"))
    lines = ["# Reliability", "", _HEAD, "", f"Their tests: {in_all}.", "", "## Figures", ""]
    lines += ["| what | how many |", "|---|---|"]
    lines += [f"| {name} | {n:,} |" for name, n in sorted(figures_of(cases).items())]
    lines += ["", "## Promises", "", "| id | promise | tests | result |", "|---|---|---|---|"]
    lines += [_row(each, cases) for each in promises]
    lines += ["", "## Known holes", "", *(f"- {hole}" for hole in holes)]
    return "\n".join(lines) + "\n"


def _row(promise: Promise, cases: Sequence[Case]) -> str:
    """Return the row of a promise; what is not shown stands out."""
    said, is_kept = outcome_of(promise.tests, cases)
    named = ", ".join(f"`{test}`" for test in promise.tests)
    result = said if is_kept else f"**{said}**"
    return f"| {promise.id} | {promise.text} | {named} | {result} |"


def figures_of(cases: Iterable[Case]) -> Mapping[str, int]:
    """Return the sums of what the tests counted."""
    sums: Counter[str] = Counter()
    for case in cases:
        sums.update(dict(case.figures))
    return sums


def main() -> int:
    """Write the document from the reports that are named."""
    cases = merged(read_report(Path(path)) for path in sys.argv[1:])
    promises, holes = read_promises()
    DOCUMENT.write_text(render(promises, holes, cases), "utf-8")
    broken = [each.id or each.text for each in promises if not outcome_of(each.tests, cases)[1]]
    for name in broken:
        print(f"not shown: {name}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

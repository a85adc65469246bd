"""The report of reliability names tests that exist and tells how they ended."""

import ast
from pathlib import Path

import pytest

from benchmarks.reliability import (
    DOCUMENT,
    Case,
    Promise,
    cases_of,
    merged,
    outcome_of,
    read_promises,
    read_report,
    render,
)
from tests.support import ROOT

PROMISES, HOLES = read_promises()
REPORT = """<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="tests.test_a" name="test_one[x]"/>
<testcase classname="tests.test_a" name="test_one[y]"><properties>
<property name="kills survived" value="7"/></properties></testcase>
<testcase classname="tests.test_a.TestClass" name="runTest"/>
<testcase classname="tests.test_b" name="test_two"><failure/></testcase>
<testcase classname="tests.test_b" name="test_three"><skipped/></testcase>
</testsuite></testsuites>"""


def names_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    classes = {each.targets[0].id for each in tree.body if isinstance(each, ast.Assign)
               and isinstance(each.targets[0], ast.Name)}  # fmt: skip
    return classes | {
        each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.ClassDef)
    }


@pytest.mark.parametrize("test", sorted({test for each in PROMISES for test in each.tests}))
def test_every_test_that_is_named_exists(test: str) -> None:
    file, _, name = test.partition("::")
    assert (ROOT / "tests" / file).is_file()
    assert not name or name in names_of(file)


def test_the_document_has_every_promise_and_hole() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert [each.text for each in PROMISES if f"| {each.text} |" not in text] == []
    assert [hole for hole in HOLES if f"- {hole}\n" not in text] == []


@pytest.fixture
def cases(tmp_path: Path) -> list[Case]:
    path = tmp_path / "report.xml"
    path.write_text(REPORT, "utf-8")
    return list(read_report(path))


def test_a_report_is_read(cases: list[Case]) -> None:
    assert [(case.file, case.name, case.outcome) for case in cases] == [
        ("test_a.py", "test_one", "passed"),
        ("test_a.py", "test_one", "passed"),
        ("test_a.py", "TestClass::runTest", "passed"),
        ("test_b.py", "test_two", "failed"),
        ("test_b.py", "test_three", "skipped"),
    ]
    assert cases[1].figures == (("kills survived", 7),)


@pytest.mark.parametrize(
    ("tests", "said", "kept"),
    [
        (["test_a.py"], "3 passed", True),
        (["test_a.py::test_one"], "2 passed", True),
        (["test_a.py::TestClass"], "1 passed", True),
        (["test_b.py"], "1 failed, 1 skipped", False),
        (["test_b.py::test_three"], "1 skipped", False),
        (["test_a.py", "test_a.py::test_on"], "3 passed, 1 not run", False),
    ],
)
def test_a_promise_is_kept_only_if_all_its_tests_ran_and_none_failed(
    cases: list[Case], tests: list[str], said: str, kept: bool
) -> None:
    assert outcome_of(tests, cases) == (said, kept)


def test_a_later_report_replaces_a_test_of_an_earlier_one(cases: list[Case]) -> None:
    better = Case("test_b.py", "test_two", "passed")
    assert cases_of("test_b.py::test_two", merged([cases, [better]])) == [better]


def test_what_is_not_kept_stands_out(cases: list[Case]) -> None:
    kept, broken = Promise("A", "One.", ("test_a.py",)), Promise("B", "Two.", ("test_b.py",))
    text = render([kept, broken], ["A hole."], cases)
    assert "| A | One. | `test_a.py` | 3 passed |" in text
    assert "| B | Two. | `test_b.py` | **1 failed, 1 skipped** |" in text
    assert "| kills survived | 7 |" in text
    assert "- A hole.\n" in text

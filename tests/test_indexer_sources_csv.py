"""Tables of every kind are read, and a broken row is reported once and costs no other."""

import time

import pytest

from indexer.sources.records import BrokenSourceError
from indexer.sources.table import read_csv
from tests.source_samples import SHORT, ids, read, rendered, table


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_tables_of_every_kind_are_read(delimiter: str, mark: str, end: str) -> None:
    """Whatever separates cells, ends lines and opens the file."""
    rows = [{**SHORT, "answer": 'a, b; c\td\n"e"'}, {**SHORT, "id": "2"}]
    text = mark + table(*rows, delimiter=delimiter).replace("\n", end)
    file = read(text, read_csv)
    assert rendered(file) == []
    assert [each.thread.replies[0].text for each in file.records] == ['a, b; c\td\n"e"', "Now."]
    assert [each.line for each in file.records] == [2, 4]


def test_lines_are_counted_through_breaks_in_cells() -> None:
    """And through blank lines and rows."""
    text = '\n\nid,question,answer\na,"x\n\nx",y\n\n,,\n"b","x","y\ny"\nc,x\n'
    file = read(text, read_csv)
    assert [(each.line, each.thread.replies[0].line) for each in file.records] == [(4, 6), (9, 9)]
    assert [each.line for each in file.complaints] == [11]


def test_cells_may_be_long() -> None:
    """There is no limit but that of the file, and time grows with length alone."""
    start = time.process_time()
    long = 'x"' * 200_000
    (record,) = read(table({**SHORT, "answer": long}), read_csv).records
    assert record.thread.replies[0].text == long
    for row in ['a,x,"y\n', 'a,"x""\n', 'a,"""x\n']:
        assert len(read("id,question,answer\na,b,c\n" + row * 20_000, read_csv).records) == 1
    assert time.process_time() - start < 30


BROKEN_ROWS = {
    "too few cells": (
        "b,x",
        "e3 has 2 cells, but line 1 names 3 columns; put a cell that holds `,` or a line break "
        "in quotes",
    ),
    "too many cells": (
        "b,x,y,z",
        "e3 has 4 cells, but line 1 names 3 columns; put a cell that holds `,` or a line break "
        "in quotes",
    ),
    "id empty": (",x,y", "e3 `id` of the record is empty; fill it in"),
    "question blank": ("b, ,y", "e3 `question` of the record is empty; fill it in"),
    "answer empty": ('b,x,""', "e3 `answer` of the record is empty; fill it in"),
    "text behind a quote": (
        'b,"x" y,z',
        "e3 ` y,z` follows a closing quote; double the quotes inside a cell",
    ),
    "a quote inside a cell": (
        'b,"say "x"",z',
        'e3 `x"",z` follows a closing quote; double the quotes inside a cell',
    ),
    "a quote that is not closed": (
        'b,x,"y',
        'e3 nothing closes the quote of `"y`; close it, or double the quotes inside a cell',
    ),
    "a control character": (
        'b,"x\ny\x07",z',
        "e4 character U+0007 is not allowed; delete it",
    ),
}


@pytest.mark.parametrize(("row", "expected"), BROKEN_ROWS.values(), ids=BROKEN_ROWS)
def test_a_broken_row_is_reported_once(row: str, expected: str) -> None:
    """The rows around it are read."""
    file = read(f"id,question,answer\na,x,y\n{row}\nc,x,y\n", read_csv)
    assert rendered(file) == [expected]
    assert ids(file) == ["a", "c"]


def test_a_quote_that_is_not_closed_costs_only_its_row() -> None:
    """Though the next quote closes it, and nothing closes that."""
    file = read('id,question,answer\na,x,"y\nb,x,"y"\nc,x,y\n', read_csv)
    assert ids(file) == ["b", "c"]
    assert [each.line for each in file.complaints] == [2]


NEEDED = "needed `id`, `question`, `answer`"
BROKEN_HEADERS = {
    "misspelt": (
        "id,question,anwser",
        f"has no column `answer`; found `id`, `question`, `anwser`, {NEEDED}; rename `anwser` to "
        "`answer`",
    ),
    "in capitals": (
        "ID;Question;answer",
        f"has no column `id`, `question`; found `ID`, `Question`, `answer`, {NEEDED}; rename `ID` "
        "to `id`, rename `Question` to `question`",
    ),
    "missing": (
        "question,answer",
        f"has no column `id`; found `question`, `answer`, {NEEDED}; add it",
    ),
    "twice": (
        "id,question,answer,question",
        "has the column `question` twice; rename or delete one",
    ),
    "another sign": (
        "id|question|answer",
        f"has no column `id`, `question`, `answer`; found `id|question|answer`, {NEEDED}; separate "
        "columns by comma, semicolon or tab",
    ),
    "many": (
        ",".join(f"c{n}" for n in range(20)),
        "has no column `id`, `question`, `answer`; found `c0`, `c1`, `c2`, `c3`, `c4`, `c5`, `c6`, "
        f"`c7`, `c8`, `c9`, `c10`, `c11` and 8 more, {NEEDED}; add it",
    ),
    "a quote": (
        'id,question,"answer',
        'in the column names, nothing closes the quote of `"answer`; close it, or double the '
        "quotes inside a cell",
    ),
    "only separators": (",,,", "has no column names; start it with id,question,answer"),
}


@pytest.mark.parametrize(("header", "expected"), BROKEN_HEADERS.values(), ids=BROKEN_HEADERS)
def test_wrong_columns_are_one_error(header: str, expected: str) -> None:
    """It names what was found, what is needed and the nearest."""
    with pytest.raises(BrokenSourceError) as caught:
        read(header + "\n", read_csv)
    assert (caught.value.line, caught.value.message) == (1, expected)


def test_columns_that_nothing_reads_are_notices() -> None:
    """One each, and their cells are ignored."""
    file = read("id,votes,question,answer,\na,3,x,y,\n", read_csv)
    assert rendered(file) == [
        "n1 column `votes` is unknown; ignored",
        "n1 column 5 has no name; ignored",
    ]
    assert ids(file) == ["a"]

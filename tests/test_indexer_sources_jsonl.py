"""A broken line or field of a JSONL file is reported once and costs no other."""

import pytest

from tests.source_samples import FULL, SHAPE, SHORT, ids, jsonl, read, rendered

BROKEN_LINES = {
    "no JSON": (
        '{"id": "b", "question": x}',
        "is not JSON at column 25 (Expecting value); repair it",
    ),
    "cut": (
        '{"id": "b", "question": "x',
        "is not JSON at column 25 (Unterminated string starting at); repair it",
    ),
    "two on a line": (
        jsonl(SHORT).strip() + jsonl(SHORT).strip(),
        "is not JSON at column 58 (Extra data); repair it",
    ),
    "a list": ('["b", "x", "y"]', f"is no object; write {SHAPE}"),
    "a text": ('"question"', f"is no object; write {SHAPE}"),
    "id missing": ('{"question": "x", "answer": "y"}', "the record has no `id`; add it"),
    "id null": (
        '{"id": null, "question": "x", "answer": "y"}',
        "`id` of the record is empty; fill it in",
    ),
    "id of two lines": (
        '{"id": "a\\tb", "question": "x", "answer": "y"}',
        "`id` of the record is not one line of text (`a\\tb`); mend it",
    ),
    "question missing": ('{"id": "b", "answer": "y"}', "the record has no `question`; add it"),
    "answer blank": (
        '{"id": "b", "question": "x", "answer": " "}',
        "`answer` of the record is empty; fill it in",
    ),
    "answer a list": (
        '{"id": "b", "question": "x", "answer": ["y"]}',
        "`answer` of the record is not a text; write a text",
    ),
    "answer twice": (
        '{"id": "b", "question": "x", "answer": "y", "answer": "z"}',
        "the record has `answer` twice, first on line 3; delete one",
    ),
    "half a character": (
        '{"id": "b", "question": "\\ud83d", "answer": "y"}',
        "character U+D83D is not allowed; delete it",
    ),
    "a NUL": (
        '{"id": "b", "question": "\\u0000", "answer": "y"}',
        "character U+0000 is not allowed; delete it",
    ),
    "too deep": (
        '{"id": "b", "question": "x", "answer": "y", "more": ' + "[" * 99 + "]" * 99 + "}",
        "is nested more than 32 deep; flatten it",
    ),
    "far too deep": ("[" * 100_000, "is nested more than 32 deep; flatten it"),
    "many keys": (
        jsonl({**SHORT, **{str(n): n for n in range(1_000)}}).strip(),
        "has more than 1,000 keys; split it",
    ),
}


@pytest.mark.parametrize(("line", "expected"), BROKEN_LINES.values(), ids=BROKEN_LINES)
def test_a_broken_line_is_reported_once(line: str, expected: str) -> None:
    """The lines around it are read."""
    file = read(jsonl(FULL) + "\n" + line + "\n" + jsonl(SHORT))
    assert rendered(file) == [f"e3 {expected}"]
    assert ids(file) == ["752e8452", "09081824"]


KEPT_LINES = {
    "author a list": (
        {"author": ["Ann"]},
        ["e1 `author` of the record is not a text; write a text"],
    ),
    "date unreadable": (
        {"date": "soon"},
        ["n1 `date` is no date (`soon`); write it as 2021-11-22"],
    ),
    "date impossible": (
        {"date": "2021-02-30"},
        ["n1 `date` is no date (`2021-02-30`); write it as 2021-11-22"],
    ),
    "address of a script": (
        {"url": "javascript:alert(1)"},
        ["n1 `url` is no address (`javascript:alert(1)`); write it as https://example.org/page"],
    ),
    "unknown field": ({"votes": 3}, ["n1 the record has an unknown key `votes`; ignored"]),
    "all optional null": (dict.fromkeys(["author", "asker", "section", "url", "date"]), []),
}


@pytest.mark.parametrize(("more", "expected"), KEPT_LINES.values(), ids=KEPT_LINES)
def test_a_record_is_kept_without_an_optional_field(
    more: dict[str, object], expected: list[str]
) -> None:
    """Which counts as absent."""
    file = read(jsonl({**SHORT, **more}))
    assert rendered(file) == expected
    assert file.records == read(jsonl(SHORT)).records


def test_an_unknown_field_is_mentioned_once_a_file() -> None:
    """However many records have it."""
    file = read(jsonl(*({**SHORT, "id": str(n), "votes": n} for n in range(50))))
    assert rendered(file) == ["n1 the record has an unknown key `votes`; ignored"]

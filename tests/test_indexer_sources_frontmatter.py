"""Front matter ends where YAML says, in any encoding that is UTF-8."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.sources.frontmatter import decode, is_fenced, split
from indexer.sources.records import BrokenSourceError
from indexer.sources.yaml_safe import MappingNode, Node, ScalarNode


def values(node: Node) -> dict[str, str]:
    """Get the texts of a mapping."""
    assert isinstance(node, MappingNode)
    return {key: value.text for key, value in node.values.items() if isinstance(value, ScalarNode)}


FENCES = {
    "plain": ("---\na: b\n---\nBody\n", {"a": "b"}, "Body\n", 4),
    "no body": ("---\na: b\n---", {"a": "b"}, "", 4),
    "spaces after the fences": ("--- \na: b\n---\t \nBody", {"a": "b"}, "Body", 4),
    "rule in the body": ("---\na: b\n---\nx\n---\ny", {"a": "b"}, "x\n---\ny", 4),
    "table in the body": ("---\na: b\n---\nx\n--- | ---\ny", {"a": "b"}, "x\n--- | ---\ny", 4),
    "fence in a block text": ("---\na: |\n  x\n  ---\n  y\n---\nz", {"a": "x\n---\ny\n"}, "z", 7),
    "fence in a folded text": ("---\na: >-\n x\n\n ---\n\n y\n---\nz", {"a": "x\n---\ny"}, "z", 9),
    "fence in quotes": ("---\na: 'x\n\n  ---\n\n  y'\n---\nz", {"a": "x\n---\ny"}, "z", 8),
    "dashes in a plain text": ("---\na: x --- y\n---\nz", {"a": "x --- y"}, "z", 4),
    "longer dash line as key": ("---\n-----: b\n---\nz", {"-----": "b"}, "z", 4),
    "byte order mark": ("\ufeff---\na: b\n---\nBody", {"a": "b"}, "Body", 4),
    "carriage returns": ("---\ra: b\r---\rBody\r", {"a": "b"}, "Body\n", 4),
    "both line ends": ("---\r\na: |\r\n  x\r\n  y\r\n---\r\nz\r\n", {"a": "x\ny\n"}, "z\n", 6),
    "mixed line ends": ("---\r\na: b\nc: d\r---\nz", {"a": "b", "c": "d"}, "z", 5),
}
UNFENCED = {
    "empty": (b"", "is empty"),
    "blank": (b" \r\n\t\n", "is empty"),
    "byte order mark alone": (b"\xef\xbb\xbf", "is empty"),
    "no fence": (b"a: b\n", "has no front matter"),
    "indented fence": (b" ---\na: b\n---\n", "has no front matter"),
    "blank line first": (b"\n---\na: b\n---\n", "has no front matter"),
    "four dashes": (b"----\na: b\n----\n", "has no front matter"),
    "text behind the fence": (b"--- a\n---\n", "has no front matter"),
    "never closed": (b"---\na: b\n", "has no end"),
    "one fence alone": (b"---", "has no end"),
    "closed by dots": (b"---\na: b\n...\nBody", "has no end"),
    "closed by an indented fence": (b"---\na: b\n ---\nBody", "has no end"),
}
ENCODINGS = {
    "Latin-1": ("---\na: b\nc: café\n---\n".encode("latin-1"), 3, "byte 0xE9 is not UTF-8"),
    "Latin-1, carriage returns": (b"---\ra: b\rc: \xe9\r---\r", 3, "byte 0xE9 is not UTF-8"),
    "UTF-16": ("---\na: b\n---\n".encode("utf-16"), 1, "UTF-16; save it as UTF-8"),
    "UTF-16 big endian": (b"\xfe\xff\x00-", 1, "UTF-16; save it as UTF-8"),
    "UTF-32": ("---\na: b\n---\n".encode("utf-32"), 1, "UTF-32; save it as UTF-8"),
    "surrogate bytes": (b"---\na: \xed\xa0\xbd\n---\n", 2, "byte 0xED is not UTF-8"),
    "overlong": (b"---\na: \xc0\x80\n---\n", 2, "byte 0xC0 is not UTF-8"),
    "cut in a character": (b"---\na: b\n---\n\xf0\x9f\x98", 4, "byte 0xF0 is not UTF-8"),
}


@pytest.mark.parametrize(("text", "fields", "body", "line"), FENCES.values(), ids=FENCES)
def test_the_first_bare_fence_at_column_0_closes(
    text: str, fields: dict[str, str], body: str, line: int
) -> None:
    """A `---` in a text is indented, so that it closes nothing."""
    page = split(text.encode())
    assert (values(page.fields), page.body, page.body_line) == (fields, body, line)


@pytest.mark.parametrize(("data", "reason"), UNFENCED.values(), ids=UNFENCED)
def test_a_file_without_front_matter_is_refused(data: bytes, reason: str) -> None:
    """The complaint says what to do about it."""
    with pytest.raises(BrokenSourceError, match=f"{reason}.*; ") as caught:
        split(data)
    assert caught.value.line == 1


@pytest.mark.parametrize(("data", "line", "reason"), ENCODINGS.values(), ids=ENCODINGS)
def test_only_utf_8_is_read(data: bytes, line: int, reason: str) -> None:
    """The complaint names the line of the first byte that is not."""
    with pytest.raises(BrokenSourceError, match=reason) as caught:
        split(data)
    assert caught.value.line == line


def test_lines_are_those_of_the_file() -> None:
    """The front matter starts on line 2."""
    with pytest.raises(BrokenSourceError, match="not YAML") as caught:
        split(b"---\na: b\nc: d: e\n---\n")
    assert caught.value.line == 3


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"---\n", True), (b"\xef\xbb\xbf---\r", True), (b"--- a\n", False), (b"", False)],
)
def test_front_matter_is_recognised_by_its_fence(data: bytes, expected: bool) -> None:
    """A byte order mark may stand before it."""
    assert is_fenced(data) is expected


def test_texts_keep_what_is_no_line_end() -> None:
    """Only line ends and the byte order mark change."""
    text = "a\u2028b\x85c\x0bd\u200b\u202ee"
    assert decode(f"\ufeff{text}\r\n".encode()) == f"{text}\n"


@given(st.binary().flatmap(lambda data: st.sampled_from([data, b"---\n" + data + b"\n---\n"])))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing but our own error leaves the reader, and it knows its line."""
    n_lines = len(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"))
    assert 1 <= line_of_outcome(data) <= n_lines + 1


def line_of_outcome(data: bytes) -> int:
    """Get the line of the body, or of what was refused."""
    try:
        return split(data).body_line
    except BrokenSourceError as exc:
        return exc.line

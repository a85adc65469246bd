"""YAML is read as text with lines, and nothing in it hurts."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from indexer.sources.records import BrokenSourceError
from indexer.sources.yaml_safe import (
    MAX_DEPTH,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    parse,
)

ALIASES = "".join(
    f"k{i}: &k{i} [{', '.join([f'*k{i - 1}'] * 9) if i else 'x'}]\n" for i in range(9)
)
BOMBS = {
    "alias bomb": (ALIASES, "anchor"),
    "self-reference": ("a: &a [*a]\n", "anchor `&a`"),
    "alias alone": ("a: *b\n", "alias `\\*b`"),
    "flow sequences": ("[" * 1_000_000, "more than 32 deep"),
    "closed flow sequences": ("[" * 100_000 + "]" * 100_000, "more than 32 deep"),
    "flow mappings": ("{a: " * 100_000, "more than 32 deep"),
    "flow keys": ("{" * 100_000, "more than 32 deep"),
    "block mappings": ("".join(f"{' ' * i}a:\n" for i in range(5_000)), "more than 32 deep"),
    "block sequences": ("- " * 100_000 + "a", "more than 32 deep"),
    "question marks": ("? " * 100_000, "more than 32 deep"),
    "a list as key": ("? [a]\n: b\n", "used as a key"),
    "many keys": ("".join(f"k{i}: v\n" for i in range(1_000_000)), "more than 1,000 keys"),
    "many values": ("[" + "[]," * 1_000_000 + "]", "more than 250,000 values"),
    "tag of an object": ("a: !!python/object/apply:os.system [ls]\n", "tag `tag:yaml"),
    "tag of a name": ("a: !!python/name:os.system\n", "tag `tag:yaml"),
    "tag of a text": ("a: !!str b\n", "tag `tag:yaml"),
    "local tag": ("a: !b c\n", "tag `!b`"),
    "bare tag": ("a: ! c\n", "tag `!`"),
    "two documents": ("a: b\n--- \nc: d\n", "second document"),
    "quotes never closed": ('a: "' + "x" * 1_000_000, "not YAML"),
}
FORBIDDEN = {
    "NUL": "\0",
    "escape": "\x1b",
    "delete": "\x7f",
    "vertical tab": "\x0b",
    "C1 control": "\x9b",
    "lone high surrogate": "\ud83d",
    "lone low surrogate": "\udc80",
    "noncharacter": "\uffff",
}
PLAIN_TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), max_size=20)
DOCUMENTS = st.recursive(
    PLAIN_TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN_TEXTS, inner, max_size=4),
    max_leaves=12,
)


def plain(node: Node) -> object:
    """Turn nodes into lists, dictionaries and texts."""
    match node:
        case ScalarNode(text):
            return text
        case SequenceNode(items):
            return [plain(item) for item in items]
        case MappingNode(values):
            return {key: plain(value) for key, value in values.items()}


def line_of_outcome(text: str) -> int:
    """Get the line of the root, or of what was refused."""
    try:
        return parse(text).line
    except BrokenSourceError as exc:
        return exc.line


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "Yes",
        "<<",
        "=",
        "12:30:45",
        "2020-01-01",
        "0123",
        "1_000",
        "~",
        "null",
        ".nan",
        "0x1F",
    ],
)
def test_plain_scalars_stay_as_written(text: str) -> None:
    """YAML's guesses at types change nobody's words."""
    node = parse(f"key: {text}\n{text}: value\n")
    assert plain(node) == {"key": text, text: "value"}


@pytest.mark.parametrize(
    ("source", "is_null"),
    [("", True), ("~", True), ("null", True), ("NULL", True), ("''", False), ("'~'", False)],
)
def test_null_is_for_the_reader_to_decide(source: str, is_null: bool) -> None:
    """A value that is left out is the empty text."""
    node = parse(f"[a, {source}\n]" if source else "a:\n")
    value = node.values["a"] if isinstance(node, MappingNode) else node
    value = value.items[1] if isinstance(value, SequenceNode) else value
    assert isinstance(value, ScalarNode)
    assert value.is_null is is_null
    assert value.text == source.strip("'")


def test_no_document_is_the_empty_text() -> None:
    """Nothing but comments holds nothing."""
    assert parse("# nothing\n", first_line=7) == ScalarNode("", 7, plain=True)


def test_nodes_know_their_lines() -> None:
    """Lines count from the given one, and only line feeds end them."""
    root = parse("a: 'x\u2028y\x85z'\nb:\n- c\n- d: |\n    e\n    f\n  g: h\n", first_line=2)
    assert isinstance(root, MappingNode)
    assert root.keys == {"a": 2, "b": 3}
    items = root.values["b"]
    assert isinstance(items, SequenceNode)
    assert [item.line for item in items.items] == [4, 5]
    entry = items.items[1]
    assert isinstance(entry, MappingNode)
    assert entry.keys == {"d": 5, "g": 8}


def test_repeated_keys_are_kept_for_the_reader() -> None:
    """The first value counts; the later keys have their lines."""
    root = parse("a: 1\nb: 2\na: 3\na: 4\n")
    assert isinstance(root, MappingNode)
    assert plain(root) == {"a": "1", "b": "2"}
    assert [(key.text, key.line) for key in root.repeated] == [("a", 3), ("a", 4)]


def test_a_merge_key_merges_nothing() -> None:
    """It is a key like any other."""
    assert plain(parse("<<: {a: b}\nc: d\n")) == {"<<": {"a": "b"}, "c": "d"}


def test_depth_is_allowed_up_to_the_limit() -> None:
    """One bracket more is refused."""
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    with pytest.raises(BrokenSourceError, match="nested more than 32 deep; flatten it"):
        parse("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


@pytest.mark.parametrize(("text", "reason"), BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused_at_once(text: str, reason: str) -> None:
    """Each within a second of processor time; a busy machine gets two."""
    start = time.process_time()
    with pytest.raises(BrokenSourceError, match=reason):
        parse(text)
    assert time.process_time() - start < 30


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to read memory from")
def test_bombs_need_little_memory() -> None:
    """All of them together leave a process below 200 MB."""
    script = (
        "from pathlib import Path\n"
        "from indexer.sources.records import BrokenSourceError\n"
        "from indexer.sources.yaml_safe import parse\n"
        "for text in ['['*10**6, '[' + '[],'*10**6 + ']', 'k: v\\n'*10**6, '? '*10**5,\n"
        "             ''.join(f'k{i}: v\\n' for i in range(10**6)), '\\n' * 10**7 + '\\0']:\n"
        "    try: parse(text)\n"
        "    except BrokenSourceError: pass\n"
        "status = Path('/proc/self/status').read_text()\n"
        "print(int(status.split('VmHWM:')[1].split()[0]) // 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )
    assert int(done.stdout) < 200


@pytest.mark.parametrize("char", FORBIDDEN.values(), ids=FORBIDDEN)
def test_forbidden_characters_are_refused_with_their_line(char: str) -> None:
    """Raw characters that YAML does not allow."""
    with pytest.raises(BrokenSourceError, match=f"U\\+{ord(char):04X} is not allowed") as caught:
        parse(f"a: b\nc: d{char}e\n", first_line=2)
    assert caught.value.line == 3


@pytest.mark.parametrize("escape", ["\\0", "\\x00", "\\ud83d", "\\U00110000", "\\q"])
def test_escapes_of_what_is_no_text_are_refused(escape: str) -> None:
    """Quotes do not bring in what may not stand in the open."""
    with pytest.raises(BrokenSourceError) as caught:
        parse(f'a: b\nc: "{escape}"\n')
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: b: c\n", 1, 5),
        ("a: b\n  c: d\n", 2, 4),
        ("a: @b\n", 1, 4),
        ("a: 'b\nc: d\n", 3, 1),
        ("a:\n\tb: c\n", 2, 1),
        ("a: [b\nc: d\n", 2, 2),
    ],
)
def test_syntax_errors_say_where_and_what_to_do(text: str, line: int, column: int) -> None:
    """The line is the exception's; the column is in the message."""
    with pytest.raises(BrokenSourceError, match=f"column {column} .*put a text .* in quotes") as c:
        parse(text)
    assert c.value.line == line


@given(DOCUMENTS, st.booleans())
def test_what_is_written_is_read(document: object, allow_unicode: bool) -> None:
    """Any nesting of texts survives the writer that wrote the archive."""
    written = yaml.safe_dump(document, allow_unicode=allow_unicode, sort_keys=False)
    assert plain(parse(written)) == document


@given(st.text(st.sampled_from("ab-:?[]{}#&*!|>'\"%@` \n\t0~\\,<=.")))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but our own error leaves the reader, and it knows its line."""
    assert 1 <= line_of_outcome(text) <= text.count("\n") + 1

"""A text is kept byte by byte, whatever is in it."""

import json
import re
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.sources.books import read_book
from indexer.sources.files import SourceFile
from indexer.sources.records import RawThread


def read(entry: str) -> tuple[RawThread, list[str]]:
    """Read a book with one thread; give it, and the complaints."""
    data = f"---\ntitle: T\narchive:\n{entry}---\n".encode()
    archive = read_book(SourceFile(Path("a-book.md"), data))
    (thread,) = archive.collections[0].threads
    return thread, [complaint.message for complaint in archive.complaints]


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
TEXTS = {
    "right-to-left override": "a\u202eb\u202cc",
    "isolates": "\u2066a\u2069",
    "zero-width space": "a\u200bb",
    "zero-width joiner emoji": FAMILY,
    "emoji with skin tone": "\U0001f44d\U0001f3fd",
    "flag": "\U0001f1e9\U0001f1ea",
    "soft hyphen": "a\xadb",
    "no-break space": "a\xa0b",
    "byte order mark inside": "a\ufeffb",
    "replacement character": "a\ufffdb",
    "private use": "a\ue000\U000f0000b",
    "combining marks": "a" + "\u0301" * 10_000,
    "precomposed and decomposed": "é e\u0301",
    "Arabic ligature flood": "\ufdfa" * 10_000,
    "line separator": "a\u2028b",
    "paragraph separator": "a\u2029b",
    "next line": "a\x85b",
    "Hebrew": "שלום עולם",
    "Hindi": "नमस्ते",
    "Chinese": "你好世界",
    "astral letters": "\U0001d538\U0001f600",
    "emoji shortcode": ":wave: :+1:",
    "entities": "&gt; &amp;lt; a",
    "script": "<script>alert(1)</script>",
    "Slack link": "[text](https://example.org/?a=b&c=d#e)",
    "mention": "<@U123> @ann",
    "code": "```\nfor x in y:\n\tprint(x)\n```",
    "trailing spaces": "a  \nb  ",
    "leading spaces": "    a\n  b",
    "tabs": "\ta\tb",
    "trailing line ends": "a\n\n\n",
    "leading line ends": "\n\na",
    "backslashes": "\\n \\0 \\u0041",
    "quotes": "'a' \"b\" `c`",
    "percent": "%TAG ! %s",
    "template": "{{7*7}} {% x %}",
    "text of 10 MB": "word " * 2_000_000,
    "token of 1 MB": "x" * 1_000_000,
    "100,000 lines": "a\n" * 100_000,
    "brackets": "[" * 100_000,
    "mapping": "a: b",
    "comment": "a # b",
    "fence": "a\n---\nb",
    "document end": "a\n...\nb",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_is_kept_byte_by_byte(text: str) -> None:
    """However strange, at once, and with a notice where it is long."""
    start = time.process_time()
    thread, complaints = read(f"- name: A\n  text: {quote(text)}\n")
    assert time.process_time() - start < 30
    assert thread.post.text == text
    long = len(text.encode()) > 1_000_000
    assert complaints == (["text is over 1 MB; split it"] if long else [])


def quote(text: str) -> str:
    """Write a text in double quotes; U+0085, U+2028 and U+2029 are line ends to YAML."""
    quoted = json.dumps(text, ensure_ascii=False)
    for char in "\x85\u2028\u2029":
        quoted = quoted.replace(char, f"\\u{ord(char):04x}")
    return quoted


LITERALS = [
    "no",
    "<<",
    "=",
    "12:30:45",
    "2020-01-01",
    "0123",
    "~",
    "---",
    "- a",
    "a: b",
    "#",
    "null",
]
LINES = st.sampled_from(LITERALS) | st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cn"], include_characters="\t"), max_size=12
)
ANY_TEXT = st.lists(LINES, max_size=4).map("\n".join)


@settings(max_examples=500)
@given(st.lists(ANY_TEXT, min_size=10, max_size=10), st.booleans(), st.sampled_from([20, 80]))
def test_what_is_written_is_read(texts: list[str], allow_unicode: bool, width: int) -> None:
    """Ten texts an example, in 500 examples, from the writer that wrote the archive."""
    entry = {
        "name": "A",
        "text": "q",
        "replies": [{"name": "B", "text": text} for text in texts],
    }
    written = yaml.safe_dump([entry], allow_unicode=allow_unicode, width=width)
    thread, _ = read(written)
    assert [reply.text for reply in thread.replies] == texts


@given(ANY_TEXT)
def test_quoted_and_block_texts_are_read(text: str) -> None:
    """From hands that write JSON strings, or block texts where these can hold it."""
    entries = f"- name: A\n  text: q\n  replies:\n  - {{name: B, text: {quote(text)}}}\n"
    block = bool(text.strip()) and not re.search("[\x85\u2028\u2029\ufeff]", text)
    if block:
        indented = "\n".join(f"      {line}" for line in text.split("\n"))
        entries += f"  - name: C\n    text: |2-\n{indented}\n"
    thread, _ = read(entries)
    assert thread.replies[0].text == text
    if block:
        assert thread.replies[1].text == text.rstrip("\n")

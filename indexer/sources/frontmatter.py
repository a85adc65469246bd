"""Split a Markdown file into its front matter and its body.

The file starts with a line `---`, and the next such line that starts at column 0 closes the
front matter. No text of the front matter can hold that line: YAML wants every continuation
line of a value indented, and refuses a bare `---` inside quotes. A longer dash line, or `---`
behind spaces, closes nothing.
"""

import codecs
import re
from dataclasses import dataclass

from indexer.sources import yaml_safe
from indexer.sources.records import BrokenSourceError

_FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)
_FENCED_FILE = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*[\r\n]")
_FOREIGN_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A file in its two halves; `body` starts on line `body_line` of the file."""

    fields: yaml_safe.Node
    body: str
    body_line: int


def is_fenced(data: bytes) -> bool:
    """Tell whether a file starts with front matter."""
    return _FENCED_FILE.match(data) is not None


def split(data: bytes) -> FrontMatter:
    """Split a file and parse its front matter.

    Raises:
        BrokenSourceError: If it is blank, or the encoding, a fence or the YAML is wrong.
    """
    text = decode_filled(data)
    opening = _FENCE.match(text)
    if opening is None:
        raise BrokenSourceError(1, "has no front matter; start the file with a line `---`")
    closing = _FENCE.search(text, opening.end())
    if closing is None:
        raise BrokenSourceError(1, "the front matter has no end; close it with a line `---`")
    return FrontMatter(
        fields=yaml_safe.parse(text[opening.end() + 1 : closing.start()], first_line=2),
        body=text[closing.end() + 1 :],
        body_line=text.count("\n", 0, closing.end()) + 2,
    )


def decode_filled(data: bytes) -> str:
    """Decode a file as `decode` does.

    Raises:
        BrokenSourceError: If it is not UTF-8, or blank.
    """
    text = decode(data)
    if not text.strip():
        raise BrokenSourceError(1, "is empty; fill it or delete it")
    return text


def decode(data: bytes) -> str:
    """Decode a file as UTF-8, without byte order mark, all line ends as line feeds.

    Raises:
        BrokenSourceError: If it is not UTF-8.
    """
    for mark, encoding in _FOREIGN_MARKS:
        if data.startswith(mark):
            raise BrokenSourceError(1, f"is encoded as {encoding}; save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise _translate(exc) from exc
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode_head(data: bytes) -> str:
    """Decode the start of a file to recognise it by, whatever its encoding."""
    marked = (encoding for mark, encoding in _FOREIGN_MARKS if data.startswith(mark))
    return data.decode(next(marked, "utf-8-sig"), errors="replace")


def _translate(exc: UnicodeDecodeError) -> BrokenSourceError:
    before = exc.object[: exc.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return BrokenSourceError(
        before.count(b"\n") + 1,
        f"byte 0x{exc.object[exc.start]:02X} is not UTF-8; save the file as UTF-8",
    )

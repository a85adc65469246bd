"""Read question/answer records from JSONL: one JSON object a line."""

import re

from indexer.sources import frontmatter, json_safe
from indexer.sources.fields import Fields, Report
from indexer.sources.files import SourceFile
from indexer.sources.pairs import FIELDS, LABEL, PairFile, PairRecord, read_record, refuse_hopeless
from indexer.sources.records import BrokenSourceError
from indexer.sources.yaml_safe import MappingNode

NAME = "jsonl"
SUFFIXES = frozenset({".jsonl"})

_BOM = b"\xef\xbb\xbf"
_QUESTION = re.compile(rb"\"question\"[ \t]*:")
_ANSWER = re.compile(rb"\"answer\"[ \t]*:")
_DOCUMENT = re.compile(rb"\s*(?:\[\s*\{|\{[ \t]*\r?\n)[^{}]*\"(?:question|answer)\"\s*:")
_KNOWN = frozenset(FIELDS)
_SHAPE = '{"id": "…", "question": "…", "answer": "…"}'


def is_jsonl(file: SourceFile) -> bool:
    """Tell whether most lines are records, or the whole is a list of them."""
    data = file.data.removeprefix(_BOM)
    if _DOCUMENT.match(data):
        return True
    lines = [line for line in map(bytes.strip, data.split(b"\n")) if line]
    objects = [line for line in lines if line.startswith(b"{")]
    asked = [line for line in objects if _QUESTION.search(line)]
    return 2 * len(asked) >= len(lines) and any(map(_ANSWER.search, asked))


def read_jsonl(file: SourceFile) -> PairFile:
    """Read one file of records.

    Raises:
        BrokenSourceError: If nothing of the file can be used.
    """
    text = frontmatter.decode_filled(file.data)
    report = Report(file.path)
    reader = _Reader(file.path.stem, report)
    records = []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            records.extend(reader.read(line, number))
        except BrokenSourceError as exc:
            report.error(exc.line, exc.message)
    refuse_hopeless(records, report, f"no line is a record `{_SHAPE}`")
    return PairFile(file.path, NAME, records, report.complaints)


class _Reader:
    """Reads lines, and mentions each unknown field once."""

    def __init__(self, stem: str, report: Report) -> None:
        self._stem = stem
        self._report = report
        self._known = _KNOWN

    def read(self, line: str, number: int) -> list[PairRecord]:
        """Read the record of a line; a blank one has none."""
        if not line.strip():
            return []
        node = json_safe.parse(line, line=number)
        if not isinstance(node, MappingNode):
            raise BrokenSourceError(number, f"is no object; write {_SHAPE}")
        fields = Fields(node, LABEL, self._report)
        record = read_record(fields, stem=self._stem, report=self._report)
        fields.warn_unknown(self._known)
        self._known |= node.values.keys()
        return [record]

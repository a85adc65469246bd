"""Read a list of frequent questions: YAML entries with `question` and `answer`.

The first entry may be `title: …` alone; otherwise the title is made of the file's name. A
question is a post by nobody, and its answer the one reply, official and by nobody too. What is
broken is reported once and everything else is kept:

- a file that is no YAML or no list is left out;
- an entry without question or answer, with a key twice or that is no mapping is left out, and
  the entries after it keep their index;
- an unknown key, and a list without entries, is a notice.
"""

import re
from functools import partial

from indexer.sources import frontmatter, yaml_safe
from indexer.sources.fields import Fields, Report, read_each
from indexer.sources.files import SourceFile
from indexer.sources.records import (
    Archive,
    BrokenSourceError,
    RawCollection,
    RawPost,
    RawThread,
)
from indexer.sources.titles import title_of
from indexer.sources.yaml_safe import MappingNode, Node, ScalarNode, SequenceNode
from search.models import CollectionKind

SUFFIXES = frozenset({".yml", ".yaml"})
FOLDER = "faqs"

_KEYS = frozenset({"question", "answer"})
_QUESTION = re.compile(rb"(?:^|[{,])[ \t-]*\{?[\"']?question[\"']?[ \t]*:", re.MULTILINE)
_ANSWER = re.compile(rb"(?:^|[{,])[ \t-]*\{?[\"']?answer[\"']?[ \t]*:", re.MULTILINE)
_ENTRY = re.compile(rb"^ {0,4}-[ \t]+[{\"']*(?:question|answer)\b", re.MULTILINE)
_FENCE = re.compile(rb"^---[ \t]*\r?$", re.MULTILINE)


def is_faq(file: SourceFile) -> bool:
    """Tell whether a file is, or is meant to be, a list of questions with answers."""
    is_yaml = file.path.suffix.lower() in SUFFIXES
    if is_yaml and file.path.parent.name == FOLDER:
        return True
    if not (_QUESTION.search(file.data) and _ANSWER.search(file.data)):
        return False
    if not is_yaml and _is_page(file.data):
        return False
    try:
        return _holds_answers(yaml_safe.parse(frontmatter.decode(file.data)))
    except BrokenSourceError:
        return is_yaml and bool(_ENTRY.search(file.data))


def read_faq(file: SourceFile) -> Archive:
    """Read one list of frequent questions.

    Raises:
        BrokenSourceError: If nothing of the file can be used.
    """
    report = Report(file.path)
    slug = file.path.stem
    entries = _entries(frontmatter.decode_filled(file.data))
    if not entries:
        report.notice(1, "holds no question; nothing to search in it yet")
    title = _read_title(entries[0], report) if entries and _is_title(entries[0]) else title_of(slug)
    read = partial(_read_entry, slug=slug, report=report)
    faq = RawCollection(
        slug=slug,
        title=title,
        kind=CollectionKind.FAQ,
        path=file.path,
        threads=tuple(thread for thread in read_each(entries, read, report) if thread),
    )
    return Archive(collections=(faq,), complaints=report.complaints)


def _is_page(data: bytes) -> bool:
    """Tell whether the YAML is the front matter of a page."""
    return frontmatter.is_fenced(data) and len(_FENCE.findall(data)) > 1


def _holds_answers(node: Node) -> bool:
    """Tell whether a document, however nested, is all questions with answers."""
    if isinstance(node, SequenceNode):
        return any(
            isinstance(item, MappingNode) and bool(item.values.keys() & _KEYS)
            for item in node.items
        )
    if isinstance(node, MappingNode):
        inner = [value for value in node.values.values() if not isinstance(value, ScalarNode)]
        return node.values.keys() >= _KEYS or (bool(inner) and all(map(_holds_answers, inner)))
    return False


def _entries(text: str) -> tuple[Node, ...]:
    root = yaml_safe.parse(text)
    if isinstance(root, SequenceNode):
        return root.items
    found = "a mapping" if isinstance(root, MappingNode) else "a text"
    raise BrokenSourceError(
        root.line,
        f"is {found}, not a list; write an entry `- question: …` with an indented `answer: …` "
        "for each question",
    )


def _is_title(node: Node) -> bool:
    return isinstance(node, MappingNode) and node.values.keys() == {"title"}


def _read_title(node: Node, report: Report) -> str:
    return Fields(node, "the title", report).filled_text("title").strip()


def _read_entry(index: int, node: Node, *, slug: str, report: Report) -> RawThread | None:
    if index == 0 and _is_title(node):
        return None
    label = f"question #{index}"
    fields = Fields(node, label, report)
    post = RawPost("", fields.filled_text("question"), fields.line)
    reply = RawPost("", fields.filled_text("answer"), fields.line_of("answer"), official=True)
    fields.warn_unknown(_KEYS)
    return RawThread(f"{slug}#{index}", post, (reply,))

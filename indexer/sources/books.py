"""Read a book: front matter with the archive of its week, and a Markdown body.

What is broken is reported once and everything else is kept:

- a file that cannot be parsed, or has a key twice at its top, is left out;
- a thread without a text, with a key twice or that is no mapping is left out, and the threads
  after it keep their index; a reply is left out for the same reasons, but may be empty;
- a missing title is an error and the slug stands in; a missing speaker's name is an error and
  the post is kept with the empty name;
- a field of a wrong type is an error and counts as absent;
- an empty reply, a text over 1 MB, an unknown key, an unreadable date, a link without address
  and a book without archive are notices.
"""

import re
from datetime import date, datetime
from functools import partial

from indexer.sources import frontmatter
from indexer.sources.fields import Fields, Report, read_each
from indexer.sources.files import SourceFile
from indexer.sources.printing import quote
from indexer.sources.records import (
    Archive,
    BrokenSourceError,
    RawCollection,
    RawPost,
    RawThread,
)
from indexer.sources.yaml_safe import Node, ScalarNode
from search.models import CollectionKind, Link

SUFFIXES = frozenset({".md", ".markdown"})
LONG_TEXT_BYTES = 1_000_000

_BOOK_KEYS = frozenset(
    {"title", "description", "cover", "image", "start", "end", "authors", "links", "archive"}
)
_THREAD_KEYS = frozenset({"name", "text", "replies"})
_REPLY_KEYS = frozenset({"name", "text"})
_LINK_KEYS = frozenset({"text", "link"})
_STRAY_ENTRY = re.compile(r"^ *- +name:.*\n +text:", re.MULTILINE)


def is_book(file: SourceFile) -> bool:
    """Tell whether a file is, or claims to be, Markdown with front matter."""
    return file.path.suffix.lower() in SUFFIXES or frontmatter.is_fenced(file.data)


def read_book(file: SourceFile) -> Archive:
    """Read one book.

    Raises:
        BrokenSourceError: If nothing of the file can be used.
    """
    page = frontmatter.split(file.data)
    report = Report(file.path)
    fields = Fields(page.fields, "the front matter", report)
    slug = file.path.stem
    book = RawCollection(
        slug=slug,
        title=fields.text_or("title", slug).strip(),
        kind=CollectionKind.BOOK,
        path=file.path,
        threads=_read_archive(fields, slug, report),
        authors=tuple(read_each(fields.items("authors"), _read_author, report)),
        start=_read_date(fields, "start", report),
        end=_read_date(fields, "end", report),
        description=fields.text("description") or "",
        body=page.body.strip(),
        cover=fields.text("cover") or None,
        links=_read_links(fields, report),
    )
    fields.warn_unknown(_BOOK_KEYS)
    _refuse_stray_entries(page, report)
    return Archive(collections=(book,), complaints=report.complaints)


def _read_author(index: int, node: Node) -> str:
    if not isinstance(node, ScalarNode):
        raise BrokenSourceError(node.line, f"author {index + 1} is not a text; write a name")
    return node.text


def _read_date(fields: Fields, key: str, report: Report) -> date | None:
    text = (fields.text(key) or "").strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        report.notice(
            fields.line_of(key), f"`{key}` is no date ({quote(text)}); write it as 2021-11-22"
        )
        return None


def _read_links(fields: Fields, report: Report) -> tuple[Link, ...]:
    read = partial(_read_link, report=report)
    return tuple(link for link in read_each(fields.items("links"), read, report) if link)


def _read_link(index: int, node: Node, *, report: Report) -> Link | None:
    label = f"link {index + 1}"
    fields = Fields(node, label, report)
    url = (fields.text("link") or "").strip()
    if not url:
        report.notice(fields.line, f"{label} has no `link`; add its address")
        return None
    fields.warn_unknown(_LINK_KEYS)
    return Link(fields.text("text") or url, url)


def _read_archive(fields: Fields, slug: str, report: Report) -> tuple[RawThread, ...]:
    if fields.is_empty("archive"):
        report.notice(fields.line_of("archive"), "has no `archive`; nothing to search in it yet")
    read = partial(_read_thread, slug=slug, report=report)
    return tuple(read_each(fields.items("archive"), read, report))


def _read_thread(index: int, node: Node, *, slug: str, report: Report) -> RawThread:
    label = f"thread #{index}"
    fields = Fields(node, label, report)
    text = fields.filled_text("text")
    _notice_long(fields, text, report)
    post = RawPost(fields.text_or("name", ""), text, fields.line)
    read = partial(_read_reply, thread=label, report=report)
    replies = tuple(read_each(fields.items("replies"), read, report))
    fields.warn_unknown(_THREAD_KEYS)
    return RawThread(f"{slug}#{index}", post, replies)


def _read_reply(index: int, node: Node, *, thread: str, report: Report) -> RawPost:
    label = f"reply {index + 1} of {thread}"
    fields = Fields(node, label, report)
    text = fields.given_text("text")
    if not text.strip():
        report.notice(fields.line_of("text"), f"`text` of {label} is empty; fill it in")
    _notice_long(fields, text, report)
    post = RawPost(fields.text_or("name", ""), text, fields.line)
    fields.warn_unknown(_REPLY_KEYS)
    return post


def _notice_long(fields: Fields, text: str, report: Report) -> None:
    if len(text.encode()) > LONG_TEXT_BYTES:
        report.notice(fields.line_of("text"), "text is over 1 MB; split it")


def _refuse_stray_entries(page: frontmatter.FrontMatter, report: Report) -> None:
    """Complain about threads that a `---` line inside a text has cut off."""
    stray = _STRAY_ENTRY.search(page.body)
    if stray:
        report.error(
            page.body_line + page.body.count("\n", 0, stray.start()),
            "an entry of the archive stands below the closing `---` and is lost; indent the "
            f"`---` of line {page.body_line - 1} if it belongs to a text",
        )

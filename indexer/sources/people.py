"""Read a file of the people folder: who stands behind a slug that books name as author."""

import re

from indexer.sources import frontmatter
from indexer.sources.fields import Fields, Report
from indexer.sources.files import SourceFile
from indexer.sources.records import Archive, RawPerson

FOLDER = "_people"

_HEAD_BYTES = 4096
_PERSONAL = re.compile(rb"^(?:short|picture):", re.MULTILINE)


def is_person(file: SourceFile) -> bool:
    """Tell whether a file describes a person: by its folder, or by keys no book has."""
    if file.path.parent.name == FOLDER:
        return True
    return frontmatter.is_fenced(file.data) and bool(_PERSONAL.search(file.data, 0, _HEAD_BYTES))


def read_person(file: SourceFile) -> Archive:
    """Read one person: slug `short` or the stem, name `title` or the slug.

    Raises:
        BrokenSourceError: If nothing of the file can be used.
    """
    report = Report(file.path)
    fields = Fields(frontmatter.split(file.data).fields, "the front matter", report)
    slug = (fields.text("short") or "").strip() or file.path.stem
    name = fields.text_or("title", slug).strip()
    person = RawPerson(slug=slug, name=name, path=file.path)
    return Archive(people=(person,), complaints=report.complaints)

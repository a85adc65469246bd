"""Read a test collection: queries, relevance judgements and posts for duplicate detection.

::

    <folder>/queries.jsonl   qid, type, query
    <folder>/qrels.tsv       qid, source_ref, grade 0 to 2; tabs, no header
    <folder>/dupes.jsonl     text, label duplicate or new, target, sometimes also; optional
    <folder>/corpus.jsonl    the threads themselves; optional, not read here

Unknown fields are ignored. Whatever is wrong with a collection is a CorpusError that names
file and line.
"""

import random
import reprlib
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, TypeAlias

from search.errors import CorpusError
from search.evaluation.lines import Line, fits_a_column, read_lines

Qrels: TypeAlias = Mapping[str, Mapping[str, int]]

NO_ANSWER_TYPE = "none"
MISSPELT_TYPE = "typo"

_GRADES = {"0": 0, "1": 1, "2": 2}


class DuplicateLabel(StrEnum):
    """Whether a new post asks what an archived thread already asked."""

    DUPLICATE = "duplicate"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query of a test collection.

    Nothing answers those of the type `none`; those of the type `typo` are misspelt already.
    """

    qid: str
    type: str
    query: str


@dataclass(frozen=True, slots=True)
class DuplicateCase:
    """A new post and the archived thread that is nearest to it.

    `also` names further threads that are an equally good answer for a duplicate. A new post
    may have no target.
    """

    text: str
    label: DuplicateLabel
    target: str | None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TestCollection:
    """Queries with judged threads; `qrels` has an entry for every query."""

    __test__: ClassVar[bool] = False  # or pytest takes the class for a test

    name: str
    folder: Path
    queries: tuple[JudgedQuery, ...]
    qrels: Qrels
    dupes: tuple[DuplicateCase, ...] = ()
    corpus: Path | None = None


def read_collection(folder: Path) -> TestCollection:
    """Read the test collection in a folder.

    Raises:
        CorpusError: If a file is missing or a line is malformed; names file, line and field.
        StorageError: If a file cannot be read.
    """
    queries = _read_queries(folder / "queries.jsonl")
    dupes, corpus = folder / "dupes.jsonl", folder / "corpus.jsonl"
    return TestCollection(
        name=folder.resolve().name,
        folder=folder,
        queries=tuple(queries.values()),
        qrels=_read_qrels(folder / "qrels.tsv", queries),
        dupes=tuple(map(_duplicate_case, read_lines(dupes))) if dupes.exists() else (),
        corpus=corpus if corpus.exists() else None,
    )


def sample(collection: TestCollection, n_queries: int, *, seed: int) -> TestCollection:
    """Return a collection with some of its queries, drawn at random and in their own order.

    Its name says so.

    Args:
        collection: The collection; one with fewer queries is returned whole.
        n_queries: How many to draw, at least 1.
        seed: The same seed draws the same queries.
    """
    if n_queries >= len(collection.queries):
        return collection
    places = random.Random(seed).sample(range(len(collection.queries)), n_queries)  # noqa: S311
    queries = tuple(collection.queries[place] for place in sorted(places))
    qrels = {query.qid: collection.qrels[query.qid] for query in queries}
    name = f"{collection.name}, {n_queries} of {len(collection.queries)} queries, seed {seed}"
    return replace(collection, name=name, queries=queries, qrels=qrels)


def check_refs(collection: TestCollection, known_refs: Container[str]) -> None:
    """Check that every judged thread is in the archive that is searched.

    Raises:
        CorpusError: If any is not; says how many and names the first.
    """
    judged = {ref for grades in collection.qrels.values() for ref in grades}
    unknown = sorted(ref for ref in judged if ref not in known_refs)
    if unknown:
        raise CorpusError(
            f"{collection.folder / 'qrels.tsv'}: {len(unknown):,} of {len(judged):,} judged "
            f"threads are not in the index, the first is {unknown[0]!r}; index the archive that "
            "the collection was made for"
        )


def _read_queries(path: Path) -> dict[str, JudgedQuery]:
    queries: dict[str, JudgedQuery] = {}
    for line in read_lines(path):
        query = _judged_query(line)
        if query.qid in queries:
            raise line.error(f"field 'qid' repeats {query.qid!r}; give every query its own")
        queries[query.qid] = query
    if not queries:
        raise CorpusError(f"{path}: no query; give at least one")
    return queries


def _judged_query(line: Line) -> JudgedQuery:
    record = line.record()
    qid = _text(line, record, "qid")
    if not fits_a_column(qid):
        raise line.error(f"field 'qid' is {qid!r}; leave out tabs and other control characters")
    return JudgedQuery(qid, _text(line, record, "type"), _text(line, record, "query"))


def _read_qrels(path: Path, queries: Mapping[str, JudgedQuery]) -> Qrels:
    qrels: dict[str, dict[str, int]] = {qid: {} for qid in queries}
    for line in read_lines(path):
        qid, source_ref, grade = _judgement(line, queries)
        if source_ref in qrels[qid]:
            raise line.error(f"field 'source_ref' repeats {source_ref!r} for {qid!r}; judge once")
        qrels[qid][source_ref] = grade
    return qrels


def _judgement(line: Line, queries: Mapping[str, JudgedQuery]) -> tuple[str, str, int]:
    qid, source_ref, grade = line.columns("qid", "source_ref", "grade")
    if qid not in queries:
        raise line.error(f"field 'qid' is {qid!r}; give one that queries.jsonl has")
    if not fits_a_column(source_ref):
        raise line.error(f"field 'source_ref' is {source_ref!r}; give '<file stem>#<index>'")
    if grade not in _GRADES:
        raise line.error(f"field 'grade' is {grade!r}; give 0, 1 or 2")
    if queries[qid].type == NO_ANSWER_TYPE and grade != "0":
        raise line.error(f"field 'grade' is {grade} for {qid!r} of the type 'none'; give 0")
    return qid, source_ref, _GRADES[grade]


def _duplicate_case(line: Line) -> DuplicateCase:
    record = line.record()
    label = _label(line, record)
    optional = label is DuplicateLabel.NEW and record.get("target") is None
    return DuplicateCase(
        text=_text(line, record, "text"),
        label=label,
        target=None if optional else _text(line, record, "target"),
        also=_texts(line, record, "also"),
    )


def _label(line: Line, record: Mapping[str, object]) -> DuplicateLabel:
    try:
        return DuplicateLabel(_text(line, record, "label"))
    except ValueError as exc:
        raise line.error(
            f"field 'label' is {record['label']!r}; give 'duplicate' or 'new'"
        ) from exc


def _text(line: Line, record: Mapping[str, object], field: str) -> str:
    value = record.get(field)
    if not isinstance(value, str) or not value.strip():
        raise line.error(f"field {field!r} is {reprlib.repr(value)}; give a text, not blank")
    return value


def _texts(line: Line, record: Mapping[str, object], field: str) -> tuple[str, ...]:
    values = record.get(field, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise line.error(f"field {field!r} is {reprlib.repr(values)}; give a list of texts")
    return tuple(values)

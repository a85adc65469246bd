"""Test collections are read whole or refused with file, line and field."""

import json
from collections import Counter
from pathlib import Path

import pytest

from search.errors import CorpusError, StorageError
from search.evaluation.collections import (
    DuplicateCase,
    DuplicateLabel,
    JudgedQuery,
    check_refs,
    read_collection,
    sample,
)

ROOT = Path(__file__).parent.parent
SAMPLE = Path(__file__).parent / "golden" / "sample"

QUERY = '{"qid": "a", "type": "nl", "query": "why?", "collection": "ignored"}\n'
NONE_QUERY = '{"qid": "z", "type": "none", "query": "bread?"}\n'


def folder_with(folder: Path, **files: str) -> Path:
    """Write a collection; `queries` stands for queries.jsonl and so on."""
    suffixes = {"qrels": "qrels.tsv"}
    for name, text in {"queries": QUERY, "qrels": "a\tbook#0\t2\n", **files}.items():
        path = folder / suffixes.get(name, f"{name}.jsonl")
        path.write_text(text, encoding="utf-8", newline="")
    return folder


def test_reads_queries_and_qrels(tmp_path: Path) -> None:
    """Unknown fields, blank lines and carriage returns do not matter."""
    collection = read_collection(
        folder_with(
            tmp_path, queries=QUERY + "\n" + NONE_QUERY, qrels="a\tbook#0\t2\r\na\tbook#1\t0\r\n"
        )
    )
    assert collection.name == tmp_path.name
    assert collection.queries == (
        JudgedQuery("a", "nl", "why?"),
        JudgedQuery("z", "none", "bread?"),
    )
    assert collection.qrels == {"a": {"book#0": 2, "book#1": 0}, "z": {}}
    assert collection.dupes == ()
    assert collection.corpus is None


def test_reads_optional_files(tmp_path: Path) -> None:
    """Posts for duplicate detection are read, a corpus is only located."""
    dupes = (
        '{"text": "t", "label": "duplicate", "target": "book#0", "also": ["book#1"]}\n'
        '{"text": "u", "label": "new", "target": null}\n'
    )
    collection = read_collection(folder_with(tmp_path, dupes=dupes, corpus="not read"))
    assert collection.dupes == (
        DuplicateCase("t", DuplicateLabel.DUPLICATE, "book#0", ("book#1",)),
        DuplicateCase("u", DuplicateLabel.NEW, None),
    )
    assert collection.corpus == tmp_path / "corpus.jsonl"


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("queries", "", r"queries\.jsonl: no query"),
        ("queries", QUERY + "{", r"queries\.jsonl:2: not JSON"),
        ("queries", "[" * 200_000, r"queries\.jsonl:1: not JSON"),
        ("queries", "[1]", r"queries\.jsonl:1: \[1\] is not a JSON object"),
        ("queries", '{"type": "nl", "query": "q"}', r"queries\.jsonl:1: field 'qid' is None"),
        ("queries", '{"qid": 7, "type": "nl", "query": "q"}', r":1: field 'qid' is 7"),
        ("queries", '{"qid": "a\\tb", "type": "nl", "query": "q"}', r":1: field 'qid'.*tabs"),
        ("queries", '{"qid": "a", "query": "q"}', r":1: field 'type' is None"),
        ("queries", '{"qid": "a", "type": "nl", "query": " "}', r":1: field 'query' is ' '"),
        ("queries", QUERY + "\n" + QUERY, r"queries\.jsonl:3: field 'qid' repeats 'a'"),
        ("qrels", "a\tbook#0", r"qrels\.tsv:1: 2 columns; give 3.*qid, source_ref, grade"),
        ("qrels", "a\tbook#0\t1\t0.5", r"qrels\.tsv:1: 4 columns"),
        ("qrels", "b\tbook#0\t1", r"qrels\.tsv:1: field 'qid' is 'b'"),
        ("qrels", "a\t \t1", r"qrels\.tsv:1: field 'source_ref' is ' '"),
        ("qrels", "a\tbook#0\t3", r"qrels\.tsv:1: field 'grade' is '3'; give 0, 1 or 2"),
        ("qrels", "a\tbook#0\t-1", r"qrels\.tsv:1: field 'grade' is '-1'"),
        ("qrels", "a\tbook#0\t1.0", r"qrels\.tsv:1: field 'grade' is '1\.0'"),
        ("qrels", "qid\tsource_ref\tgrade", r"qrels\.tsv:1: field 'qid' is 'qid'"),
        ("qrels", "a\tb#0\t1\na\tb#0\t1", r"qrels\.tsv:2: field 'source_ref' repeats 'b#0'"),
        ("dupes", '{"text": "t", "label": "new", "target": 3}', r":1: field 'target' is 3"),
        ("dupes", '{"text": "t", "label": "duplicate"}', r":1: field 'target' is None"),
        (
            "dupes",
            '{"text": "t", "label": "same", "target": "b#0"}',
            r":1: field 'label' is 'same'",
        ),
        ("dupes", '{"label": "new", "target": "b#0"}', r"dupes\.jsonl:1: field 'text' is None"),
        ("dupes", '{"text": "t", "label": "new", "also": "b#0"}', r":1: field 'also' is 'b#0'"),
    ],
)
def test_malformed_line_is_named(tmp_path: Path, file: str, text: str, complaint: str) -> None:
    """Every malformed line is a CorpusError with file, line, field and remedy."""
    with pytest.raises(CorpusError, match=complaint):
        read_collection(folder_with(tmp_path, **{file: text}))


def test_none_query_has_no_relevant_thread(tmp_path: Path) -> None:
    """A grade above 0 contradicts the type `none`."""
    folder = folder_with(tmp_path, queries=NONE_QUERY, qrels="z\tb#0\t0\nz\tb#1\t1\n")
    with pytest.raises(CorpusError, match=r"qrels\.tsv:2: field 'grade' is 1 for 'z'.*'none'"):
        read_collection(folder)


def test_line_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    """A file in another encoding is refused."""
    folder = folder_with(tmp_path)
    (folder / "qrels.tsv").write_bytes(b"a\tb#0\t1\na\tb\xe9#0\t1\n")
    with pytest.raises(CorpusError, match=r"qrels\.tsv:2: not UTF-8"):
        read_collection(folder)


@pytest.mark.parametrize("missing", ["queries.jsonl", "qrels.tsv"])
def test_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    """Queries and judgements are both needed."""
    (folder_with(tmp_path) / missing).unlink()
    with pytest.raises(CorpusError, match=rf"{missing}: no such file"):
        read_collection(tmp_path)


def test_folder_in_place_of_a_file_is_a_storage_error(tmp_path: Path) -> None:
    """What the system refuses to read names its path."""
    (folder_with(tmp_path) / "qrels.tsv").unlink()
    (tmp_path / "qrels.tsv").mkdir()
    with pytest.raises(StorageError, match=r"qrels\.tsv: cannot be read"):
        read_collection(tmp_path)


def test_unknown_ref_is_an_error_with_a_count(tmp_path: Path) -> None:
    """A judged thread that cannot be found is never counted as a miss."""
    collection = read_collection(folder_with(tmp_path, qrels="a\tb#0\t2\na\tb#1\t0\na\tb#2\t1\n"))
    check_refs(collection, {"b#0", "b#1", "b#2"})
    with pytest.raises(CorpusError, match=r"2 of 3 judged threads.*the first is 'b#1'"):
        check_refs(collection, {"b#0"})


def test_reads_the_development_collection(test_data: Path) -> None:
    """The whole development collection is well formed."""
    collection = read_collection(test_data / "eval" / "dev")
    assert Counter(query.type for query in collection.queries) == {
        "nl": 46,
        "topic": 25,
        "answer": 21,
        "typo": 10,
        "none": 15,
    }
    assert sum(map(len, collection.qrels.values())) == 5511
    assert Counter(case.label for case in collection.dupes) == {
        DuplicateLabel.DUPLICATE: 42,
        DuplicateLabel.NEW: 49,
    }


def test_reads_a_collection_with_its_own_corpus(test_data: Path) -> None:
    """The field `collection` of its queries is ignored."""
    folder = test_data / "eval" / "datatalks_faq"
    collection = read_collection(folder)
    assert len(collection.queries) == 4627
    assert sum(map(len, collection.qrels.values())) == 4622 + 5 * 2
    assert collection.corpus == folder / "corpus.jsonl"


def test_sample_collection_judges_every_thread_of_the_sample_book() -> None:
    """Each query is judged against all of the book's posts, as its README says."""
    collection = read_collection(SAMPLE)
    (book,) = (ROOT / "data").glob("*.md")
    posts = book.read_text(encoding="utf-8").count("\n- name: ")
    refs = {f"{book.stem}#{index}" for index in range(posts)}
    assert all(set(grades) == refs for grades in collection.qrels.values())
    assert Counter(query.type for query in collection.queries) == {
        "nl": 14,
        "topic": 5,
        "answer": 5,
        "typo": 3,
        "none": 5,
    }
    grades = Counter(grade for row in collection.qrels.values() for grade in row.values())
    assert grades == {0: 448 - 44, 1: 44 - 29, 2: 29}


def test_sample_collection_has_an_answer_for_every_other_query() -> None:
    """All but the `none` queries have a thread of grade 2."""
    collection = read_collection(SAMPLE)
    best = {qid: max(grades.values()) for qid, grades in collection.qrels.items()}
    assert best == {q.qid: 0 if q.type == "none" else 2 for q in collection.queries}


def test_sample_queries_are_one_object_a_line() -> None:
    """The committed file has the three documented fields and no others."""
    lines = (SAMPLE / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    assert {tuple(json.loads(line)) for line in lines} == {("qid", "type", "query")}


def test_a_sample_is_drawn_from_the_queries_by_its_seed() -> None:
    """The same seed draws the same queries, in their order and with their judgements."""
    collection = read_collection(SAMPLE)
    drawn = sample(collection, 5, seed=7)
    assert drawn == sample(collection, 5, seed=7)
    assert drawn.queries != sample(collection, 5, seed=8).queries
    assert [query for query in collection.queries if query in drawn.queries] == [*drawn.queries]
    assert drawn.qrels == {query.qid: collection.qrels[query.qid] for query in drawn.queries}
    assert drawn.name == "sample, 5 of 32 queries, seed 7"


def test_a_sample_of_everything_is_the_collection() -> None:
    collection = read_collection(SAMPLE)
    assert sample(collection, 32, seed=7) is collection

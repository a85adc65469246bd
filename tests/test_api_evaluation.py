"""`answers eval`: what it prints, writes, compares, and when it fails."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from tests.support import THREADS, build_hashed, write_book

ROOT = Path(__file__).parent.parent
SLUG = "20211122-a-small-book"
QUERIES = (
    ("n1", "nl", "deploy a model without downtime"),
    ("n2", "nl", "which columnar database suits time series"),
    ("t1", "typo", "statistcs for juniors"),
    ("x1", "none", "who won the football championship"),
)
QRELS = (
    ("n1", f"{SLUG}#0", 2),
    ("n2", f"{SLUG}#1", 2),
    ("n2", f"{SLUG}#3", 0),
    ("t1", f"{SLUG}#3", 1),
)


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def write_collection(folder: Path, queries=QUERIES, qrels=QRELS) -> Path:
    folder.mkdir()
    lines = [json.dumps({"qid": q, "type": t, "query": text}) for q, t, text in queries]
    (folder / "queries.jsonl").write_text("\n".join(lines), "utf-8")
    (folder / "qrels.tsv").write_text(
        "".join(f"{qid}\t{ref}\t{grade}\n" for qid, ref, grade in qrels), "utf-8"
    )
    return folder


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    return write_collection(tmp_path / "tiny")


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (only,) = json.loads(capsys.readouterr().out)
    return only


def test_eval_prints_a_table_and_writes_a_run(
    sample_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    collection = ROOT / "tests" / "golden" / "sample"
    options = ["--bundle", sample_bundle, "--run-file", "run.tsv", "--baselines"]
    assert run("eval", collection, *options) == 0
    printed = capsys.readouterr().out
    for expected in ("nDCG@10", "nl", "topic", "(bm25)", "(rrf)", "silence:"):
        assert expected in printed
    columns = [line.split("\t") for line in (tmp_path / "run.tsv").read_text().splitlines()]
    assert {len(line) for line in columns} == {4}
    assert run("eval", collection, "--bundle", sample_bundle, "--json") == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert report["report"]["queries"][0]["probability"] > 0
    drawn = ["--sample", 5, "--seed", 3, "--json"]
    assert run("eval", collection, "--bundle", sample_bundle, *drawn) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert report["report"]["collection"] == "sample, 5 of 32 queries, seed 3"
    assert len(report["report"]["queries"]) == 5


def test_hits_are_shown_with_grades_and_what_wants_one(
    hashed_bundle: Path, collection: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("eval", collection, "--bundle", hashed_bundle, "--json") == 0
    found = document(capsys)
    first, *others = found["report"]["queries"][1]["hits"]
    assert (first["rank"], first["grade"], first["unjudged"]) == (1, 2, [])
    assert first["thread"]["source_refs"] == [f"{SLUG}#1"]
    assert first["thread"]["collection"] == "20211122 A Small Book"
    assert {tuple(hit["thread"]["source_refs"]): hit["grade"] for hit in others} == {
        (f"{SLUG}#0",): None,
        (f"{SLUG}#2",): None,
        (f"{SLUG}#3",): 0,
    }
    unjudged = [(each["qid"], each["source_ref"]) for each in found["unjudged"]]
    assert ("n2", f"{SLUG}#0") in unjudged
    assert ("n2", f"{SLUG}#3") not in unjudged
    assert {qid for qid, _ in unjudged} == {"n1", "n2", "t1", "x1"}
    assert found["measured"]["encoder"] == "hash:256"
    assert found["measured"]["threshold"] is None
    assert found["report"]["hits"] is found["report"]["useful"] is None


def test_probabilities_are_measured_where_there_are_any(
    sample_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = ROOT / "tests" / "golden" / "sample"
    assert run("eval", sample, "--bundle", sample_bundle) == 0
    printed = capsys.readouterr().out
    assert "ROC-AUC" in printed
    assert "probabilities of hits: calibration error" in printed
    assert "probabilities of queries: calibration error" in printed
    assert run("eval", sample, "--bundle", sample_bundle, "--json") == 0
    found = document(capsys)
    report = found["report"]
    said = [hit["thread"]["probability"] for row in report["queries"] for hit in row["hits"]]
    assert report["hits"]["n"] == len(said) == 32 * 10
    assert sum(each["n"] for each in report["hits"]["bins"]) == len(said)
    assert report["useful"]["n"] == 32
    answered = [row for row in report["queries"] if row["answerable"]]
    assert answered
    assert all(row["useful"] >= found["measured"]["threshold"] for row in answered)


def test_the_same_bundle_is_neither_better_nor_worse(
    hashed_bundle: Path, collection: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--bundle", hashed_bundle, "--against", hashed_bundle]
    assert run("eval", collection, *options, "--json") == 0
    against = document(capsys)["against"]
    assert str(hashed_bundle) in against["name"]
    assert list(against["comparisons"]) == [
        "ndcg_10", "mrr_5", "mrr_10", "hit_5", "recall_10", "p_1", "p_1_grade_2",
    ]  # fmt: skip
    assert {each["difference"] for each in against["comparisons"].values()} == {0}
    assert against["flips"] == []


def test_a_run_file_is_compared_query_by_query(
    hashed_bundle: Path, collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "old.tsv"
    old.write_text(f"n1\t{SLUG}#2\t1\t0.9\nn1\t{SLUG}#0\t2\t0.5\n", "utf-8")
    assert run("eval", collection, "--bundle", hashed_bundle, "--against", old, "--json") == 0
    found = document(capsys)["against"]
    mrr = found["comparisons"]["mrr_10"]
    assert (mrr["before"], mrr["after"]) == pytest.approx(((1 / 2 + 0 + 0) / 3, 1))
    assert [(won["qid"], won["before"]) for won in mrr["wins"]] == [
        ("n2", 0),
        ("t1", 0),
        ("n1", 0.5),
    ]
    assert mrr["losses"] == found["flips"] == []
    assert run("eval", collection, "--bundle", hashed_bundle, "--against", old) == 0
    printed = capsys.readouterr().out
    assert "against old.tsv" in printed
    assert "better n2: nDCG@10 0.000 to 1.000" in printed


def test_another_bundle_is_what_was_before(
    hashed_bundle: Path, collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer about databases had none of the query's words, and an open question all."""
    (tmp_path / "books").mkdir()
    stored = (("Cleo Tester", "Where to store ticks?"), [("Ada Lovelace", "In columns.")])
    opened = (("Eve Tester", QUERIES[1][2]), [])
    write_book(tmp_path / "books", SLUG, [THREADS[0], stored, opened, THREADS[3]])
    build_hashed(tmp_path / "books", tmp_path / "before")
    assert run("eval", collection, "--bundle", hashed_bundle, "--against", "before", "--json") == 0
    ndcg = document(capsys)["against"]["comparisons"]["ndcg_10"]
    assert [won["qid"] for won in ndcg["wins"]] == ["n2"]
    assert ndcg["difference"] > 0


def test_verdicts_that_flip_are_listed(
    sample_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Misspelt beyond repair, some queries meet silence."""
    sample = ROOT / "tests" / "golden" / "sample"
    assert run("eval", sample, "--bundle", sample_bundle, "--misspell", 3, "--json") == 0
    found = document(capsys)
    written = {row["qid"]: row["answerable"] for row in found["report"]["queries"]}
    typed = {row["qid"]: row["answerable"] for row in found["misspelt"]["report"]["queries"]}
    flips = {flip["qid"]: flip["answered"] for flip in found["misspelt"]["flips"]}
    assert flips == {qid: said for qid, said in typed.items() if said != written[qid]}
    assert flips


def test_misspelt_queries_lose_by_type(
    hashed_bundle: Path, collection: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [collection, "--bundle", hashed_bundle, "--misspell", 7]
    assert run("eval", *options) == 0
    printed = capsys.readouterr().out
    assert "nDCG@10 misspelt with seed 7" in printed
    assert run("eval", *options, "--json") == 0
    first = document(capsys)["misspelt"]
    assert [row["qid"] for row in first["report"]["queries"]] == ["n1", "n2", "x1"]
    assert first["comparisons"]["ndcg_10"]["n_queries"] == 2
    assert run("eval", *options, "--json") == 0
    assert document(capsys)["misspelt"] == first
    assert run("eval", collection, "--bundle", hashed_bundle, "--misspell", 8, "--json") == 0
    other = document(capsys)["misspelt"]
    assert [row["query"] for row in other["report"]["queries"]] != [
        row["query"] for row in first["report"]["queries"]
    ]


def test_nothing_relevant_is_nothing_to_compare(
    hashed_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    barren = write_collection(tmp_path / "barren", QUERIES[3:], ())
    options = ["--bundle", hashed_bundle, "--against", hashed_bundle, "--misspell", 7]
    assert run("eval", barren, *options, "--json") == 0
    found = document(capsys)
    assert found["against"]["comparisons"] == found["misspelt"]["comparisons"] == {}
    assert run("eval", barren, *options) == 0


def test_floors_decide_the_exit_code(
    hashed_bundle: Path, collection: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["eval", collection, "--bundle", hashed_bundle]
    assert run(*options, "--floor", "p_1=1", "--floor", "ndcg_10=0.9") == 0
    assert capsys.readouterr().err == ""
    assert (
        run(*options, "--floor", "judged_10=0.9", "--floor", "p_1=1", "--floor", "silent=0.1") == 7
    )
    captured = capsys.readouterr()
    judged, silent = captured.err.splitlines()
    assert judged.startswith("answers: tiny: judged_10 is 0.")
    assert judged.endswith("below its floor of 0.9")
    assert silent == "answers: tiny: silent has no value here, the floor is 0.1"
    assert "nDCG@10" in captured.out


def test_a_missed_floor_leaves_the_document_whole(
    hashed_bundle: Path, collection: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["eval", collection, "--bundle", hashed_bundle, "--json"]
    assert run(*options, "--floor", "judged_10=1") == 7
    assert document(capsys)["report"]["collection"] == "tiny"


def test_wrong_options_are_refused(
    hashed_bundle: Path, collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = tmp_path / "foreign.tsv"
    foreign.write_text(f"s01\t{SLUG}#0\t1\t0.9\n", "utf-8")
    both = shutil.copytree(collection, tmp_path / "other")
    wrong = [
        (["--floor", "speed=1"], 2, "'speed' is no figure"),
        (["--floor", "p_1=2"], 2, "give a number from 0 to 1"),
        (["--misspell", "often"], 2, "valid integer"),
        (["--against", foreign], 6, "1 of 1 queries are not in tiny, the first is 's01'"),
        (["--against", "missing"], 3, "no bundle at missing"),
        ([both, "--against", foreign], 2, "--against a run file takes one collection at a time"),
        ([both, "--run-file", "run.tsv"], 2, "--run-file takes one collection at a time"),
    ]
    for arguments, code, message in wrong:
        assert run("eval", collection, "--bundle", hashed_bundle, *arguments) == code
        captured = capsys.readouterr()
        assert message in captured.err
        assert captured.out == ""
    assert not (tmp_path / "run.tsv").exists()


def test_names_cannot_style_the_tables(
    hashed_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a collection calls things is text, not markup of the terminal's tables."""
    odd = [(qid, "[red]nl[/]\x1b[2J", text) for qid, _, text in QUERIES[:2]]
    folder = write_collection(tmp_path / "[bold]odd", odd, QRELS[:2])
    assert run("eval", folder, "--bundle", hashed_bundle, "--misspell", 7) == 0
    printed = capsys.readouterr().out
    assert "[bold]odd" in printed
    assert printed.count("[red]nl[/][2J") == 2
    assert "\x1b" not in printed

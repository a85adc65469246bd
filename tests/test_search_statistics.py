"""The health report: counts by collection, who is uncertain, what to look at, what was skipped."""

import json
from pathlib import Path

import pytest

from api.cli import main
from search.bundle import Bundle
from search.errors import BundleMismatchError
from search.statistics import (
    UNCERTAIN,
    CollectionHealth,
    Host,
    Skipped,
    Statistics,
    Suspicion,
    UncertainPerson,
    collect_statistics,
    read_entries,
)
from tests.support import build_hashed, write_book

BOOK = "20211122-a-small-book"
OTHER = "20211129-another-book"
EMPTY = "20211206-an-empty-book"
ASKED = "1. Which database do you use?\n2. How do you test pipelines?\n3. Who is the book for?"
THREADS = [
    (("Ben Tester", ASKED), [("Ada", "1. Postgres. 2. Fixtures. 3. Beginners, I would say.")]),
    (("Cleo Tester", "Which database suits long time series?"), []),
    (("Ada", "Cleo, a columnar database suits a time series best."), []),
    (("Dan Tester", "How do juniors learn statistics?"), [("Ada", "From simulations, mostly.")]),
    (("Eve Tester", "Will there be a second edition?"), [("Ada", "Next year, with more code.")]),
    (("Fay Tester", "What about streams?"), [("Hal Host", "Nobody answered here yet.")]),
    (("Gil Tester", "Hello everyone, I just joined!"), []),
]
PAIRS = """{"id": "a", "question": "Is it free?", "answer": "Yes."}
{"id": "b", "question": "Is it
{"id": "c", "question": "Is it long?"}
"""
WAITING = [
    ((f"Asker {name}", f"How does {topic} work in practice?"), [])
    for name, topic in zip(
        "ABCDE", ("sharding", "caching", "tracing", "sampling", "pruning"), strict=True
    )
]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("health")
    books = folder / "books"
    books.mkdir()
    write_book(books, BOOK, THREADS, authors=("Ada Lovelace",))
    write_book(books, OTHER, WAITING, authors=("Gil Writer", "Jo Writer"))
    write_book(books, EMPTY, [], authors=("Gil Writer",))
    (books / "pairs.jsonl").write_text(PAIRS, "utf-8")
    build_hashed(books, folder / "bundle", hosts=("Hal Host",))
    return folder / "bundle"


@pytest.fixture(scope="module")
def found(bundle: Path) -> Statistics:
    return collect_statistics(bundle)


def of(found: Statistics, slug: str) -> CollectionHealth:
    return next(each for each in found.collections if each.slug == slug)


def test_a_collection_is_counted(found: Statistics) -> None:
    health = of(found, BOOK)
    counts = (health.n_threads, health.n_answered, health.n_unanswered, health.n_silent)
    assert counts == (6, 5, 0, 1)
    assert (health.n_repairs, health.n_joined) == (1, 1)
    assert (health.n_several, health.n_parts) == (1, 3)
    assert (health.n_uncertain, health.unheard) == (1, ())


def test_sums_are_those_of_all_threads(found: Statistics) -> None:
    assert (found.n_threads, found.n_answered, found.n_unanswered, found.n_silent) == (12, 6, 5, 1)
    assert (found.n_repairs, found.n_joined, found.n_several, found.n_parts) == (1, 1, 1, 3)


def test_uncertain_people_come_with_their_evidence(found: Statistics) -> None:
    reason = "display name is one of the author's names; answers 3 threads"
    assert found.uncertain == (UncertainPerson(BOOK, "Ada", "ada-lovelace", 0.8, reason),)
    assert found.hosts == (Host("Hal Host", 1),)


def test_what_to_look_at_says_why(found: Statistics) -> None:
    unheard = "nobody was found to speak as gil-writer, jo-writer"
    assert found.suspicious == (
        Suspicion("pairs.jsonl", ("2 rejected, see below",)),
        Suspicion(OTHER, ("5 of 5 threads wait for an answer", unheard)),
        Suspicion(EMPTY, ("has no threads",)),
    )


def test_what_was_rejected_has_file_and_line(found: Statistics) -> None:
    places = [(made.file, made.line) for made in found.skipped if made.severity == "error"]
    assert places == [("pairs.jsonl", 2), ("pairs.jsonl", 3)]


def test_json_and_text_say_the_same(
    bundle: Path, found: Statistics, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stats", "--bundle", str(bundle), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["uncertain"][0]["author"] == "ada-lovelace"
    assert document["collections"][0]["n_parts"] == 3
    assert main(["stats", "--bundle", str(bundle)]) == 0
    printed = capsys.readouterr().out
    (sums,) = (line.split() for line in printed.splitlines() if line.startswith(" all "))
    fields = ("n_threads", "n_answered", "n_unanswered", "n_silent")
    rows = document["collections"]
    assert sums[1:6] == list(
        map(str, [len(rows), *(sum(row[field] for row in rows) for field in fields)])
    )
    assert "waiting: asks, and nobody answers" in printed
    assert "12 threads with 6 replies: 6 answered, 5 waiting, 1 silent" in printed
    assert f"{BOOK}: Ada is ada-lovelace, confidence 0.80 (display name is" in printed
    assert f"{EMPTY}: has no threads" in printed
    assert "error: pairs.jsonl:2: " in printed


def test_a_bundle_of_an_older_version_has_no_uncertain_people(bundle: Path, tmp_path: Path) -> None:
    """Its generation has no such file, which is not damage."""
    import shutil
    from dataclasses import replace

    from search.manifest import MANIFEST

    shutil.copytree(bundle, tmp_path / "old")
    generation = Bundle(tmp_path / "old").current()
    files = {n: entry for n, entry in generation.manifest.files.items() if n != UNCERTAIN}
    manifest = replace(generation.manifest, files=files)
    (generation.path / UNCERTAIN).unlink()
    (generation.path / MANIFEST).write_bytes(manifest.to_json())
    name = f"{generation.name.split('-')[0]}-{manifest.digest}"
    generation.path.rename(generation.path.with_name(name))
    (tmp_path / "old" / "CURRENT").write_text(f"{name}\n", "utf-8")
    assert collect_statistics(tmp_path / "old").uncertain == ()


@pytest.mark.parametrize("content", ["", "[1]", '{"a": 1}', "[[1, 2]]"])
def test_a_file_that_is_no_list_of_entries_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "list.json").write_text(content, "utf-8")
    with pytest.raises(BundleMismatchError, match=r"list\.json: not readable"):
        read_entries(tmp_path / "list.json", Skipped)

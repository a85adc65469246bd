"""What several test modules build on: small archives, and a bundle of readable embeddings."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from indexer.build import BuildReport, build
from indexer.options import BuildOptions
from search.bundle import Bundle
from search.models import AnsweredBy, CollectionKind, CollectionRef, Role
from search.results import Answer, Hit, Question

Post = tuple[str, str]
ROOT = Path(__file__).parent.parent
HASH_MODEL = "hash:256"


def write_book(
    folder: Path,
    slug: str,
    threads: Sequence[tuple[Post, Sequence[Post]]],
    *,
    authors: Sequence[str] = ("Ada Lovelace",),
    start: str = "2021-11-22 00:00:00",
) -> Path:
    """Write a book's file: threads are a post, as name and text, with its replies."""
    archive = [
        {
            "name": name,
            "text": text,
            "replies": [{"name": speaker, "text": reply} for speaker, reply in replies],
        }
        for (name, text), replies in threads
    ]
    front = {
        "title": slug.replace("-", " ").title(),
        "description": "A book",
        "start": start,
        "end": start,
        "authors": list(authors),
        "archive": archive,
    }
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items()]
    path = folder / f"{slug}.md"
    path.write_text("\n".join(["---", *lines, "---", "", "Body."]), "utf-8")
    return path


def build_hashed(source: Path, bundle: Path, **options: object) -> BuildReport:
    """Build a bundle with an encoder that only counts words."""
    return build([source], Bundle(bundle), BuildOptions(model=HASH_MODEL, **options))


def make_hit(thread_id: str, probability: float | None, *, answered: bool = True) -> Hit:
    """Make a hit of a thread that is likely to answer, or of one that waits."""
    answer = Answer("Ada Lovelace", Role.AUTHOR, "ada-lovelace", f"Reply {thread_id}.", "2")
    return Hit(
        thread_id=thread_id,
        source_refs=(f"{BOOK}#{thread_id}",),
        rank=1,
        score=0.5,
        probability=probability,
        question=Question(f"Question {thread_id}?"),
        asker="Ben Tester",
        collection=CollectionRef(BOOK, "A Small Book", CollectionKind.BOOK, None, None, None),
        answered_by=AnsweredBy.AUTHOR if answered else AnsweredBy.NOBODY,
        answer=answer if answered else None,
        url=None,
        why={},
    )


def nearly(value: Any) -> Any:
    """Return a value whose numbers also equal others within 1e-5: processors round differently."""
    match value:
        case float():
            return pytest.approx(value, abs=1e-5)
        case dict():
            return {key: nearly(item) for key, item in value.items()}
        case list():
            return [nearly(item) for item in value]
        case _:
            return value


THREADS = [
    (
        ("Ben Tester", "Hi Ada, how do I deploy a model without downtime?"),
        [
            ("Ada Lovelace", "Use a shadow deployment first. Then shift traffic slowly."),
            ("Ben Tester", "Thanks a lot!"),
        ],
    ),
    (
        ("Cleo Tester", "Which database suits time series?"),
        [
            ("Dan Tester", "I like columnar stores for series."),
            ("Ada Lovelace", "A columnar database with compression suits time series best."),
        ],
    ),
    (("Eve Tester", "Will there be a second edition of the book?"), []),
    (
        ("Fay Tester", "How should juniors learn statistics?"),
        [("Gil Tester", "Start from simulations and small projects.")],
    ),
]


SUBJECTS = {
    "graph": "vertices edges traversals neighbours",
    "pandas": "columns indexing merges chaining",
    "spark": "clusters executors shuffles partitions",
    "drift": "monitoring alerts distributions retraining",
    "search": "relevance analyzers synonyms snippets",
    "trading": "markets orders slippage portfolios",
}
BOOK, OTHER_BOOK = "20211122-a-small-book", "20211129-another-book"


def threads_about(subject: str) -> list[tuple[Post, Sequence[Post]]]:
    """Make six threads about pairs of words of a subject, the last without an answer."""
    pairs = list(combinations(SUBJECTS[subject].split(), 2))
    return [
        (
            ("Ben Tester", f"How do {one} go with {other} in {subject}?"),
            [("Ada Lovelace", f"In {subject} the {one} follow {other}.")] if number < 5 else [],
        )
        for number, (one, other) in enumerate(pairs)
    ]


def write_subjects(folder: Path) -> Path:
    """Write two books of three subjects each, enough for topics; return their folder."""
    folder.mkdir()
    threads = [thread for subject in SUBJECTS for thread in threads_about(subject)]
    write_book(folder, BOOK, threads[:18])
    write_book(folder, OTHER_BOOK, threads[18:], authors=["Grace Hopper"])
    return folder


def build_twins(folder: Path) -> Path:
    """Index a question that stands in two books and was answered in the second; return a bundle."""
    question = ("Ben Tester", "How do I choose between batch and streaming for my small pipeline?")
    write_book(folder, "a-first", [(question, [])])
    write_book(folder, "b-second", [(question, [("Ada Lovelace", "Start with batch jobs.")])])
    build_hashed(folder, folder / "bundle")
    return folder / "bundle"


@contextmanager
def running_server(
    bundle: Path, *options: str, prelude: str = ""
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `answers serve` on a free port of the loopback address; yield its address.

    The prelude is code that runs before the command, to make parts of it slow or small.
    """
    code = f"{prelude}\nfrom api.cli import run; run()"
    command = [sys.executable, "-c", code, "serve"]
    arguments = ["--bundle", str(bundle), "--port", "0", *options]
    with subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            yield line.split("listening on ")[1].split()[0], process
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(timeout=30)

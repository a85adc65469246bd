"""An archive in three versions, and what a bundle says of it, for tests that damage bundles."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from search.bundle import Bundle
from search.engine import Engine
from search.errors import AnswersError
from search.opening import open_engine
from tests.support import THREADS, Post, build_hashed, write_book

BOOK = "20211122-a-small-book"
OTHER_BOOK = "20211129-another-book"
CANARIES = ("deploy a model", "database for time series", "learn statistics", "second edition")
ADDED = (
    ("Hal Tester", "How do I monitor drift of a deployed model?"),
    [("Ada Lovelace", "Compare the distribution of inputs every day, and alert on a change.")],
)
EDITED = (
    ("Cleo Tester", "Which database suits long time series?"),
    [("Ada Lovelace", "A columnar database with compression suits time series best.")],
)
VERSIONS: tuple[Sequence[tuple[Post, Sequence[Post]]], ...] = (
    THREADS[:3],
    THREADS,
    [THREADS[0], EDITED, *THREADS[2:], ADDED],
)

Answers = list[tuple[str, float, str]]


def write_version(folder: Path, version: int) -> Path:
    """Write a version of the archive into a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    write_book(folder, BOOK, VERSIONS[version])
    write_book(folder, OTHER_BOOK, THREADS[2:], start="2021-11-29 00:00:00")
    return folder


def answers_of(engine: Engine) -> Answers:
    """Ask the canaries: ids, scores and answers."""
    return [
        (hit.thread_id, hit.score, hit.answer.text if hit.answer else "")
        for query in CANARIES
        for hit in engine.search(query).hits
    ]


def is_degraded(engine: Engine) -> bool:
    """Tell whether an older generation answers because the live one is damaged."""
    return any("damaged" in warning for warning in engine.warnings)


@dataclass(frozen=True)
class Staged:
    """A bundle with two generations, sources for a third, and what each of them answers."""

    bundle: Path
    sources: Path
    previous: Answers
    old: Answers
    new: Answers
    new_digest: str

    def copy(self, target: Path) -> Path:
        """Copy the bundle to work on it."""
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.bundle, target)
        return target

    def state(self, bundle: Path) -> str:
        """Say whether a bundle answers as it did, or as the third generation does.

        Anything else, a mixture or a damaged live generation, fails.
        """
        engine = open_engine(bundle)
        assert not is_degraded(engine), engine.warnings
        answers = answers_of(engine)
        assert answers in (self.old, self.new)
        return "old" if answers == self.old else "new"

    def check_finished(self, bundle: Path) -> None:
        """Check that a later run has published the third generation and tidied up."""
        assert self.state(bundle) == "new"
        home = Bundle(bundle)
        assert (home.current_name() or "").endswith(self.new_digest)
        assert len(home.names()) == 2
        assert not [*bundle.rglob(".*.tmp")]
        assert not (bundle / ".owner").exists()


def stage(folder: Path) -> Staged:
    """Build all versions, each in its own sources folder."""
    sources = [write_version(folder / f"sources{version}", version) for version in range(3)]
    found = []
    for version in (0, 1):
        build_hashed(sources[version], folder / "bundle")
        found.append(answers_of(open_engine(folder / "bundle")))
    shutil.copytree(folder / "bundle", folder / "finished")
    report = build_hashed(sources[2], folder / "finished")
    found.append(answers_of(open_engine(folder / "finished")))
    digest = report.generation.split("-")[1]
    return Staged(folder / "bundle", sources[2], *found, new_digest=digest)


def outcome_of(bundle: Path) -> tuple[Answers | None, bool]:
    """Return what a possibly damaged bundle answers, None if it refuses; and whether it says so."""
    try:
        engine = open_engine(bundle)
    except AnswersError:
        return None, True
    return answers_of(engine), is_degraded(engine)

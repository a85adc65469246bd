"""Fixtures that more than one test module uses."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from search.engine import Engine
from search.opening import open_engine
from tests.support import THREADS, build_hashed, write_book, write_subjects

ROOT = Path(__file__).parent.parent

# Machines are shared: how long an example takes says nothing, and a run must be repeatable.
settings.register_profile("answers", deadline=None, derandomize=True)
settings.load_profile("answers")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Folder of the test data that is not committed, `ANSWERS_TEST_DATA` or `../shared`."""
    folder = Path(os.environ.get("ANSWERS_TEST_DATA", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no test data in {folder}; set ANSWERS_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def corpus(test_data: Path) -> Path:
    """Folder of the whole archive."""
    folder = test_data / "corpus"
    if not folder.is_dir():
        pytest.skip(f"no archive in {folder}; set ANSWERS_TEST_DATA")
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty folder `in` and work beside it."""
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    return Path("in")


@pytest.fixture(scope="session")
def hashed_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundle of one small book whose encoder counts words."""
    folder = tmp_path_factory.mktemp("hashed")
    (folder / "books").mkdir()
    write_book(folder / "books", "20211122-a-small-book", THREADS)
    build_hashed(folder / "books", folder / "bundle")
    return folder / "bundle"


@pytest.fixture(scope="session")
def hashed(hashed_bundle: Path) -> Engine:
    """Engine over one small book whose encoder counts words."""
    return open_engine(hashed_bundle)


@pytest.fixture(scope="session")
def topical_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundle of two books of three subjects each, whose encoder counts words."""
    folder = tmp_path_factory.mktemp("topical")
    build_hashed(write_subjects(folder / "books"), folder / "bundle")
    return folder / "bundle"


@pytest.fixture(scope="session")
def topical(topical_bundle: Path) -> Engine:
    """Engine over two books of three subjects each, whose encoder counts words."""
    return open_engine(topical_bundle)


@pytest.fixture(scope="session")
def sample_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundle of the sample archive with the default model."""
    from indexer.build import build
    from search.bundle import Bundle

    bundle = tmp_path_factory.mktemp("sample") / "bundle"
    build([ROOT / "data"], Bundle(bundle))
    return bundle


@pytest.fixture(scope="session")
def sample(sample_bundle: Path) -> Engine:
    """Engine over the sample archive with the default model."""
    return open_engine(sample_bundle)


@pytest.fixture(scope="session")
def archive_bundle(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundle of the whole archive with the default model; takes minutes."""
    from indexer.build import build
    from search.bundle import Bundle

    bundle = tmp_path_factory.mktemp("archive") / "bundle"
    build([corpus / "_books"], Bundle(bundle))
    return bundle


@pytest.fixture(scope="session")
def archive(archive_bundle: Path) -> Engine:
    """Engine over the whole archive with the default model."""
    return open_engine(archive_bundle)

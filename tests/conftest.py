"""Fixtures that more than one test module uses."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


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

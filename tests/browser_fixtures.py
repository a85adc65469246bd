"""A real browser for the tests of the pages, as a plugin of the modules that need it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.feedback import FEEDBACK_FILE
from tests.browser import Visit, visiting
from tests.needs import chromium, require
from tests.support import (
    SUBJECTS,
    THREADS,
    build_hashed,
    running_server,
    threads_about,
    write_book,
)

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
GRACE = "Grace Hopper"
MORE = [
    (
        ("Ida Tester", "Hi Grace!\n1. Which salary can juniors expect?\n2. Does a CV need tests?"),
        [(GRACE, "2. A CV needs no tests.\n1. Juniors can expect a fair salary.")],
    ),
    (
        ("Jo Tester", "How do I prepare for a job interview?"),
        [
            (GRACE, "Prepare for the job interview with a friend."),
            ("Jo Tester", "Thanks! And which salary do I ask for in the interview?"),
            (GRACE, "Ask for the salary that the job is worth to you."),
        ],
    ),
    (
        ("Kim Tester", "Is a job interview without a CV possible?"),
        [(GRACE, "A job interview without a CV is possible.")],
    ),
    (
        ("Lea Tester", "How large should partitions of a Spark cluster be?"),
        [(GRACE, "Partitions of a Spark cluster should be a few hundred megabytes.")],
    ),
    (
        ("Max Tester", "Why does my Spark cluster shuffle so much?"),
        [(GRACE, "A Spark cluster shuffles when partitions are joined on another key.")],
    ),
    (
        ("Nia Tester", "When does a Spark cluster pay off?"),
        [(GRACE, "A Spark cluster pays off once one machine is too small.")],
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start a browser for a module: longer, and its event loop would be in other tests' way."""
    require("browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve two small books to all modules."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "books").mkdir()
    write_book(folder / "books", "20211122-a-small-book", THREADS)
    topical = [
        (post, [(GRACE, text) for _, text in replies])
        for subject in SUBJECTS
        for post, replies in threads_about(subject)
    ]
    threads, week = [*MORE, *topical], "2022-01-03 00:00:00"
    write_book(folder / "books", "20220103-another-book", threads, authors=[GRACE], start=week)
    build_hashed(folder / "books", folder / "bundle")
    with running_server(folder / "bundle", "--no-watch") as (address, _):
        yield address


@pytest.fixture(scope="session")
def sample_address(sample_bundle: Path) -> Iterator[str]:
    """Serve the sample archive with the default model to all modules."""
    with running_server(sample_bundle, "--no-watch") as (address, _):
        yield address


@pytest.fixture(scope="session")
def archive_address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Serve the whole archive to all modules: from `ANSWERS_TEST_BUNDLE`, or built for the run.

    What readers say is kept beside the generations, so these are only linked to.
    """
    built = os.environ.get("ANSWERS_TEST_BUNDLE") or request.getfixturevalue("archive_bundle")
    bundle = tmp_path_factory.mktemp("archive-served")
    for path in Path(built).resolve().iterdir():
        if path.name != FEEDBACK_FILE:
            (bundle / path.name).symlink_to(path)
    with running_server(bundle, "--no-watch") as (address, _):
        yield address


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> dict[str, int]:
    width, height = SIZES[request.param]
    return {"width": width, "height": height}


@pytest.fixture
def visit(browser: Any, address: str, size: dict[str, int]) -> Iterator[Visit]:
    """Visit a page with scripts."""
    with visiting(browser, address, size) as visit:
        yield visit


@pytest.fixture
def plain(browser: Any, address: str, size: dict[str, int]) -> Iterator[Visit]:
    """Visit a page without scripts."""
    with visiting(browser, address, size, scripts=False) as visit:
        yield visit


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def either(
    browser: Any, address: str, size: dict[str, int], request: pytest.FixtureRequest
) -> Iterator[Visit]:
    """Visit a page with and without scripts."""
    with visiting(browser, address, size, scripts=request.param) as visit:
        yield visit

"""A real browser for the tests of the pages, as a plugin of the modules that need it.

Skipped where Chromium or playwright is missing; `ANSWERS_REQUIRE=browser` makes that a failure.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Visit
from tests.needs import DEMANDED
from tests.support import running_server

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def missing(reason: str) -> None:
    if "browser" in os.environ.get(DEMANDED, "").replace(",", " ").split():
        pytest.fail(reason)
    pytest.skip(reason)


def executable() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return os.environ.get("ANSWERS_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        missing('playwright is not installed: pip install -e ".[dev]"')
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        except Error as exc:
            missing(f"no Chromium: install it, or set ANSWERS_CHROMIUM ({str(exc)[:200]})")
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(hashed_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    bundle = tmp_path_factory.mktemp("served") / "bundle"
    shutil.copytree(hashed_bundle, bundle)
    with running_server(bundle, "--no-watch") as (address, _):
        yield address


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> dict[str, int]:
    width, height = SIZES[request.param]
    return {"width": width, "height": height}


@pytest.fixture
def visit(browser: Any, address: str, size: dict[str, int]) -> Iterator[Visit]:
    context = browser.new_context(viewport=size, permissions=["clipboard-read", "clipboard-write"])
    visit = Visit(context.new_page(), address)
    yield visit
    context.close()
    assert visit.complaints == []


@pytest.fixture
def plain(browser: Any, address: str, size: dict[str, int]) -> Iterator[Visit]:
    context = browser.new_context(viewport=size, java_script_enabled=False)
    visit = Visit(context.new_page(), address)
    yield visit
    context.close()
    assert visit.complaints == []

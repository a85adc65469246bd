"""Every kind of page is open to everybody, and light."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Visit, audit, audit_both
from tests.support import running_server

pytest_plugins = ["tests.browser_fixtures"]

MOST_BYTES = 60_000

PAGES = {
    "home": "/",
    "results": "/?q=deploy&top_k=2",
    "filtered": "/?q=deploy&answered=false",
    "problem": "/?q=deploy&book=nothing",
    "books": "/books",
    "book": "/books/20211122-a-small-book",
    "authors": "/authors",
    "author": "/authors/ada-lovelace",
    "thread": "/?q=how+do+I+deploy+a+model",
    "parts": "/?q=salary+juniors+CV",
    "topics": "/topics",
    "topic": "/topics",
    "map": "/map",
    "voices": "/voices?q=Spark+cluster",
    "no voices": "/voices",
    "check": "/check?text=How+do+I+deploy+a+model%3F+Do+bees+sleep%3F",
    "no draft": "/check",
    "missing": "/nothing",
}
OPENED = {"thread": ".open", "parts": ".open", "topic": ".topic h2 a"}


@pytest.mark.parametrize("kind", PAGES)
def test_nothing_keeps_anybody_out(visit: Visit, kind: str) -> None:
    page = visit.open(PAGES[kind])
    if kind in OPENED:
        page.locator(OPENED[kind]).first.click()
        page.wait_for_url("**/topics/*" if kind == "topic" else "**/threads/*")
    if kind == "results":
        page.locator("summary").first.click()
    if kind == "map":
        page.locator(".near-centre a").first.wait_for()
    assert audit_both(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("query", ["deploy a model", "best banana cake recipe", ""])
def test_pages_of_the_whole_archive_are_light_and_open_to_all(
    browser: Any, archive_address: str, query: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    visit = Visit(context.new_page(), archive_address)
    sizes: list[int] = []
    visit.page.on("response", lambda response: sizes.append(len(response.body())))
    page = visit.open(f"/?q={query.replace(' ', '+')}")
    page.wait_for_load_state("networkidle")
    words = page.evaluate(
        "new TextEncoder().encode(document.querySelector('#results').textContent).length"
    )
    assert sum(sizes) - words <= MOST_BYTES
    assert audit(page) == []
    context.close()
    assert visit.complaints == []


@pytest.fixture(scope="module")
def archive_address(corpus: Path) -> Iterator[str]:
    bundle = os.environ.get("ANSWERS_TEST_BUNDLE")
    if not bundle:
        pytest.skip("set ANSWERS_TEST_BUNDLE to a bundle of the whole archive")
    with running_server(Path(bundle), "--no-watch") as (address, _):
        yield address

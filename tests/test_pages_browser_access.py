"""Every kind of page is open to everybody, and light."""

from typing import Any

import pytest

from tests.browser import Visit, audit_both, visiting
from tests.needs import BUILD_S

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


ARCHIVE = {
    "home": "/",
    "results": "/?q=deploy+a+model",
    "silence": "/?q=best+banana+cake+recipe",
    "books": "/books",
    "book": "/books/20211122-building-machine-learning-powered-applications",
    "authors": "/authors",
    "author": "/authors/chiphuyen",
    "topics": "/topics",
    "voices": "/voices?q=how+to+learn+Python",
    "check": "/check?text=How+do+I+deploy+a+model%3F",
    "thread": "/?q=shadow+deployment",
    "topic": "/topics",
}
AUDITED = {"results", "thread", "voices", "topic", "author"}


@pytest.mark.timeout(BUILD_S)
@pytest.mark.parametrize("kind", ARCHIVE)
def test_pages_of_the_whole_archive_are_light_and_open_to_all(
    browser: Any, archive_address: str, kind: str, size: dict[str, int]
) -> None:
    with visiting(browser, archive_address, size) as visit:
        page = visit.open(ARCHIVE[kind])
        if kind in OPENED:
            page.goto(page.locator(OPENED[kind]).first.evaluate("(link) => link.href"))
        page.wait_for_load_state("networkidle")
        assert weight(page) <= MOST_BYTES
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if kind in AUDITED:
            assert audit_both(page) == []


@pytest.mark.timeout(BUILD_S)
def test_the_map_of_the_whole_archive_is_light_beside_its_points(
    browser: Any, archive_address: str, size: dict[str, int]
) -> None:
    with visiting(browser, archive_address, size) as visit:
        page = visit.open("/map")
        page.locator(".near-centre a").first.wait_for()
        assert weight(page) <= MOST_BYTES


def weight(page: Any) -> int:
    """Return how many bytes a page takes beside its text and the points of the map."""
    return int(
        page.evaluate(
            """() => {
              const bytes = (text) => new TextEncoder().encode(text).length;
              const loaded = performance.getEntries().filter((entry) => "decodedBodySize" in entry);
              const points = loaded.filter((entry) => entry.name.includes("/fragments/map"));
              const total = (some) => some.reduce((sum, entry) => sum + entry.decodedBodySize, 0);
              const text = points.length ? 0 : bytes(document.querySelector("main").textContent);
              return total(loaded) - total(points) - text;
            }"""
        )
    )

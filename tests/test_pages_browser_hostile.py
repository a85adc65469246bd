"""Strings that attack, in a real browser: in queries, questions, names and titles."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from api.pages.markup.inline import visible
from search.opening import open_engine
from tests.browser import Visit
from tests.support import build_hashed, running_server
from tests.test_pages_hostile import HOSTILE

pytest_plugins = ["tests.browser_fixtures"]


def write_hostile_book(folder: Path, number: int, text: str) -> None:
    said = text if text.strip() else "blank"
    front = {
        "title": said,
        "description": said,
        "start": "2021-11-22 00:00:00",
        "end": "2021-11-26 00:00:00",
        "authors": [f"{said} {number}"],
        "links": [{"text": said, "link": said}],
        "archive": [
            {
                "name": said,
                "text": f"How would you handle {said} number {number}?",
                "replies": [{"name": f"{said} {number}", "text": f"One handles {said} so."}],
            }
        ],
    }
    lines = [f"{key}: {json.dumps(value)}" for key, value in front.items()]
    path = folder / f"20211122-hostile-{number:03}.md"
    path.write_text("\n".join(["---", *lines, "---", "", said]), "utf-8", errors="replace")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "books").mkdir()
    for number, text in enumerate(HOSTILE):
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text) is None:
            write_hostile_book(folder / "books", number, text)
    build_hashed(folder / "books", folder / "bundle")
    with running_server(folder / "bundle", "--no-watch") as (address, _):
        yield address, folder / "bundle"


INSERT = """async (address) => {
  const response = await fetch(address);
  document.querySelector('#results').innerHTML = await response.text();
}"""
INTRUDERS = """() => [
  ...document.querySelectorAll('script:not([src^="/static/"]):not([type="application/ld+json"])'),
  ...document.querySelectorAll('iframe, object, embed, base, img, video, audio, body body, style'),
  ...document.querySelectorAll('a[href^="javascript" i], a[href^="data" i], [srcdoc]'),
  ...[...document.querySelectorAll('*')].filter(
    each => [...each.attributes].some(attribute => /^(on|style$)/.test(attribute.name))),
].map(each => each.outerHTML.slice(0, 200))"""


COLOURED = '<span class="dot" aria-hidden="true" style="background: '


def test_no_query_does_anything_but_search(browser: Any, hostile: tuple[str, Path]) -> None:
    context = browser.new_context()
    visit = Visit(context.new_page(), hostile[0])
    for text in HOSTILE[::3]:
        query = quote_plus(text, errors="replace")
        visit.page.goto(f"{visit.address}/?q={query}", wait_until="domcontentloaded")
        assert visit.page.evaluate(INTRUDERS) == []
        assert visit.page.input_value("#q") == sent(text)
    for text in HOSTILE:
        query = quote_plus(text, errors="replace")
        visit.page.evaluate(INSERT, f"/fragments/results?q={query}")
        assert visit.page.evaluate(INTRUDERS) == []
    context.close()
    assert visit.complaints == []


def test_no_draft_and_no_subject_does_anything_but_show(
    browser: Any, hostile: tuple[str, Path]
) -> None:
    context = browser.new_context()
    visit = Visit(context.new_page(), hostile[0])
    for text in HOSTILE[1::6]:
        query = quote_plus(text, errors="replace")
        for path, control in ((f"/voices?q={query}", "#q"), (f"/check?text={query}", "#text")):
            visit.page.goto(f"{visit.address}{path}", wait_until="domcontentloaded")
            assert visit.page.evaluate(INTRUDERS) == []
            shown = visit.page.input_value(control)
            assert shown.replace("\n", "") == sent(text)
    context.close()
    assert visit.complaints == []


def test_no_archived_text_does_anything_but_show(browser: Any, hostile: tuple[str, Path]) -> None:
    address, bundle = hostile
    engine = open_engine(bundle)
    context = browser.new_context()
    visit = Visit(context.new_page(), address)
    titles = {item.slug: item.title for item in engine.store.collections()}
    paths = [
        "/",
        "/books",
        "/authors",
        "/topics",
        *[f"/books/{slug}" for slug in list(titles)[::4]],
    ]
    for path in [*paths, *[f"/threads/{thread_id}" for thread_id in engine.store.thread_ids()]]:
        visit.page.goto(f"{address}{path}", wait_until="domcontentloaded")
        assert visit.page.evaluate(INTRUDERS) == []
    for topic in engine.topics():
        visit.open(f"/topics/{topic.topic_id}")
        assert visit.page.evaluate(INTRUDERS) == []
    visit.open("/map")
    visit.page.locator(".near-centre a").first.wait_for()
    found = visit.page.evaluate(INTRUDERS)
    assert [each for each in found if not each.startswith(COLOURED)] == []
    visit.open("/books")
    shown = visit.page.evaluate(
        "[...document.querySelectorAll('.book-title')].map(each => each.textContent)"
    )
    assert sorted(shown) == sorted(titles.values())
    assert len(titles) >= 120
    context.close()
    assert visit.complaints == []


def sent(text: str) -> str:
    """Return what a control of one line shows of a text: no line breaks, controls as signs."""
    return visible(text).replace("\n", "")

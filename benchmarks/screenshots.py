"""Take a picture of every kind of page, served over an index of the sample archive.

Run: python -m benchmarks.screenshots BUNDLE [FOLDER]

Needs Chromium, as the tests of the pages do. BUNDLE is an index of `data/`. That is too small to
have topics: the pages of topics are taken over the invented archive of the tests.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright

from search import open_engine
from tests.browser_fixtures import FLAGS, SIZES
from tests.needs import chromium
from tests.support import build_hashed, running_server, write_subjects

SCHEMES: Mapping[str, Literal["light", "dark"]] = {"desktop": "light", "phone": "dark"}
FOLDER = Path(__file__).parent.parent / "docs" / "images"
QUERY = "how can I test a model in production without users seeing its output?"
SUBJECT = "testing a model in production"
DRAFT = (
    "Hi Emmanuel, thanks for doing this! Two questions:\n"
    "1. What are the most common pitfalls during the process of building ML applications?\n"
    "2. Which sourdough starter do you use at home?"
)
OFF_TOPIC = "how long does sourdough have to rise?"

OF_TOPICS = {"topics": "/topics", "map": "/map"}


def pages(bundle: Path) -> dict[str, str]:
    """Return the address of each kind of page."""
    engine = open_engine(bundle)
    hit = engine.search(QUERY, top_k=1).hits[0]
    return {
        "home": "/",
        "search": f"/?q={quote(QUERY)}",
        "silence": f"/?q={quote(OFF_TOPIC)}",
        "check": f"/check?text={quote(DRAFT)}",
        "voices": f"/voices?q={quote(SUBJECT)}",
        "thread": f"/threads/{hit.thread_id}",
        "books": "/books",
        "book": f"/books/{hit.collection.slug}",
        "authors": "/authors",
        "author": f"/authors/{engine.collection(hit.collection.slug).authors[0]}",
        "missing": "/nothing-here",
    }


def take(page: Page, address: str, path: Path) -> None:
    """Take one picture of what is seen without scrolling."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)


def take_all(browser: Browser, bundle: Path, paths: Mapping[str, str], folder: Path) -> None:
    """Take pictures of some pages of an index, wide in light and narrow in dark colours."""
    with running_server(bundle, "--no-watch") as (address, _):
        for size, scheme in SCHEMES.items():
            width, height = SIZES[size]
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            page = context.new_page()
            for name, path in paths.items():
                take(page, address + path, folder / f"{name}-{size}.png")
            context.close()


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, TemporaryDirectory() as temporary:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        take_all(browser, arguments.bundle, pages(arguments.bundle), arguments.folder)
        invented = Path(temporary) / "bundle"
        build_hashed(write_subjects(Path(temporary) / "books"), invented)
        take_all(browser, invented, OF_TOPICS, arguments.folder)
        browser.close()


if __name__ == "__main__":
    main()

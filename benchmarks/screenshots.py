"""Take a picture of every kind of page, served over an index of the sample archive.

Run: python -m benchmarks.screenshots BUNDLE [FOLDER]

Needs Chromium, as the tests of the pages do. BUNDLE is an index of `data/`.
"""

import argparse
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, sync_playwright

from search import open_engine
from tests.browser_fixtures import FLAGS, SIZES
from tests.needs import chromium
from tests.support import running_server

FOLDER = Path(__file__).parent.parent / "docs" / "images"
QUERY = "how can I test a model in production without users seeing its output?"
OFF_TOPIC = "how long does sourdough have to rise?"


def pages(bundle: Path) -> dict[str, str]:
    """Return the address of each kind of page."""
    engine = open_engine(bundle)
    hit = engine.search(QUERY, top_k=1).hits[0]
    return {
        "home": "/",
        "search": f"/?q={quote(QUERY)}",
        "silence": f"/?q={quote(OFF_TOPIC)}",
        "thread": f"/threads/{hit.thread_id}",
        "books": "/books",
        "book": f"/books/{hit.collection.slug}",
        "authors": "/authors",
        "missing": "/nothing-here",
    }


def take(page: Page, address: str, path: Path) -> None:
    """Take one picture of what is seen without scrolling."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with (
        running_server(arguments.bundle, "--no-watch") as (address, _),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for size, scheme in (("desktop", "light"), ("phone", "dark")):
            width, height = SIZES[size]
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            page = context.new_page()
            for name, path in pages(arguments.bundle).items():
                take(page, address + path, arguments.folder / f"{name}-{size}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()

"""Weigh every kind of page, and time how soon results are seen once the server has answered.

Run: python -m benchmarks.pages BUNDLE [--repeat N]

Needs Chromium, as the tests of the pages do. Prints for each kind of page its bytes before
compression beside its text, by what they are for, and for the map its points apart. Then, in
milliseconds from the last byte of the server's answer to the frame that shows the first result:
of a page that is opened with an empty cache (`opened`), of one whose files the browser has
(`again`), and of results that come while typing (`typed`); median and largest of N each. At last
the processor time of the browser's main thread until that frame, by what it does, of a page that
is opened with an empty cache: it depends little on what else the machine does.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, sync_playwright

from search import open_engine
from search.limits import MAX_LIMIT
from tests.browser_fixtures import FLAGS, SIZES
from tests.needs import chromium
from tests.support import running_server

QUERIES = (
    "how do I deploy a model without downtime?",
    "what should a junior data scientist learn first?",
    "feature store",
    "how to measure the quality of data",
    "difference between a data engineer and a data scientist",
)
QUIET = "import os; os.dup2(os.open(os.devnull, os.O_WRONLY), 2)"
DRAFT = "Hi! 1. How do I test a model in production? 2. Which sourdough starter do you use?"
_TASKS = {
    "ParseHTML": "parse",
    "UpdateLayoutTree": "style",
    "Layout": "layout",
    "PrePaint": "prepare",
    "Paint": "paint",
    "v8.evaluateModule": "scripts",
}
_BYTES = """() => {
  const bytes = (text) => new TextEncoder().encode(text).length;
  const sums = { text: bytes(document.querySelector("main").textContent) };
  for (const entry of performance.getEntries()) {
    if (!("decodedBodySize" in entry)) continue;
    const { pathname } = new URL(entry.name);
    const ending = pathname.split(".").pop();
    const kind = entry.entryType === "navigation" ? "html"
      : pathname.startsWith("/fragments/") ? "data"
      : { css: "css", js: "js" }[ending] ?? "other";
    sums[kind] = (sums[kind] ?? 0) + entry.decodedBodySize;
  }
  return sums;
}"""
_WATCH = """
new PerformanceObserver((list) => {
  const paint = list.getEntries().find((each) => each.name === "first-contentful-paint");
  window.painted ??= paint?.startTime;
}).observe({ type: "paint", buffered: true });
"""
_OPENED = """() => new Promise((resolve) => {
  const [page] = performance.getEntriesByType("navigation");
  const look = () => {
    if (window.painted) resolve(window.painted - page.responseEnd);
    else setTimeout(look, 10);
  };
  look();
})"""
_TYPED = """(text) => new Promise((resolve) => {
  const input = document.querySelector("#q");
  performance.clearResourceTimings();
  new MutationObserver((_, observer) => {
    if (!document.querySelector("#results .card")) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => {
      const shown = performance.now();
      const wait = () => {
        const fetched = performance.getEntriesByType("resource");
        const answer = fetched.find((each) => each.name.includes("/fragments/results"));
        if (answer) resolve(shown - answer.responseEnd);
        else setTimeout(wait, 10);
      };
      wait();
    }));
  }).observe(document.querySelector("#results"), { childList: true });
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
})"""


def kinds(bundle: Path) -> dict[str, str]:
    """Return the address of each kind of page; of books, authors, threads the largest."""
    engine = open_engine(bundle)
    books = engine.books(limit=MAX_LIMIT).items
    book = max(books, key=lambda each: each.n_threads)
    authors = engine.authors(limit=MAX_LIMIT).items
    author = max(authors, key=lambda each: each.n_answered)
    thread = max(engine.store.iter_threads(), key=lambda each: len(each.messages))
    topics = engine.topics()
    return {
        "home": "/",
        "results": f"/?q={quote(QUERIES[0])}",
        "silence": f"/?q={quote('how long does sourdough have to rise?')}",
        "thread": f"/threads/{thread.thread_id}",
        "check": f"/check?text={quote(DRAFT)}",
        "voices": f"/voices?q={quote('testing models in production')}",
        "books": "/books",
        "book": f"/books/{book.slug}",
        "authors": "/authors",
        "author": f"/authors/{author.slug}",
        "topics": "/topics",
        **({"topic": f"/topics/{topics[0].topic_id}"} if topics else {}),
        "map": "/map",
        "missing": "/nothing",
    }


@contextmanager
def opened(browser: Browser) -> Iterator[Any]:
    """Open a page of a browser without a cache."""
    width, height = SIZES["desktop"]
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_init_script(_WATCH)
    yield context.new_page()
    context.close()


def weigh(browser: Browser, address: str, paths: Mapping[str, str]) -> None:
    """Print the bytes of each kind of page."""
    parts = ("html", "css", "js", "other")
    print(f"{'page':10}{'beside text':>12}" + "".join(f"{part:>9}" for part in parts), end="")
    print(f"{'text':>9}{'data':>9}")
    for kind, path in paths.items():
        with opened(browser) as page:
            page.goto(address + path)
            page.wait_for_load_state("networkidle")
            sums = page.evaluate(_BYTES)
        shares = {part: sums.get(part, 0) for part in parts}
        shares["html"] -= sums["text"] if kind != "map" else 0
        cells = [f"{value:>9,}" for value in (*shares.values(), sums["text"], sums.get("data", 0))]
        print(f"{kind:10}{sum(shares.values()):>12,}" + "".join(cells))


def times(browser: Browser, address: str, n_repeats: int) -> None:
    """Print how soon results are seen."""
    found: dict[str, list[float]] = {"opened": [], "again": [], "typed": []}
    for number in range(n_repeats):
        query = QUERIES[number % len(QUERIES)]
        with opened(browser) as page:
            for name in ("opened", "again"):
                page.goto(f"{address}/?q={quote(query)}")
                found[name].append(page.evaluate(_OPENED))
            page.goto(f"{address}/")
            found["typed"].append(page.evaluate(_TYPED, query))
    for name, each in found.items():
        print(f"{name:8} median {median(each):6.1f} ms, largest {max(each):6.1f} ms")


def work(browser: Browser, address: str, n_repeats: int) -> None:
    """Print what the browser works until results are seen."""
    runs = []
    for number in range(n_repeats):
        with opened(browser) as page:
            browser.start_tracing(page=page, categories=["devtools.timeline", "loading"])
            page.goto(f"{address}/?q={quote(QUERIES[number % len(QUERIES)])}")
            page.wait_for_load_state("networkidle")
            runs.append(_work_of(json.loads(browser.stop_tracing())["traceEvents"]))
    parts = {task: median(run[task] for run in runs) for task in _TASKS}
    total = median(sum(run.values()) for run in runs)
    shares = ", ".join(f"{_TASKS[task]} {value:.1f}" for task, value in parts.items())
    print(f"work     median {total:6.1f} ms: {shares}")


def _work_of(events: Sequence[Mapping[str, Any]]) -> Mapping[str, float]:
    """Return the milliseconds of each task before the first frame with content."""
    seen = max(each["ts"] for each in events if each["name"] == "firstContentfulPaint")
    spent = dict.fromkeys(_TASKS, 0.0)
    for each in events:
        if each["name"] in _TASKS and "tdur" in each and each["ts"] < seen:
            spent[each["name"]] += each["tdur"] / 1_000
    return spent


def main() -> None:
    """Measure the pages of a bundle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--repeat", type=int, default=20)
    arguments = parser.parse_args()
    paths = kinds(arguments.bundle)
    server = running_server(arguments.bundle, "--no-watch", prelude=QUIET)
    with sync_playwright() as playwright, server as (address, _):
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        weigh(browser, address, paths)
        times(browser, address, arguments.repeat)
        work(browser, address, arguments.repeat)
        browser.close()


if __name__ == "__main__":
    main()

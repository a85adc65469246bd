"""Open every deep link of an archive in Chromium and see where the browser lands.

Run: python -m benchmarks.deep_links [SOURCE] [--renderer kramdown] [--sample N]

Every book is rendered as the site does, each message in an element with its place, and served on
the loopback interface; the link of a thread loads its page anew, those of its replies jump within
that page. Chromium makes the element that holds what a text fragment matched the `:target` of the
document (and nothing where it matched nothing), so the browser's own matcher tells the message,
not a copy of its rules; that element must also have been scrolled into view.

The site renders with kramdown 2 in GFM mode. `--renderer kramdown` does the same where Ruby and
its gems `kramdown` and `kramdown-parser-gfm` are installed (Debian: ruby-kramdown-parser-gfm).
The default, markdown-it, needs no Ruby and differs: a list may be numbered `1)`, no math, no
attributes in braces, no footnotes or definitions, `(c)` and `+-` become symbols, a line indented
by four spaces inside a paragraph is none of code, and HTML blocks are passed on unparsed.
"""

import argparse
import html
import json
import random
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from indexer.links import Place, fragments
from indexer.sources.reader import read_sources
from indexer.sources.records import RawCollection, RawPost
from search.models import CollectionKind

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SEED = 7
_LOAD_TIMEOUT_MS = 120_000
_MATCH_TIMEOUT_MS = 15_000
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_KRAMDOWN = """
options = {input: 'GFM', hard_wrap: false, parse_block_html: true, auto_ids: true,
           smart_quotes: 'lsquo,rsquo,ldquo,rdquo', entity_output: :as_char,
           syntax_highlighter: nil}
texts = JSON.parse($stdin.read)
puts JSON.generate(texts.map { |text| Kramdown::Document.new(text, options).to_html })
"""
_LANDING = """() => {
  const target = document.querySelector(':target');
  if (!target) return null;
  const box = target.getBoundingClientRect();
  const seen = box.bottom > 0 && box.top < innerHeight;
  const {ref, position} = target.closest('[data-ref]')?.dataset ?? {};
  return {ref, position: Number(position), seen};
}"""

Render = Callable[[Sequence[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a link should lead and where it led: None where the browser found nothing."""

    slug: str
    place: Place
    fragment: str
    landed: Place | None
    right: bool


def render_markdown_it(texts: Sequence[str]) -> Sequence[str]:
    """Render Markdown as `markdownify` does, nearly."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True, "typographer": True})
    parser.enable(["table", "strikethrough", "replacements", "smartquotes"])
    return [parser.render(text) for text in texts]


def render_kramdown(texts: Sequence[str]) -> Sequence[str]:
    """Render Markdown as `markdownify` does."""
    libraries = ["-rjson", "-rkramdown", "-rkramdown-parser-gfm"]
    done = subprocess.run(
        ["ruby", "-Eutf-8", *libraries, "-e", _KRAMDOWN],
        input=json.dumps(list(texts)),
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return [str(text) for text in json.loads(done.stdout)]


RENDERERS: Mapping[str, Render] = {
    "markdown-it": render_markdown_it,
    "kramdown": render_kramdown,
}


def newline_to_br(text: str) -> str:
    """Put a line break in front of each newline, like the filter of that name."""
    return re.sub(r"\r?\n", "<br />\n", text)


def render_page(item: RawCollection, render: Render = render_markdown_it) -> str:
    """Render a book's page, each message inside an element with `data-ref` and `data-position`."""
    posts = [post for thread in item.threads for post in (thread.post, *thread.replies)]
    body, *texts = render([item.body, *(newline_to_br(post.text) for post in posts)])
    shown = iter(texts)
    links = "".join(
        f'<li><a href="{html.escape(link.url)}">{link.text}</a></li>' for link in item.links
    )
    threads = "".join(
        _thread(thread.source_ref, (thread.post, *thread.replies), shown) for thread in item.threads
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"></head><body>'
        f"<h2>{item.title}</h2><h4>by {', '.join(item.authors)}</h4>"
        f"<h5>The book of the week from {item.start} to {item.end}</h5><div>{body}</div>"
        f"<ul>{links}</ul><h2>Questions and Answers</h2>{threads}"
        '<div style="height:100vh"></div></body></html>'
    )


def _thread(source_ref: str, posts: Sequence[RawPost], shown: Iterator[str]) -> str:
    parts = [
        f'<div data-ref="{html.escape(source_ref)}" data-position="{position}">'
        f"<b>{post.speaker}</b> {next(shown)}"
        for position, post in enumerate(posts)
    ]
    return parts[0] + "".join(f"{part}</div>\n" for part in parts[1:]) + "</div>\n"


@contextmanager
def serve(pages: Mapping[str, str]) -> Iterator[str]:
    """Serve pages by slug on the loopback interface; gives the address of the folder."""
    handler = type("Handler", (_Handler,), {"pages": pages})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/books"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    pages: Mapping[str, str] = {}

    def do_GET(self) -> None:
        """Answer with the page whose name the path ends in."""
        slug = unquote(Path(urlsplit(self.path).path).name).removesuffix(".html")
        data = self.pages.get(slug, "").encode()
        self.send_response(200 if data else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def open_links(
    books: Sequence[RawCollection],
    *,
    render: Render = render_markdown_it,
    sample: int | None = None,
) -> Iterator[Landing]:
    """Open the links of all messages, or of a random sample of the threads, one after another."""
    found = {book.slug: fragments(book) for book in books}
    places = [(slug, place) for slug, of_book in found.items() for place in of_book]
    if sample is not None:
        threads = [each for each in places if each[1][1] == 0]
        places = random.Random(SEED).sample(threads, min(sample, len(threads)))
    slugs = {slug for slug, _ in places}
    pages = {book.slug: render_page(book, render) for book in books if book.slug in slugs}
    landed = follow(pages, [(_path(*each), found[each[0]][each[1]]) for each in places])
    for (slug, place), where in zip(places, landed, strict=True):
        right = _is_right(place, where, found[slug])
        yield Landing(slug, place, found[slug][place], where, right)


def _path(slug: str, place: Place) -> str:
    """Give the page of each thread an address of its own, which its replies share."""
    return f"{slug}.html?{quote(place[0])}"


def follow(pages: Mapping[str, str], links: Iterable[tuple[str, str]]) -> Iterator[Place | None]:
    """Open links, each a path and a fragment, and tell the message that each leads to.

    A link whose path is that of the link before is a jump within the page, as by a click on it;
    the others load their page anew.
    """
    from playwright.sync_api import sync_playwright

    with serve(pages) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        tab = browser.new_page()
        for path, fragment in links:
            yield _land(tab, f"{address}/{path}", fragment) if fragment else None
        browser.close()


def _land(tab: "Page", url: str, fragment: str) -> Place | None:
    """Return the message that the browser matched and brought into view."""
    from playwright.sync_api import TimeoutError as NothingMatchedError

    if tab.url.partition("#")[0] == url:
        tab.evaluate("location.hash = 'nowhere'")
    tab.goto(url + fragment, timeout=_LOAD_TIMEOUT_MS)
    try:
        tab.wait_for_function(f"({_LANDING})()?.seen", timeout=_MATCH_TIMEOUT_MS)
    except NothingMatchedError:
        return None
    landing = tab.evaluate(_LANDING)
    return (landing["ref"], landing["position"]) if landing.get("ref") else None


def _is_right(place: Place, landed: Place | None, found: Mapping[Place, str]) -> bool:
    """Tell whether it is the message, or the one of its thread whose fragment it borrows."""
    return landed is not None and (
        landed == place or (landed[0] == place[0] and found[landed] == found[place])
    )


def main() -> None:
    """Print how many links of threads and of replies land right, and every one that does not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "source", type=Path, nargs="?", default=Path(__file__).parent.parent / "data"
    )
    parser.add_argument("--renderer", choices=sorted(RENDERERS), default="markdown-it")
    parser.add_argument("--sample", type=int, help="open this many threads only")
    arguments = parser.parse_args()
    archive = read_sources([arguments.source])
    books = [item for item in archive.collections if item.kind is CollectionKind.BOOK]
    found = open_links(books, render=RENDERERS[arguments.renderer], sample=arguments.sample)
    landings = []
    for landing in found:
        landings.append(landing)
        if not landing.right:
            print(f"wrong: {landing}")
    n_books = len({landing.slug for landing in landings})
    print(f"{arguments.renderer}, {n_books} books, seed {SEED}")
    for label, is_reply in (("threads", False), ("replies", True)):
        chosen = [each for each in landings if bool(each.place[1]) is is_reply]
        right = [each for each in chosen if each.right]
        own = [each for each in right if each.landed == each.place]
        print(
            f"{label}: {len(right)} of {len(chosen)} right, {len(own)} by a fragment of their own"
        )
    sys.exit(any(not landing.right for landing in landings))


if __name__ == "__main__":
    main()

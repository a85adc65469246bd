"""Every message has a fragment that is found once on its page, and in that message."""

import os
import re
import time
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import deep_links
from benchmarks.deep_links import CHROMIUM, follow, open_links, render_page
from indexer.links import Place, fragments
from indexer.sources.reader import read_sources
from indexer.sources.records import RawCollection, RawPost, RawThread
from search.models import CollectionKind
from search.text.ngrams import NGrams
from search.text.rendered import fold, foresee

Post = tuple[str, str]

_BLOCK = re.compile(r"br|p|div|li|[uo]l|pre|blockquote|table|t[rdh]|hr|h[1-6]")
_UNSEEN = frozenset({"script", "style", "template", "title", "textarea"})
_EDGE = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff_]|\\W")


def book(*threads: Sequence[Post], body: str = "", title: str = "A Book") -> RawCollection:
    """Make a book of threads, each an opening post and its replies as name and text."""
    posts = [[RawPost(name, text, 1) for name, text in thread] for thread in threads]
    raw = [RawThread(f"b#{n}", first, tuple(rest)) for n, (first, *rest) in enumerate(posts)]
    return RawCollection("b", title, CollectionKind.BOOK, Path("b.md"), tuple(raw), body=body)


class Page(HTMLParser):
    """The text of a page as it is seen, a line a block, and which message each part is in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.starts: list[int] = [0]
        self.places: list[Place | None] = [None]
        self._open: list[Place | None] = [None]
        self._unseen = 0
        self.feed(html)
        self.lowered = _lower(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._break(tag)
        self._unseen += tag in _UNSEEN
        if tag == "div":
            ref = values.get("data-ref")
            self._open.append((ref, int(values["data-position"])) if ref else self._open[-1])
            self._mark()

    def handle_endtag(self, tag: str) -> None:
        self._break(tag)
        self._unseen -= tag in _UNSEEN
        if tag == "div" and len(self._open) > 1:
            self._open.pop()
            self._mark()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            data = re.sub(r"\s+", " ", data)
            self.text += data.lstrip() if self.text[-1:] in {" ", "\n", ""} else data

    def _break(self, tag: str) -> None:
        if _BLOCK.fullmatch(tag):
            self.text += "\n"

    def _mark(self) -> None:
        self.starts.append(len(self.text))
        self.places.append(self._open[-1])

    def matches(self, fragment: str) -> list[Place | None]:
        """Return the message of each match of a text fragment, by the rules of the draft."""
        parts = re.fullmatch(r"#:~:text=(?:(.*?)-,)?([^,]*)(?:,-(.*))?", fragment).groups("")
        prefix, text, suffix = (_lower(unquote(part)) for part in parts)
        seen = self.lowered
        return [
            self.places[bisect_right(self.starts, hit) - 1]
            for hit in (match.start() for match in re.finditer(re.escape(text), seen))
            if _is_bounded(seen[:hit][-200:], prefix, text)
            and _is_bounded(seen[hit + len(text) :][:200][::-1], suffix[::-1], text[::-1])
        ]


def _is_bounded(before: str, prefix: str, text: str) -> bool:
    """Tell whether the text starts a word, or its prefix, with only white space between, does."""
    if prefix and not before.rstrip().endswith(prefix):
        return False
    before, text = (before.rstrip().removesuffix(prefix), prefix) if prefix else (before, text)
    return not before or bool(_EDGE.match(before[-1]) or _EDGE.match(text[0]))


def _lower(text: str) -> str:
    """Fold case and keep the length."""
    return "".join(char if len(char.lower()) > 1 else char.lower() for char in text)


def landings(item: RawCollection) -> Iterator[tuple[Place, str, list[Place | None]]]:
    """Yield every message, its fragment and the messages that it matches."""
    page = Page(render_page(item))
    for place, fragment in fragments(item).items():
        yield place, fragment, page.matches(fragment) if fragment else []


def is_right(place: Place, hits: Sequence[Place | None], found: Mapping[Place, str]) -> bool:
    """Tell whether the first match is the message, or the one of its thread it borrows from."""
    first = hits[0] if hits else None
    return first is not None and first[0] == place[0] and found[first] == found[place]


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("How do I deploy this model?", "How%20do%20I%20deploy"),
        ("Don't *ever* deploy on a Friday evening", "deploy%20on%20a%20Friday"),
        ("see [the docs](http://x.org/a_b 'one two three four') of the library now",
         "of%20the%20library%20now"),
        ("use `a few words of code` and nothing else matters", "and%20nothing%20else%20matters"),
        ("1. one of the first things", "one%20of%20the%20first"),
        ("> what she said is right", "what%20she%20said%20is"),
        ("Yes, no, maybe, never", "Yes%2C%20no%2C%20maybe%2C%20never"),
        ("well -- that is so...", "Ann-,well"),
        ("a state-of-the-art R&amp;D <b>bold and very brave</b>", "Ann-,a"),
        ("![a picture of a cat](cat.png) on a mat", "on%20a%20mat"),
        ("```python is the language\nfour plain words here\n```", "four%20plain%20words%20here"),
        ("| one two three four | b |", "one%20two%20three%20four"),
        ("Thanks!", "Ann-,Thanks"),
        ("🙂", "%F0%9F%99%82,-Bob"),
        ("https://x.org/a-b_c", ""),
        ("", ""),
        ("これは本です。いい本。", "%E3%81%93%E3%82%8C%E3%81%AF%E6%9C%AC%E3%81%A7%E3%81%99"),
        ("שלום לכולם מה שלומכם", "%D7%A9%D7%9C%D7%95%D7%9D%20%D7%9C%D7%9B%D7%95%D7%9C%D7%9D%20"
         "%D7%9E%D7%94%20%D7%A9%D7%9C%D7%95%D7%9E%D7%9B%D7%9D"),
    ],
    ids=lambda value: value[:24],
)  # fmt: skip
def test_words_that_no_renderer_changes(text: str, fragment: str) -> None:
    item = book([("Ann", text)], [("Bob", "Something else entirely, I think.")])
    expected = f"#:~:text={fragment}" if fragment else ""
    assert fragments(item)["b#0", 0] == expected
    if fragment:
        assert Page(render_page(item)).matches(expected) == [("b#0", 0)]


def test_a_dash_comma_and_ampersand_are_encoded() -> None:
    item = book([("Youens-Clark, PhD", "Thanks!")], [("Bob", "Thanks!"), ("R&D", "Bye.")])
    found = fragments(item)
    assert found["b#0", 0] == "#:~:text=Youens%2DClark%2C%20PhD-,Thanks"
    assert found["b#1", 1] == "#:~:text=Bye"


def test_a_quote_and_a_twin_are_told_apart() -> None:
    words = "is there a second edition of the book?"
    item = book(
        [("Ann", words), ("Bob", f"> {words}\nNo, there is none.")],
        [("Ann", words), ("Cid", "Yes.")],
        [("Ann", words), ("Bob", "Yes.")],
    )
    hits = {place: hits for place, _, hits in landings(item)}
    assert hits.pop(("b#0", 0)) == [("b#0", 0), ("b#0", 1), ("b#1", 0), ("b#2", 0)]
    assert hits == {place: [place] for place in hits}


def test_what_has_no_words_borrows_the_fragment_of_its_thread() -> None:
    item = book(
        [("Ann", "Which database suits time series?"), ("Bob", ""), ("Bob", ""), ("Bob", "")],
        [("", "https://x.org"), ("", "columnar stores fit series best")],
        [("", "---")],
    )
    assert fragments(item) == {
        ("b#0", 0): "#:~:text=Which%20database%20suits%20time",
        ("b#0", 1): "#:~:text=series%3F-,Bob",
        ("b#0", 2): "#:~:text=Which%20database%20suits%20time",
        ("b#0", 3): "#:~:text=Which%20database%20suits%20time",
        ("b#1", 0): "#:~:text=columnar%20stores%20fit%20series",
        ("b#1", 1): "#:~:text=columnar%20stores%20fit%20series",
        ("b#2", 0): "",
    }


def test_words_of_the_title_and_the_body_are_not_unique() -> None:
    item = book(
        [("Ann", "The book of the week from whom? It is a gem of a book indeed.")],
        title="A gem of a book",
        body="It is a gem of a *book* indeed, **from whom?** she asks.",
    )
    [(place, fragment, hits)] = landings(item)
    assert hits == [place], fragment


@pytest.mark.parametrize(
    ("text", "words"),
    [("Straße ÉCOLE ﬁn", ["strasse", "ecole", "fin"]), ("snake_case", ["snake", "case"]),
     ("本です", ["本", "て", "す"]), ("a\u00adb\u200bc", ["abc"])],
)  # fmt: skip
def test_fold_takes_for_equal_what_a_browser_does(text: str, words: list[str]) -> None:
    assert fold(text) == words


def test_what_is_out_of_sight_is_counted_apart() -> None:
    post = foresee("see [it](http://x.org 'so very good') now <i>or</i> $$never$$")
    assert post.tokens == ("see", "it", "now", "or", "never")
    assert post.hidden == ("http", "x", "org", "so", "very", "good", "i", "i")
    assert [word.text for word in post.words] == ["see", "now"]


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 6))
def test_ngrams_count_like_slices(tokens: list[str], n: int) -> None:
    slices = [tuple(tokens[start : start + n]) for start in range(len(tokens) - n + 1)]
    grams = NGrams(tokens)
    for start, each in enumerate(slices):
        assert grams.count(start, n) == slices.count(each)
        assert grams.first(start, n) == slices.index(each)


_PIECES = r"""
one two three four nine, ten. i) (h) 7 *five* _six_ `seven` don't "eight" -- --- ... &amp; & &lt;
<b> </b> < > [a](b) ![c](d) [f]: http://e.org $$ | 1. - # ``` ~~g~~ \* ###
{: .k} :smile: 🙂 שלום 本です 一 é ﬁ
"""
_UNUSUAL = ("<!-- k -->", "<script> k </script>", "a\u200bb", "x\u00ady", "\u202e")
_WORDS = st.sampled_from([*_PIECES.split(), *_UNUSUAL])
_GAPS = st.sampled_from([" ", " ", " ", "\n", "\n\n", "", "  "])
_TEXTS = st.lists(st.tuples(_WORDS, _GAPS)).map(lambda parts: "".join(map("".join, parts)))
_POSTS = st.tuples(st.sampled_from(["Ann", "Bob", "Ann-Lee (she)", "O'Neil, J.", ""]), _TEXTS)


@given(st.lists(st.lists(_POSTS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_hostile_pages_are_never_linked_wrong(threads: list[list[Post]]) -> None:
    item = book(*threads)
    landed = [*landings(item)]
    found = {place: fragment for place, fragment, _ in landed}
    for place, fragment, hits in landed:
        assert len(fragment) < 600
        assert fragment == "" or is_right(place, hits, found)


@pytest.mark.parametrize(
    "piece",
    ["a b c d ", "* ", "本", "🙂 ", "\u0301", "\n", ".", "!", "(", '"', "[", "![", "](", "<a", "$$",
     "{:", "&", "&#"],
)  # fmt: skip
def test_a_megabyte_takes_seconds(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    started = time.process_time()
    fragments(book([("Ann", text)], [("Cid", "Thanks a lot for this!")]))
    assert time.process_time() - started < 90


@pytest.fixture(scope="module")
def books(corpus: Path) -> Sequence[RawCollection]:
    archive = read_sources([corpus / "_books"])
    return [item for item in archive.collections if item.kind is CollectionKind.BOOK]


def test_every_link_of_the_archive_is_right(books: Sequence[RawCollection]) -> None:
    n_messages, n_borrowed, n_repeated = 0, 0, 0
    for item in books:
        landed = [*landings(item)]
        found = {place: fragment for place, fragment, _ in landed}
        assert [place for place, _, hits in landed if not is_right(place, hits, found)] == []
        n_messages += len(landed)
        n_borrowed += len(landed) - len({*found.values()})
        n_repeated += sum(len(hits) > 1 for _, _, hits in landed)
    assert n_messages > 5_000
    assert n_borrowed <= 10
    assert n_repeated <= 1


@pytest.fixture
def chromium() -> None:
    """Skip without Chromium, or fail where `ANSWERS_REQUIRE` names it."""
    if CHROMIUM is None or find_spec("playwright") is None:
        give_up = (
            pytest.fail if "chromium" in os.environ.get("ANSWERS_REQUIRE", "") else pytest.skip
        )
        give_up("no browser to open links in; install chromium, and playwright with pip")


@pytest.mark.usefixtures("chromium")
def test_chromium_lands_where_the_links_say(books: Sequence[RawCollection]) -> None:
    assert [landing for landing in open_links(books, sample=20) if not landing.right] == []


@pytest.mark.usefixtures("chromium")
def test_chromium_tells_a_wrong_link_from_a_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep_links, "_MATCH_TIMEOUT_MS", 3_000)
    item = book([("Ann", "Hi all"), ("Bob", "Hi Ann")], [("Ann", "Bye")])
    links = ["#:~:text=Bye", "#:~:text=Bob-,Hi", "#:~:text=Hi", "#:~:text=Ciao", ""]
    for path in ("b.html", "b.html?{}"):  # jumps within the page, and loads of their own
        paths = [path.format(number) for number in range(len(links))]
        landed = follow({"b": render_page(item)}, zip(paths, links, strict=True))
        assert [*landed] == [("b#1", 0), ("b#0", 1), ("b#0", 0), None, None]

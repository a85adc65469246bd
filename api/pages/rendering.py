"""Render the templates."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup
from starlette.routing import Match

from api.pages import words
from api.pages.assets import asset_url
from api.pages.excerpts import answer_window, question_window
from api.pages.markup.blocks import parse
from api.pages.markup.html import Note, to_html
from api.pages.markup.inline import visible
from api.pages.markup.links import safe_href
from api.pages.markup.markdown import to_words
from search.models import Span
from search.text.directives import encode

_SOFT_BREAK = re.compile(r"(?<=\S)[ \t]*\r?\n(?=[^\s\-*•\d])")
_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)
_NAVIGATION = (
    ("/books", "Books"),
    ("/authors", "Authors"),
    ("/topics", "Topics"),
    ("/voices", "Voices"),
    ("/check", "Check"),
)


_N_END_WORDS = 4
_WITHIN = {"/map": "/topics"}


class _WithoutIndentation(Extension):
    """Leaves out of the pages what indents their templates."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return a template's source without the white space that begins its lines."""
        return _INDENTATION.sub("", source)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the environment that all pages are rendered in."""
    env = Environment(
        loader=PackageLoader("api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
        extensions=[_WithoutIndentation],
    )
    env.globals |= {"asset": asset_url, "words": words}
    env.filters |= {
        "post": post_html,
        "question": question_html,
        "question_words": question_words,
        "answer": answer_html,
        "is_cut": is_cut,
        "directive": text_directive,
        "stretch": stretch_html,
        "prose": prose_html,
        "href": safe_href,
        "segment": path_segment,
        "place": message_place,
    }
    return env


def _finalize(value: object) -> object:
    """Make control characters visible in whatever a template prints."""
    return visible(value) if type(value) is str else value


def path_segment(text: str) -> str:
    """Write a slug or id so that it is one segment of an address."""
    return quote(text, safe="")


def message_place(message_id: str) -> int:
    """Return a message's number in its thread, from 1, as its page counts them."""
    number = message_id.rpartition("/")[2]
    return int(number) + 1 if number.isdecimal() else 1


def post_html(text: str, highlights: Sequence[Span] = (), notes: Sequence[Note] = ()) -> Markup:
    """Write a whole post."""
    return to_html(parse(text), marks=highlights, notes=notes)


def prose_html(text: str) -> Markup:
    """Write a text whose lines were wrapped by hand."""
    return to_html(parse(_SOFT_BREAK.sub(" ", text)))


def question_html(
    text: str, highlights: Sequence[Span] = (), names: frozenset[str] = frozenset()
) -> Markup:
    """Write a question in brief, on one line."""
    window = question_window(text, highlights, names)
    return to_html(parse(text), marks=highlights, window=window, inline=True) or Markup("…")


def question_words(text: str, names: frozenset[str] = frozenset()) -> str:
    """Return a question in brief as plain words."""
    return to_words(parse(text), window=question_window(text, (), names)) or "…"


def answer_html(text: str, highlights: Sequence[Span]) -> Markup:
    """Write what a card shows of an answer."""
    return to_html(parse(text), marks=highlights, window=answer_window(text, highlights))


def stretch_html(
    text: str, stretch: Span, highlights: Sequence[Span] = (), *, inline: bool = False
) -> Markup:
    """Write a stretch of a post, on one line if `inline`."""
    return to_html(parse(text), marks=highlights, window=stretch, inline=inline)


def is_cut(text: str, highlights: Sequence[Span]) -> bool:
    """Tell whether a card shows less than the whole answer."""
    window = answer_window(text, highlights)
    return window.end - window.start < len(text.strip())


def text_directive(text: str, highlights: Sequence[Span]) -> str:
    """Return what makes a browser mark the sentence that answers in the page of its thread.

    References:
        W3C, Text Fragments. https://wicg.github.io/scroll-to-text-fragment/
    """
    said = to_words(parse(text), window=highlights[0]).split() if highlights else []
    if not said:
        return ""
    ends = [said] if len(said) <= 2 * _N_END_WORDS else [said[:_N_END_WORDS], said[-_N_END_WORDS:]]
    return ":~:text=" + ",".join(encode(" ".join(each)) for each in ends)


def navigation(request: Request) -> list[tuple[str, str, bool]]:
    """Return the address and name of each page that exists, and whether it is the one shown."""
    here = _WITHIN.get(request.url.path, request.url.path)
    return [
        (path, name, here == path or here.startswith(f"{path}/"))
        for path, name in _NAVIGATION
        if has_page(request, path)
    ]


def has_page(request: Request, path: str) -> bool:
    """Tell whether an application has a page at an address."""
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


def render(template: str, **values: Any) -> str:  # noqa: ANN401
    """Render a template that needs no request."""
    return environment().get_template(template).render(**values)


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401
    """Render a whole page."""
    html = render(template, navigation=navigation(request), **values)
    return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-cache"})

"""Draw the map of an archive: one picture that needs nothing else, alone or in a page.

Colours and what is shown are chosen by style rules alone; there is no script in either form.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from api.documents import check_format, write_document
from search.engine import Engine
from search.text.display import printable
from search.topics import MapLabel, MapPoint, TopicMap

_SIZE = 1_000
_MARGIN = 60
_RADIUS = 3.6
_LABEL_CHARS = 26
_LINE = 17
_CHAR = 7.2
_GOLDEN_ANGLE = 137.508
_SAFE_URL = re.compile(r"https?://[^\s\"'<>]+")
_STYLE = """
svg{font:13px/1.2 system-ui,sans-serif;background:#fff}
circle{fill:#8a8a8a;fill-opacity:.45}circle.waits{fill-opacity:0;stroke:#8a8a8a;stroke-opacity:.7}
a:hover circle,a:focus circle{stroke:#000;stroke-opacity:1;stroke-width:2;fill-opacity:1}
text{text-anchor:middle;font-weight:600;fill:#111;stroke:#fff;stroke-width:4px;
stroke-linejoin:round;paint-order:stroke;pointer-events:none}
"""
_PAGE_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:1rem;color:#222;background:#fff}
main{display:grid;grid-template-columns:minmax(0,1fr) 17rem;gap:1rem}
svg{width:100%;height:auto;max-height:95vh;border:1px solid #ddd}
fieldset{border:0;padding:0;margin:0}label{display:block;padding:.15rem 0}
h1{font-size:1.3rem;margin:0 0 .5rem}small{color:#555}
@media(max-width:50rem){main{grid-template-columns:1fr}}
"""


def check_map_name(path: Path) -> None:
    """Refuse a file whose format is not known, before the work is done."""
    check_format(path, _RENDERERS)


def write_map(path: Path, engine: Engine) -> None:
    """Write the map of an archive in the format that the name of the file ends in.

    Raises:
        InvalidQueryError: If the name ends in none of the known formats.
        StorageError: If the disk is full, read-only or fails.
    """
    check_map_name(path)
    found = engine.topic_map()
    titles = {
        slug: engine.collection(slug).title for slug in {each.collection for each in found.points}
    }
    write_document(path, _RENDERERS[path.suffix.casefold()](found, titles))


def as_svg(found: TopicMap, titles: Mapping[str, str]) -> str:
    """Render a picture; `titles` are those of the collections."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_picture(found, titles)}\n'


def as_html(found: TopicMap, titles: Mapping[str, str]) -> str:
    """Render a page in which a topic can be picked."""
    picks = "\n".join(_pick(number, label) for number, label in enumerate(found.labels))
    rules = "".join(_rule(number) for number in range(len(found.labels)))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Map of the archive</title><style>{_PAGE_STYLE}{rules}</style></head>\n"
        f"<body><h1>{len(found.points)} threads, {len(found.labels)} topics</h1>\n"
        "<p>What is near in meaning lies near. A full dot was answered, a ring waits. "
        "Point at a dot for its question; follow it to the post.</p>\n"
        f"<main>{_picture(found, titles)}\n<fieldset><legend>Show</legend>"
        '<label><input type="radio" name="topic" id="all" checked> all topics</label>\n'
        f"{picks}</fieldset></main></body></html>\n"
    )


_RENDERERS: Mapping[str, Callable[[TopicMap, Mapping[str, str]], str]] = {
    ".html": as_html,
    ".svg": as_svg,
}


def _picture(found: TopicMap, titles: Mapping[str, str]) -> str:
    """Render the picture as one element."""
    numbers = {label.topic_id: number for number, label in enumerate(found.labels)}
    colours = "".join(
        f".t{number} circle{{fill:{_colour(number)};stroke:{_colour(number)}}}"
        for number in numbers.values()
    )
    points = "\n".join(_point(point, numbers, titles) for point in found.points)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" role="img">'
        f"<title>{len(found.points)} threads by topic</title><style>{_STYLE}{colours}</style>\n"
        f"{points}\n{''.join(_labels(found.labels))}</svg>"
    )


def _point(point: MapPoint, numbers: Mapping[str, int], titles: Mapping[str, str]) -> str:
    """Render one thread."""
    topic = "" if point.topic_id is None else f' class="t{numbers[point.topic_id]}"'
    waits = "" if point.answered else ' class="waits"'
    title = _escaped(f"{titles[point.collection]}: {point.question}")
    dot = (
        f'<circle{waits} cx="{_at(point.x):.1f}" cy="{_at(point.y):.1f}" r="{_RADIUS}">'
        f"<title>{title}</title></circle>"
    )
    if point.url and _SAFE_URL.fullmatch(point.url):
        return f'<a href="{html.escape(point.url)}"{topic}>{dot}</a>'
    return f"<g{topic}>{dot}</g>"


def _labels(labels: Sequence[MapLabel]) -> list[str]:
    """Render the names of topics, moved down where they would cover one another."""
    placed: list[tuple[float, float, float]] = []
    rendered = []
    for number, label in enumerate(labels):
        text = _short(label.label)
        x, y, half = _at(label.x), _at(label.y), len(text) * _CHAR / 2
        x = min(max(x, half), _SIZE - half)
        while any(
            abs(y - other_y) < _LINE and abs(x - other_x) < half + other_half
            for other_x, other_y, other_half in placed
        ):
            y += _LINE / 2
        placed.append((x, y, half))
        rendered.append(f'<text class="n{number}" x="{x:.1f}" y="{y:.1f}">{_escaped(text)}</text>')
    return rendered


def _short(label: str) -> str:
    """Return as many terms of a label as a map has room for, the first in any case."""
    terms = label.split(", ")
    while len(terms) > 1 and len(", ".join(terms)) > _LABEL_CHARS:
        terms.pop()
    return ", ".join(terms)


def _pick(number: int, label: MapLabel) -> str:
    """Render the choice of one topic."""
    return (
        f'<label><input type="radio" name="topic" id="pick{number}">'
        f' <span style="color:{_colour(number)}">●</span> {_escaped(label.label)}'
        f" <small>{label.n_threads}</small></label>"
    )


def _rule(number: int) -> str:
    """Return the rule that shows one topic alone."""
    picked = f"main:has(#pick{number}:checked) svg"
    return (
        f"{picked} :is(a,g):not(.t{number}){{opacity:.08}}"
        f"{picked} text:not(.n{number}){{display:none}}"
    )


def _colour(number: int) -> str:
    """Return a colour unlike that of the numbers near by."""
    hue, light = (number * _GOLDEN_ANGLE) % 360, (38, 50, 30)[number % 3]
    return f"hsl({hue:.0f} 65% {light}%)"


def _at(value: float) -> float:
    """Turn a coordinate from -1 to 1 into one of the picture."""
    return _SIZE / 2 + value * (_SIZE / 2 - _MARGIN)


def _escaped(text: str) -> str:
    """Return decoded text as it can stand in HTML and XML."""
    return html.escape(printable(text).replace("\n", " "))

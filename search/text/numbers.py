"""Where a question goes on after the number that its asker gave it."""

from search.models import Span
from search.text.markers import line_marker


def after_number(text: str, span: Span, number: int | None = None) -> Span:
    """Return a stretch of a post without the number it begins with.

    Args:
        text: The post.
        span: The stretch.
        number: The only number to leave out; None for any.
    """
    marker = line_marker(text, span.start, span.end)
    if marker is None or not marker.labels:
        return span
    if number is not None and marker.labels != (str(number),):
        return span
    rest = text[marker.end : span.end].lstrip()
    return Span(span.end - len(rest), span.end) if rest else span

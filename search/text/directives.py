"""Text fragments: what makes a browser mark words of the page that it opens."""

from urllib.parse import quote


def encode(text: str) -> str:
    """Write text as a part of a text directive, whose parts dashes and commas set apart.

    References:
        W3C, Text Fragments. https://wicg.github.io/scroll-to-text-fragment/
    """
    return quote(text, safe="").replace("-", "%2D")

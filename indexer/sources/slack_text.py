"""Turn Slack's markup into the form in which the archive's books hold it.

People become plain names, channels `#name`, and links `[text](address)`. `&amp;`, `&lt;` and
`&gt;` stay, as they do there.
"""

import re
from collections.abc import Callable

_MARKUP = re.compile(r"<([@#!]?)([^<>|\n]+)(?:\|([^<>]*))?>")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_MAIL = re.compile(r"mailto:|tel:", re.IGNORECASE)


def render(text: str, name_of: Callable[[str], str]) -> str:
    """Render a message's text.

    Args:
        text: As exported.
        name_of: Gives the name of a user's id.
    """

    def replace(found: re.Match[str]) -> str:
        sign, target, label = found[1], found[2], (found[3] or "").strip()
        if sign == "@":
            return label or name_of(target)
        if sign == "#":
            return "#" + (label or target).removeprefix("#")
        if sign == "!":
            return label if "^" in target and label else "@" + (label or target).removeprefix("@")
        return _render_link(found[0], target, label)

    return _MARKUP.sub(replace, text)


def _render_link(written: str, target: str, label: str) -> str:
    if not _ADDRESS.match(target):
        return written
    if _MAIL.match(target):
        return label or target.partition(":")[2]
    return f"[{label}]({target})" if label and label != target else target

"""Emoji by the names that Slack gives them."""

from functools import lru_cache

import emoji


@lru_cache(maxsize=1_000)
def emoji_of(name: str) -> str | None:
    """Return the emoji of a shortcode without its colons; None for one that is not standard."""
    for spelling in (name, name.replace("-", "_")):
        code = f":{spelling}:"
        found = emoji.emojize(code, language="alias")
        if found != code:
            return found
    return None

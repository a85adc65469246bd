"""Names as they are compared and as they stand in addresses."""

import re
import unicodedata

_UNDECOMPOSED = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae"})
_WORD = re.compile(r"[a-z0-9]+")


def fold_name(name: str) -> str:
    """Return a name in lower case, without accents."""
    if name.isascii():
        return name.lower()
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_UNDECOMPOSED))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def name_tokens(name: str) -> tuple[str, ...]:
    """Return the folded words of a name in order."""
    return tuple(_WORD.findall(fold_name(name)))


def slugify(name: str) -> str:
    """Return a name as it can stand in an address: lower case words joined by hyphens."""
    words = re.findall(r"[^\W_]+", fold_name(name))
    return "-".join(words) or "unnamed"

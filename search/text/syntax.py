"""What is typed into a search box besides words: quotation marks, a minus, the sign of a tag."""

import re

from search.text.tokens import tokenise

MOST_PHRASES = 3
_LEFT_OUT = re.compile(r"""(?<=\S[ \t])-(?:"([^"“”\n]+)"|“([^“”\n]+)”|([^\W\d_][^\s"“”,;]*))""")
_QUOTED = re.compile(r'"([^"“”\n]+)"|“([^“”\n]+)”')
_MARKS = re.compile(r'["“”]|(?<![\w#&])#(?=[^\W\d_])')
_REPEATED = re.compile(r"([!?])[!?]+")


def quoted_phrases(query: str) -> tuple[str, ...]:
    """Return what stands in double quotation marks, without phrases of stop words alone.

    Beyond the first three, quotation marks mean nothing.
    """
    return _phrases(_QUOTED, _LEFT_OUT.sub(" ", query))


def left_out_phrases(query: str) -> tuple[str, ...]:
    """Return the words, or phrases in quotation marks, behind a minus that follows another word."""
    return _phrases(_LEFT_OUT, query)


def _phrases(pattern: re.Pattern[str], query: str) -> tuple[str, ...]:
    """Return the first phrases that a pattern finds in one of its groups, each once."""
    found = (
        " ".join("".join(match.groups(default="")).split()) for match in pattern.finditer(query)
    )
    return tuple(dict.fromkeys(filter(tokenise, found)))[:MOST_PHRASES]


def plain(query: str) -> str:
    """Return a query without these signs and what is to be left out, as it is embedded."""
    return _REPEATED.sub(r"\1", _MARKS.sub("", _LEFT_OUT.sub("", query))).strip()

"""What is typed into a search box besides words: quotation marks, a minus, the sign of a tag."""

import re
from collections.abc import Callable, Iterable

from search.text.tokens import tokenise

MOST_PHRASES = 5
_MARKS = '"“”„«»＂'
_PHRASE = rf"[{_MARKS}]([^{_MARKS}\n]+)[{_MARKS}]"
_QUOTED = re.compile(_PHRASE)
_LEFT_OUT = re.compile(
    rf"(?:\A|(?<=[^\s\-][ \t]))-(?:{_PHRASE}|(?P<word>[^\W\d_]\w{{2,}}[^\s,;{_MARKS}]*))"
)
_LETTERS = re.compile(r"[^\W\d_]+")
_SIGNS = re.compile(rf"[{_MARKS}]|(?<![\w#&])#(?=[^\W\d_])")
_REPEATED = re.compile(r"([!?])[!?]+")


def quoted_phrases(text: str) -> tuple[str, ...]:
    """Return what stands in double quotation marks, without phrases of stop words alone.

    Beyond the first five, quotation marks mean nothing.
    """
    return _telling(match[1] for match in _QUOTED.finditer(text))


def without_left_out(
    query: str,
    *,
    is_word: Callable[[str], bool] = lambda word: True,
    is_joined: Callable[[str], bool] = lambda word: False,
) -> tuple[str, tuple[str, ...]]:
    """Return a query without the first five words or quoted phrases behind a minus, and these.

    A minus counts before a known word of three letters or more, behind a space and another word on
    the line, or at the beginning of a query of one line that asks for something else too.

    Args:
        query: What was typed.
        is_word: Tells whether a word, in small letters, is known; options of commands are not.
        is_joined: Tells whether words with hyphens, such as "scikit-learn", are known; a stray
            space in them is no exclusion.
    """
    said: list[str] = []
    left_out: list[str] = []
    end = 0
    for match in _LEFT_OUT.finditer(query):
        word = match["word"]
        before = query[: match.start()].split()[-1:]
        joined = word and before and before[0].isalnum() and is_joined(f"{before[0]}-{word}")
        unknown = word and not all(map(is_word, _LETTERS.findall(word.casefold())))
        if joined or unknown or (not match.start() and "\n" in query):
            continue
        if len(left_out) == MOST_PHRASES:
            break
        said.append(query[end : match.start()])
        left_out.append(word or match[1])
        end = match.end()
    asked = "".join([*said, query[end:]])
    telling = _telling(left_out)
    return (asked, telling) if telling and tokenise(asked) else (query, ())


def _telling(phrases: Iterable[str]) -> tuple[str, ...]:
    """Return the first phrases that have more than stop words, each once."""
    found = (" ".join(each.split()).strip(".,;:!?") for each in phrases)
    return tuple(dict.fromkeys(filter(tokenise, found)))[:MOST_PHRASES]


def plain(text: str) -> str:
    """Return a text without these signs, as it is embedded."""
    return _REPEATED.sub(r"\1", _SIGNS.sub("", text)).strip()

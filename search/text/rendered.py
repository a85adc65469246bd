"""Foresee which words of a post a Markdown renderer leaves alone, whichever one it is.

What becomes of a post depends on the renderer: quotes turn curly, `--` becomes a dash, marks of
emphasis, addresses and HTML vanish. A plain word stands between white space, is made of letters
and digits or of emoji, and at most a mark follows it that no rule rewrites; it is shown as it was
written.
"""

import html
import re
import unicodedata
from dataclasses import dataclass

_LONGEST_CHUNK = 60
_PLAIN = re.compile(
    r"(?P<before>[(\[\"'“‘]*)(?P<word>.+?)(?P<mark>(?:[!?]+|[,.;:])?\)?)"
    r"(?P<after>(?:[\]\"'”’][\])\"'”’,.;:!?]*)?)"
)
_NUMBER = re.compile(r"\d+[.,:]\d+")
_EMOJI_JOINERS = frozenset("\u200d\ufe0e\ufe0f")

_HIDDEN = re.compile(
    r"<[A-Za-z!?/][^<>]*>"  # an element or an address in angle brackets
    r"|!\[[^\[\]]*\]"  # the words that stand for an image
    r"|\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)?"  # the address and title of a link
    r"|\]\[[^\[\]\n]*\]"  # the name of a link's address
    r"|^[ ]{0,3}\*?\[[^\[\]\n]*\]:.*"  # the definition of one, of a footnote or abbreviation
    r"|^[ \t>]*(?:`{3}|~{3}).*",  # the language of a block of code
    re.MULTILINE,
)
_BLOCK = re.compile(r"^ {0,3}(?:\d{1,9}\.|[-*+>]|#{1,6})[ \t]+", re.MULTILINE)
_HIDES_THE_REST = re.compile(r"<(?!https?:|mailto:)[A-Za-z!?/]|\$\$|\{:")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CHUNK = re.compile(r"[^\s。、！？，：；]+")
_TOUCHES = "\0"

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_UNFOLDED = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i"})
_IGNORED_CATEGORIES = frozenset({"Mn", "Cf"})


@dataclass(frozen=True, slots=True)
class Word:
    """One plain word and the mark after it.

    `start` and `end` count tokens of the post; an emoji is none. `joined` says that one space
    parts it from the plain word before.
    """

    text: str
    mark: str
    start: int
    end: int
    joined: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """What of a post can be relied on.

    `tokens` is everything that may be read of it, in order, and `hidden` what is likely out of
    sight; both are folded. `opens` says that nothing is shown before the first word, `closes`
    that nothing is after the last and its mark.
    """

    words: tuple[Word, ...]
    tokens: tuple[str, ...]
    hidden: tuple[str, ...]
    opens: bool
    closes: bool


def fold(text: str) -> list[str]:
    """Return the words of a text such that those are equal that any browser takes for equal.

    Case, accents and ligatures are folded; where a script sets no spaces, each letter is one.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold()).translate(_UNFOLDED)
        text = "".join(c for c in text if unicodedata.category(c) not in _IGNORED_CATEGORIES)
    return _TOKEN.findall(text.lower())


def foresee(text: str) -> Rendered:
    """Foresee how a post is rendered, in time linear in its length."""
    shown, hidden, reliable = _split(text)
    tokens: list[str] = []
    words: list[Word] = []
    first = last = -1
    previous = len(shown)
    for match in _CHUNK.finditer(shown):
        start = len(tokens)
        tokens += fold(match[0])
        plain = _plain(match[0]) if match.end() <= reliable else None
        if plain:
            joined = not plain["before"] and shown[previous : match.start()] == " "
            words.append(Word(plain["word"], plain["mark"], start, len(tokens), joined))
            first = match.start() + plain.start("word") if first < 0 else first
            last = match.start() + plain.end("mark")
        previous = match.end() if plain and not plain["after"] else len(shown)
    return Rendered(
        tuple(words),
        tuple(tokens),
        tuple(hidden),
        opens=first == 0,
        closes=last == len(shown.rstrip(" ")),
    )


def _split(text: str) -> tuple[str, list[str], int]:
    """Return what is shown, the tokens that are not, and how far the former can be trusted."""
    unsafe = _HIDES_THE_REST.search(text)
    cut = unsafe.start() if unsafe else len(text)
    before, after = (_mask(part) for part in (text[:cut], text[cut:]))
    hidden = [token for match in _HIDDEN.finditer(text) for token in fold(_decode(match[0]))]
    return before + after, hidden, len(before)


def _mask(text: str) -> str:
    """Take out what starts a list, a quote or a heading, and what is not shown."""
    return _decode(_HIDDEN.sub(_TOUCHES, _BLOCK.sub("", text)))


def _decode(text: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def _plain(chunk: str) -> re.Match[str] | None:
    """Find the plain word in what stands between spaces, None where there is none."""
    match = _PLAIN.fullmatch(chunk) if len(chunk) <= _LONGEST_CHUNK else None
    if not match or (match["word"].isdecimal() and match["mark"][:1] in {".", ")"}):
        return None
    return match if _is_word(match["word"]) else None


def _is_word(text: str) -> bool:
    return text.isalnum() or _is_accented(text) or _is_emoji(text) or bool(_NUMBER.fullmatch(text))


def _is_accented(word: str) -> bool:
    """Tell whether a word is made of letters, digits and the accents that combine with them."""
    return word[0].isalnum() and all(char.isalnum() or _is_accent(char) for char in word)


def _is_accent(char: str) -> bool:
    return char not in _EMOJI_JOINERS and unicodedata.category(char) in {"Mn", "Mc"}


def _is_emoji(word: str) -> bool:
    return all(char in _EMOJI_JOINERS or _is_symbol(char) for char in word)


def _is_symbol(char: str) -> bool:
    return char >= "\u2600" and unicodedata.category(char) in {"So", "Sk"}

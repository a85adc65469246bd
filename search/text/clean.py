"""Turn a post as it was typed into words to match; the verbatim text stays what is shown."""

import html
import re
import unicodedata
from urllib.parse import unquote

_SLACK_LABELLED_LINK = re.compile(r"<(?:https?://|mailto:)[^<>|\s]{1,2000}\|([^<>|]{1,500})>")
_SLACK_BARE_LINK = re.compile(r"<(?:https?://|mailto:)[^<>\s]{1,2000}>")
_SLACK_REFERENCE = re.compile(r"<[@#!][^<>|\s]{1,100}(?:\|([^<>|]{1,200}))?>")
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]\n]{0,500})\]\([^()\s]{0,2000}\)")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]]{1,2000}")
_MENTION = re.compile(r"(?<![\w@])@[\w.\-]{1,80}")
_SHORTCODE = re.compile(r"(?<![\w:]):[a-z0-9+][a-z0-9_+'\-]{0,60}:(?![\w:])")
_QUOTE_MARK = re.compile(r"^[ \t]*>+[ \t]?", re.MULTILINE)
_CODE_FENCE = re.compile(r"`{1,3}")
_EMPHASIS = re.compile(r"(?<![\w*])([*_~])(?=\S)([^*_~\n]{1,300}?)(?<=\S)\1(?![\w*])")
_ADDRESS = re.compile(r"(?:https?://|www\.)([^\s<>()\[\]|?#]{1,2000})")
_NAME_IN_ADDRESS = re.compile(r"(?<![^\W_])[^\W\d_]{3,30}\d{0,4}(?![^\W_])")
_IN_ANY_ADDRESS_WORDS = """
abs archive archives blob com dp edu en htm html index main master net org pdf php products ref
tree watch wiki www
"""
_IN_ANY_ADDRESS = frozenset(_IN_ANY_ADDRESS_WORDS.split())
_BLANKS = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r" ?\n[ \n]*")

_MARKUP = (
    ("<", _SLACK_LABELLED_LINK, r"\1"),
    ("<", _SLACK_BARE_LINK, " "),
    ("<", _SLACK_REFERENCE, lambda match: match[1] or " "),
    ("](", _MARKDOWN_LINK, r"\1"),
    ("://", _URL, " "),
    ("www.", _URL, " "),
    ("@", _MENTION, " "),
    (":", _SHORTCODE, " "),
    (">", _QUOTE_MARK, ""),
    ("`", _CODE_FENCE, ""),
)

# What any step of `clean` looks for in one line of ASCII.
_MARKS = re.compile(r"[&<>@:`*_~]|\]\(|www\.|  ")

_DROPPED_CATEGORIES = frozenset({"So", "Sk", "Cf", "Cc", "Cs", "Co", "Mn"})
_KEPT_CONTROLS = frozenset("\n\t")


def _strip_symbols(text: str) -> str:
    """Drop emoji, invisible and control characters, which no word is made of."""
    if text.isascii() and text.isprintable():
        return text
    dropped = {
        ord(char)
        for char in set(text) - _KEPT_CONTROLS
        if unicodedata.category(char) in _DROPPED_CATEGORIES
    }
    return text.translate(dict.fromkeys(dropped)) if dropped else text


def clean(text: str) -> str:
    r"""Reduce a post to the words that carry its meaning.

    Decodes HTML entities once, keeps the label of a link and drops its address, drops mentions
    by handle, emoji, emoji shortcodes, quote marks and emphasis marks, and folds white space.
    Lines stay lines (`\n`). Runs in time linear in the length of the text.
    """
    if text.isascii() and text.isprintable() and not _MARKS.search(text):
        return text.strip()
    text = html.unescape(text).replace("\r\n", "\n").replace("\r", "\n")
    for sign, pattern, replacement in _MARKUP:
        if sign in text:
            text = pattern.sub(replacement, text)
    text = _EMPHASIS.sub(r"\2", text)
    text = _strip_symbols(unicodedata.normalize("NFC", text))
    return _BLANK_LINES.sub("\n", _BLANKS.sub(" ", text)).strip()


def names_in_addresses(text: str) -> tuple[str, ...]:
    """Return the names in the addresses of a post, in small letters, each once.

    They are of sites, projects and pages.
    """
    names = (
        name[0].casefold()
        for address in _ADDRESS.finditer(html.unescape(text))
        for name in _NAME_IN_ADDRESS.finditer(unquote(address[1]))
    )
    return tuple(name for name in dict.fromkeys(names) if name not in _IN_ANY_ADDRESS)


def without_accents(text: str) -> str:
    """Return a text without what stands above or below its letters, and ligatures as letters."""
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFKD", text)
    return "".join(each for each in parts if not unicodedata.combining(each))


def normalise(text: str) -> str:
    """Fold a text to what makes two posts the same post: cleaned words, case and spacing gone."""
    folded = unicodedata.normalize("NFKC", clean(text)).casefold()
    return " ".join(re.findall(r"\w+", folded))

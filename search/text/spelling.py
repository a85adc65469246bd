"""Repair misspelt words of a query with words that the archive uses.

A word is left alone where the archive knows it, which means that at least two people use it or
that it stands in an English dictionary. Otherwise the nearest word of the archive takes its
place: few changes first, then a common word before a rare one. The dictionary is the word list
of symspellpy; it is read at the first word that the archive lacks.
"""

import math
import re
from collections.abc import Callable, Container, Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from search.errors import ModelUnavailableError

_PACKAGE = "symspellpy"
_WORD_LIST = "frequency_dictionary_en_82_765.txt"
_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"(?<![\w@#+.\\:'’])[^\W\d_]+(?:['’][^\W\d_]+)?(?![\w@#+]|[.\\:'’]\w)")
_SHORTEST = 4
_LONG = 7
_LONGEST = 40
_SPEAKERS_TO_KNOW = 2
_SPEAKERS_TO_SUGGEST = 3
_MOST_UNKNOWN = 0.6
_FEW = 2
_COST_OF_A_CHANGE = 4.0
_SAME_FIRST_LETTER = 1.0
_COMMON = 3_000_000
"""How often a word is counted that is more than a name; 22 of 46 authors' surnames are rarer."""
_CHAT = {
    "bcoz": "because",
    "coz": "because",
    "cud": "could",
    "cuz": "because",
    "gonna": "going to",
    "jus": "just",
    "pls": "please",
    "plz": "please",
    "ppl": "people",
    "shud": "should",
    "thx": "thanks",
    "u": "you",
    "ur": "your",
    "wanna": "want to",
    "wat": "what",
    "wich": "which",
    "wud": "would",
}


def count_speakers(posts: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Count for each folded word how many speakers use it; posts are a speaker and a text."""
    speakers: dict[str, set[str]] = {}
    for speaker, text in posts:
        for word in _LETTERS.findall(text.casefold()):
            if len(word) <= _LONGEST:
                speakers.setdefault(word, set()).add(speaker)
    return {word: len(users) for word, users in sorted(speakers.items())}


def english_words() -> frozenset[str]:
    """Return the words of an English dictionary, read once."""
    return _english()[0]


def common_english_words() -> frozenset[str]:
    """Return those that are common, which most names in the dictionary are not."""
    return _english()[1]


@cache
def _english() -> tuple[frozenset[str], frozenset[str]]:
    """Return all words of an English dictionary and the common ones, read once.

    No code of the package is run.

    Raises:
        ModelUnavailableError: If the package that has the list is not installed.
    """
    spec = find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / _WORD_LIST
        if path.is_file():
            lines = (line.split() for line in path.read_text("utf-8-sig").splitlines())
            counts = {word: int(count) for word, count in filter(None, lines)}
            common = (word for word, count in counts.items() if count >= _COMMON)
            return frozenset(counts), frozenset(common)
    raise ModelUnavailableError(f"no word list: install {_PACKAGE}, which has {_WORD_LIST}")


class Speller:
    """Knows the words of one archive."""

    def __init__(
        self,
        counts: Mapping[str, int],
        *,
        dictionary: Callable[[], Container[str]] = english_words,
    ) -> None:
        """Learn the words.

        Args:
            counts: How many speakers use each word, from `count_speakers`.
            dictionary: Returns further words that are spelt right.
        """
        self._known = frozenset(
            word for word, count in counts.items() if count >= _SPEAKERS_TO_KNOW
        )
        self._suggested = {
            word: math.log(count)
            for word, count in counts.items()
            if count >= _SPEAKERS_TO_SUGGEST and len(word) >= _SHORTEST - 1 and word.isascii()
        }
        self._suggestions = list(self._suggested)
        self._dictionary = dictionary

    def repair(self, text: str) -> str:
        """Replace misspelt words and chat spellings.

        A text most of whose words are unknown is another language, or none, and stays.
        """
        text = _WORD.sub(lambda match: _CHAT.get(match[0], match[0]), text)
        words = _WORD.findall(text)
        unknown = [word for word in words if not self._knows(word)]
        if len(unknown) > max(_FEW, _MOST_UNKNOWN * len(words)):
            return text
        repaired = {word: self._nearest(word) for word in unknown}
        return _WORD.sub(lambda match: repaired.get(match[0], match[0]), text)

    def share_known(self, text: str) -> float:
        """Return the share of a text's words that are spelt right, 1 for a text without words."""
        words = _LETTERS.findall(text)
        return sum(map(self._knows, words)) / len(words) if words else 1.0

    def _knows(self, word: str) -> bool:
        """Tell whether a word is spelt right, as far as anybody can know."""
        folded = word.casefold()
        return len(word) < _SHORTEST or not _LETTERS.fullmatch(folded) or self.has(folded)

    def understands(self, word: str) -> bool:
        """Tell whether a word is known here or misspells one that is; it is in small letters."""
        return self.has(word) or (len(word) >= _SHORTEST and self._nearest(word) != word)

    def has(self, word: str) -> bool:
        """Tell whether the archive or the dictionary has a word, which is in small letters."""
        return word in self._known or word in self._dictionary()

    def _nearest(self, word: str) -> str:
        """Return the likeliest word of the archive; the word itself where none is near.

        Inner capitals mark names of products, and names change by one letter at most.
        """
        folded = word.casefold()
        is_lower = word == folded
        if not folded.isascii() or len(word) > _LONGEST or not (is_lower or word.istitle()):
            return word
        found = process.extract(
            folded,
            self._suggestions,
            scorer=OSA.distance,
            score_cutoff=2 if is_lower and len(word) >= _LONG else 1,
            limit=None,
        )
        return (
            max((self._likelihood(folded, other, distance), other) for other, distance, _ in found)[
                1
            ]
            if found
            else word
        )

    def _likelihood(self, word: str, other: str, distance: float) -> float:
        """Weigh how common a word is against what must change."""
        same_start = _SAME_FIRST_LETTER if word[0] == other[0] else 0.0
        return self._suggested[other] - _COST_OF_A_CHANGE * distance + same_start

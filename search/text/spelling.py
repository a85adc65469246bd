"""Repair misspelt words of a query with words that the archive uses.

A word is left alone where the archive knows it, which means that at least two people use it or
that it stands in an English dictionary or among names and terms of the field (`names.txt`).
Otherwise the nearest word of the archive takes its place: few changes first, then a common word
before a rare one, and one that stands in many threads with the word before or behind it. What a
single person wrote may be a name or a slip of theirs; only a long word gives way to one that
differs in one letter. First letters stay. The dictionary is the word list of symspellpy; it is read
at the first word that the archive lacks.
"""

import math
import re
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from search.errors import ModelUnavailableError
from search.text.clean import without_accents
from search.text.tokens import STOP_WORDS

_PACKAGE = "symspellpy"
_NAMES = "names.txt"
_WORD_LIST = "frequency_dictionary_en_82_765.txt"
_LETTERS = re.compile(r"[^\W\d_]+")
_ONE_WORD = re.compile(r"(?=\d*[^\W\d])[^\W_]{3,}")
_WORD = re.compile(r"(?<![\w@#+.\\:'’])[^\W\d_]+(?:['’][^\W\d_]+)?(?![\w@#+]|[.\\:'’]\w)")
_GAP = re.compile(r"[ \-]")
_HARDLY = 2
_SHORTEST = 4
_LONG = 7
_LONG_ENOUGH_FOR_A_SLIP = 6
_LONG_ENOUGH_TO_JOIN = 7
_FEWEST_TOGETHER = 3
_LONGEST = 40
_SPEAKERS_TO_KNOW = 2
_SPEAKERS_TO_SUGGEST = 3
_FEW = 2
_MOST_REPAIRED = 12
_MOST_PARTED = 3
_MOST_UNKNOWN = 0.6
_MOST_LEFT_UNKNOWN = 0.34
_COST_OF_A_CHANGE = 4.0
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
    """Return the words of an English dictionary and of the field (`names.txt`), read once."""
    return _words()[0]


def common_english_words() -> frozenset[str]:
    """Return those that are common, which most names in the dictionary are not."""
    return _words()[1]


def names_of_the_field() -> frozenset[str]:
    """Return the words of `names.txt` that the English dictionary does not have."""
    return _words()[2]


@cache
def _words() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return all words, the common ones, and names that are no English words, read once.

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
            names = files("search.text").joinpath(_NAMES).read_text("utf-8").split()
            return (
                frozenset(counts).union(names),
                frozenset(common),
                frozenset(names).difference(counts),
            )
    raise ModelUnavailableError(f"no word list: install {_PACKAGE}, which has {_WORD_LIST}")


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text, and what was put in the place of which of its words."""

    text: str
    words: Mapping[str, str]


def _verb(word: str) -> str | None:
    """Return the long verb in -e of which a word is another form ("anonymizes", "vectorizing").

    Other verbs may double a letter or change one, and errors are made just there.
    """
    for ending in ("s", "d", "ing"):
        verb = word.removesuffix(ending) + ("e" if ending == "ing" else "")
        if word.endswith(ending) and verb.endswith("e") and len(verb) > _LONG:
            return verb
    return None


class Speller:
    """Knows the words of one archive."""

    def __init__(
        self,
        counts: Mapping[str, int],
        *,
        dictionary: Callable[[], Container[str]] = english_words,
        n_with: Callable[[str], int] = lambda words: 0,
        n_saying: Callable[[str], int] = lambda words: 0,
    ) -> None:
        """Learn the words.

        Args:
            counts: How many speakers use each word, from `count_speakers`.
            dictionary: Returns further words that are spelt right.
            n_with: Counts the threads that have all of some words.
            n_saying: Counts those that have them one after the other.
        """
        self._counts = counts
        self._n_with = n_with
        self._n_saying = n_saying
        self._known = frozenset(
            word for word, count in counts.items() if count >= _SPEAKERS_TO_KNOW
        )
        self._dictionary = dictionary

    @cached_property
    def _suggested(self) -> Mapping[str, float]:
        """The words that may take the place of another, by how common they are."""
        words = self._dictionary()
        return {
            word: math.log(count)
            for word, count in self._counts.items()
            if len(word) >= _SHORTEST - 1
            and word.isascii()
            and (count >= _SPEAKERS_TO_SUGGEST or word in words)
        }

    @cached_property
    def _suggestions(self) -> list[str]:
        return list(self._suggested)

    def repair(self, text: str, *, kept: Collection[str] = ()) -> Repaired:
        """Replace misspelt words and chat spellings.

        A text is another language, or none, and stays where more than twelve words are unknown, or
        most, and some of them near no other, or short.

        Args:
            text: What somebody typed.
            kept: Words, in small letters, that are meant as they are typed.
        """
        text = _WORD.sub(lambda match: _CHAT.get(match[0], match[0]), text)
        text, joined = self._join(text, kept)
        words = _WORD.findall(text)
        beside = {
            word: {*words[max(0, n - 1) : n], *words[n + 1 : n + 2]} for n, word in enumerate(words)
        }
        words = [word for word in words if word.casefold() not in kept]
        unknown = [word for word in words if not self._knows(word)]
        n_unknown = len(set(unknown))
        if n_unknown > _MOST_REPAIRED:
            return Repaired(text, joined)
        strange = [word for word in unknown if not self._is_written(word.casefold())]
        many = len(strange) > max(_FEW, _MOST_UNKNOWN * len(words))
        if many and any(len(word) <= _SHORTEST for word in strange):
            return Repaired(text, joined)
        # Threads are read to part a word.
        unwritten = [word for word in dict.fromkeys(words) if word.casefold() not in self._counts]
        parted = {word: self._parts(word.casefold()) for word in unwritten[:_MOST_PARTED]}
        nearest = {
            word: parted.get(word) or self._nearest(word, beside[word])
            for word in dict.fromkeys(unknown)
        }
        nearest |= {word: parts for word, parts in parted.items() if parts}
        repaired = {word: other for word, other in nearest.items() if other != word}
        lost = sum(word in nearest and not self._occurs(nearest[word]) for word in words)
        if lost > _MOST_LEFT_UNKNOWN * len(words):
            return Repaired(text, joined)
        text = _WORD.sub(lambda each: repaired.get(each[0], each[0]), text)
        return Repaired(text, {**joined, **repaired})

    def _join(self, text: str, kept: Collection[str]) -> tuple[str, dict[str, str]]:
        """Join two words that the archive writes as one, and hardly anybody as two."""
        joined: dict[str, str] = {}
        for first, second in pairwise(_LETTERS.finditer(text)):
            pair = text[first.start() : second.end()]
            word = f"{first[0]}{second[0]}".casefold()
            if (
                _GAP.fullmatch(text, first.end(), second.start())
                and self._counts.get(word, 0) >= _SPEAKERS_TO_SUGGEST
                and not {first[0].casefold(), second[0].casefold()} & set(kept)
                and self._n_saying(pair) <= _HARDLY
            ):
                joined[pair] = word
        for pair, word in joined.items():
            text = text.replace(pair, word)
        return text, joined

    def share_known(self, text: str) -> float:
        """Return the share of a text's words that are English or occur; 1 for no words."""
        words = _LETTERS.findall(text)
        return sum(map(self._occurs, words)) / len(words) if words else 1.0

    def _knows(self, word: str) -> bool:
        """Tell whether a word is spelt right, as far as anybody can know."""
        folded = word.casefold()
        return len(word) < _SHORTEST or not _LETTERS.fullmatch(folded) or self.has(folded)

    def _occurs(self, word: str) -> bool:
        """Tell whether a word is spelt right, or somebody in the archive writes it like this."""
        return self._knows(word) or self._is_written(word.casefold())

    def _is_written(self, word: str) -> bool:
        """Tell whether somebody in the archive writes a word, its plural, or one of its stem."""
        return word in self._counts or f"{word}s" in self._counts or self._n_with(word) > 0

    def is_name(self, text: str) -> bool:
        """Tell whether a text is one word that is not English, but that somebody says here."""
        return (
            _ONE_WORD.fullmatch(text) is not None
            and self._is_no_english(text.casefold())
            and self._n_saying(text) > 0
        )

    def _is_no_english(self, word: str) -> bool:
        """Tell whether an English dictionary lacks a word, which is in small letters."""
        return word not in self._dictionary() or word in names_of_the_field()

    def understands(self, word: str) -> bool:
        """Tell whether a word is known here or misspells one that is; it is in small letters."""
        return self.has(word) or (len(word) >= _SHORTEST and self._nearest(word) != word)

    def has(self, word: str) -> bool:
        """Tell whether the archive or the dictionary has a word, which is in small letters."""
        if self._is_listed(word):
            return True
        verb = _verb(word)
        return verb is not None and self._is_listed(verb)

    def _is_listed(self, word: str) -> bool:
        """Tell whether the archive or the dictionary has just this word."""
        return word in self._known or word in self._dictionary()

    def _nearest(self, word: str, beside: Iterable[str] = ()) -> str:
        """Return the likeliest words of the archive; the word itself where none are near.

        Inner capitals mark names of products, and names change by one letter at most.

        Args:
            word: A word that is not known.
            beside: The words before and behind it.
        """
        folded = word.casefold()
        plain = without_accents(folded)
        if plain != folded and self.has(plain):
            return plain
        is_lower = word == folded
        if not folded.isascii() or len(word) > _LONGEST or not (is_lower or word.istitle()):
            return word
        is_written = self._is_written(folded)
        if is_written and len(word) < _LONG_ENOUGH_FOR_A_SLIP:
            return word
        most_changes = 2 if is_lower and len(word) >= _LONG and not is_written else 1
        near = self._likelihoods(folded, beside, most_changes)
        return max(near, key=lambda other: (near[other], other), default=word)

    def _parts(self, word: str) -> str | None:
        """Return the two words that a long one joins, which several threads say; else None."""
        if len(word) < _LONG_ENOUGH_TO_JOIN:
            return None
        pairs = (
            (word[:place], word[place:])
            for place in range(_SHORTEST - 1, len(word) - _SHORTEST + 2)
        )
        n_with = {
            f"{first} {second}": self._n_with(f"{first} {second}")
            for first, second in pairs
            if {first, second} <= self._suggested.keys() and STOP_WORDS.isdisjoint((first, second))
        }
        best = max(n_with, key=lambda pair: (n_with[pair], pair), default=None)
        return best if best and self._n_saying(best) >= _FEWEST_TOGETHER else None

    def _likelihoods(
        self, word: str, beside: Iterable[str], most_changes: int
    ) -> Mapping[str, float]:
        """Return the words of the archive near a folded word, and how likely each is meant.

        How common it is, here and beside others, is weighed against what must change. The first
        letter stays, or changes places with the second.
        """
        known = [each.casefold() for each in beside if self._knows(each)]
        company = [each for each in known if each not in STOP_WORDS]
        likelihoods = {}
        for other, changes, _ in process.extract(
            word, self._suggestions, scorer=OSA.distance, score_cutoff=most_changes, limit=None
        ):
            if word[0] == other[0] or word[:2] == other[1::-1]:
                together = [math.log1p(self._n_with(f"{other} {each}")) for each in company]
                likelihoods[other] = (
                    self._suggested[other]
                    + (sum(together) / len(together) if together else 0.0)
                    - _COST_OF_A_CHANGE * changes
                )
        return likelihoods

"""The threads in which somebody says a phrase."""

import html
import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from search.lexical import LexicalIndex
from search.rankings import Rows
from search.recent import remembering
from search.store import ThreadStore
from search.text.clean import without_accents
from search.text.tokens import singular

_BETWEEN = re.compile(r"[\s\-–—]+")
_EDGES = re.compile(r"\A[\W_]+|(?:_|[^\w+#])+\Z")
_APOSTROPHE = re.compile("['’]")
_MOST_READ = 2_000
_REMEMBERED_PHRASES = 16


def says(text: str, phrase: str) -> bool:
    """Tell whether a verbatim text has the words of a phrase, one after the other.

    Case, accents, punctuation, emphasis and the plural of the last word make no difference.
    """
    return _has(text, _pattern(phrase))


def _has(text: str, pattern: re.Pattern[str]) -> bool:
    """Tell whether a pattern is found in a verbatim text."""
    said = html.unescape(text) if "&" in text else text
    return pattern.search(without_accents(said)) is not None


def _words(phrase: str) -> list[str]:
    """Return the words of a phrase, which has some, with the signs of "C++" and "C#"."""
    return [word for each in _BETWEEN.split(phrase) if (word := _EDGES.sub("", each))]


@lru_cache(maxsize=_REMEMBERED_PHRASES)
def _pattern(phrase: str) -> re.Pattern[str]:
    """Return what finds a phrase in a text."""
    words = _words(without_accents(phrase))
    words[-1] = singular(words[-1])
    said = r"[\W_]{1,20}".join(_APOSTROPHE.sub("['’]", re.escape(word)) for word in words)
    return re.compile(rf"(?<![^\W_]){said}s?(?![^\W_])", re.IGNORECASE)


def _near(first: str, second: str) -> re.Pattern[str]:
    """Return what finds two words in this or the other order with up to seven others between."""
    one, other = (rf"{re.escape(singular(word))}s?(?![^\W_])" for word in (first, second))
    between = r"(?:[\W_]{1,20}[^\W_]{1,40}){0,7}[\W_]{1,20}"
    both = rf"(?:{one}{between}{other}|{other}{between}{one})"
    return re.compile(rf"(?<![^\W_]){both}", re.IGNORECASE)


class PhraseFinder:
    """Finds phrases in the messages of one archive."""

    def __init__(self, store: ThreadStore, lexical: LexicalIndex) -> None:
        """Read the threads that have all words of a phrase from the store."""
        self._store = store
        self._lexical = lexical
        # A search asks up to three times.
        self.rows_saying = remembering(self._rows_saying, most=_REMEMBERED_PHRASES)

    def n_with(self, words: str) -> int:
        """Count the threads that have all of some words."""
        return len(self._lexical.having_all(words))

    def n_saying(self, phrase: str) -> int:
        """Count the threads in which a message says a phrase."""
        return len(self.rows_saying(phrase))

    def n_near(self, words: str) -> int:
        """Count the threads in which a message has two words, one soon after the other."""
        rows = self._lexical.having_all(words)[:_MOST_READ]
        pattern = _near(*words.split())
        return int(sum(self._matches(pattern, rows)))

    def are_saying(self, phrase: str, rows: Rows) -> NDArray[np.bool_]:
        """Tell of some threads whether a message says a phrase, shape `(n,)`."""
        return np.array(self._matches(_pattern(phrase), rows), dtype=bool)

    def _matches(self, pattern: re.Pattern[str], rows: Rows) -> list[bool]:
        """Tell of some threads whether a pattern is found in a message."""
        ids = self._store.thread_ids()
        threads = self._store.threads([ids[row] for row in rows])
        return [any(_has(each.text, pattern) for each in thread.messages) for thread in threads]

    def _rows_saying(self, phrase: str) -> Rows:
        """Return the rows of the threads in which a message says a phrase, in order.

        Of the threads that have all its words, the best 2,000 are read.
        """
        words = " ".join(_words(phrase))
        rows = self._lexical.having_all(words)
        if len(rows) > _MOST_READ:
            scores = self._lexical.scores(words, rows=rows)
            rows = np.sort(rows[np.argsort(-scores, kind="stable")[:_MOST_READ]])
        return np.asarray(rows[self.are_saying(phrase, rows)], dtype=np.int64)

"""Put what an archive says in the place of what hardly anybody in it says, and means the same.

`synonyms.txt` has a group of phrases a line, in small letters, which can take each other's place in
a question about data, software and work. Which one takes which other's place is the archive's
matter: where at most two threads have all words of a phrase, the one of its group that most threads
say stands for it; where none is said, the one whose words most threads have.
"""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files

from search.text.spelling import Repaired

Group = tuple[str, ...]

_FILE = "synonyms.txt"
_WORD = re.compile(r"[^\W_]+(?:[.&/'’][^\W_]+)*[+#]*")
_HARDLY = 2
_FEWEST_SAYING = 3
_FEWEST_WITH = 5
_TIMES_AS_OFTEN = 3


@cache
def published_groups() -> tuple[Group, ...]:
    """Read the groups that ship with the program."""
    lines = files("search.text").joinpath(_FILE).read_text("utf-8").splitlines()
    return tuple(tuple(map(str.strip, line.split("="))) for line in lines if line)


class Synonyms:
    """Knows which phrases one archive has for others."""

    def __init__(
        self,
        *,
        n_with: Callable[[str], int],
        n_saying: Callable[[str], int],
        groups: Callable[[], Sequence[Group]] = published_groups,
    ) -> None:
        """Learn how often the archive has phrases, and when they are first needed, the groups.

        Args:
            n_with: Counts the threads that have all words of a phrase.
            n_saying: Counts those that have them one after the other.
            groups: Returns phrases that mean the same.
        """
        self._n_with = n_with
        self._n_saying = n_saying
        self._groups = groups
        self._chosen: dict[str, str | None] = {}

    @cached_property
    def _by_first(self) -> Mapping[str, Sequence[tuple[tuple[str, ...], str, Group]]]:
        """For each first word the phrases that begin with it, the longest first."""
        found: dict[str, list[tuple[tuple[str, ...], str, Group]]] = {}
        for group in self._groups():
            for phrase in group:
                words = tuple(_words(phrase))
                found.setdefault(words[0], []).append((words, phrase, group))
        return {first: sorted(own, key=lambda each: -len(each[0])) for first, own in found.items()}

    def reword(self, text: str, *, kept: Container[str] = ()) -> Repaired:
        """Replace phrases that hardly anybody uses.

        Args:
            text: What is asked.
            kept: Words, in small letters, that stay as they are.
        """
        matches = list(_WORD.finditer(text))
        words = [_folded(match[0]) for match in matches]
        said, replaced, end, place = [], {}, 0, 0
        while place < len(words):
            n_words, other = self._at(words, place, kept)
            if other is not None:
                start, stop = matches[place].start(), matches[place + n_words - 1].end()
                said += [text[end:start], other]
                replaced[text[start:stop]] = other
                end = stop
            place += n_words
        return Repaired("".join([*said, text[end:]]), replaced)

    def _at(self, words: Sequence[str], place: int, kept: Container[str]) -> tuple[int, str | None]:
        """Return how many words the phrase at a place has, and what takes its place, if anything.

        The longest phrase counts, so that none is replaced within another.
        """
        for own, phrase, group in self._by_first.get(words[place], ()):
            if tuple(words[place : place + len(own)]) == own:
                if any(word in kept for word in own):
                    return len(own), None
                return len(own), self._better(phrase, group)
        return 1, None

    def _better(self, phrase: str, group: Group) -> str | None:
        """Return what the archive says for a phrase, None where it says the phrase or neither."""
        if phrase not in self._chosen:
            self._chosen[phrase] = self._choose(phrase, group)
        return self._chosen[phrase]

    def _choose(self, phrase: str, group: Group) -> str | None:
        """Compare a phrase with the others of its group."""
        n_with = self._n_with(phrase)
        if n_with > _HARDLY:
            return None
        fewest_saying, fewest_with = (_FEWEST_SAYING, _FEWEST_WITH) if n_with else (1, 1)
        others = [each for each in group if each != phrase]
        n_saying = {each: self._n_saying(each) for each in others}
        most_said = max(others, key=lambda each: n_saying[each])
        if n_saying[most_said] >= fewest_saying:
            return most_said
        together = {each: self._n_with(each) for each in others if " " in each}
        best = max(together, key=lambda each: together[each], default=None)
        least = max(fewest_with, _TIMES_AS_OFTEN * n_with)
        return best if best is not None and together[best] >= least else None


def _folded(word: str) -> str:
    """Return a word in small letters with a straight apostrophe."""
    return word.casefold().replace("’", "'")


def _words(text: str) -> list[str]:
    """Return the folded words of a text; a hyphen parts them."""
    return [_folded(match[0]) for match in _WORD.finditer(text)]

"""Put what an archive says in the place of what hardly anybody in it says, and means the same.

`synonyms.txt` has a group of phrases a line, in small letters, which can take each other's place in
a question about data, software and work. Which one takes which other's place is the archive's
matter: where at most two threads have all words of a phrase, the one of its group that most threads
say stands for it; where none is said, one whose two words more threads have, some of them near
each other.
"""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files
from itertools import chain

from search.text.spelling import Repaired
from search.text.tokens import singular

Group = tuple[str, ...]

_FILE = "synonyms.txt"
_WORD = re.compile(r"[^\W_]+(?:[.&/'’][^\W_]+)*[+#]*")
_HARDLY = 2
_FEWEST = 3
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
        n_near: Callable[[str], int],
        groups: Callable[[], Sequence[Group]] = published_groups,
    ) -> None:
        """Learn how often the archive has phrases, and when they are first needed, the groups.

        Args:
            n_with: Counts the threads that have all words of a phrase.
            n_saying: Counts those that have them one after the other.
            n_near: Counts those that have two words near each other.
            groups: Returns phrases that mean the same.
        """
        self._n_with = n_with
        self._n_saying = n_saying
        self._n_near = n_near
        self._groups = groups
        self._chosen: dict[str, str | None] = {}

    @cached_property
    def _by_first(self) -> Mapping[str, Sequence[tuple[tuple[str, ...], str, Group]]]:
        """For each first word the phrases that begin with it, the longest first."""
        found: dict[str, list[tuple[tuple[str, ...], str, Group]]] = {}
        for group in self._groups():
            for phrase in group:
                words = _words(phrase)
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
        firsts = dict.fromkeys((words[place], *_singular(words[place : place + 1])))
        for own, phrase, group in chain.from_iterable(
            self._by_first.get(first, ()) for first in firsts
        ):
            if _singular(words[place : place + len(own)]) == own:
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
        # "cicd" is what "ci/cd" is found by.
        if n_with > _HARDLY and (" " in phrase or self._n_saying(phrase)):
            return None
        fewest = _FEWEST if n_with else 1
        others = [each for each in group if each != phrase]
        n_saying = {each: self._n_saying(each) for each in others}
        most_said = max(others, key=lambda each: n_saying[each])
        if n_saying[most_said] >= fewest:
            return most_said
        together = {each: self._n_with(each) for each in others if each.count(" ") == 1}
        best = max(together, key=lambda each: together[each], default=None)
        if best is None or together[best] < max(fewest, _TIMES_AS_OFTEN * n_with):
            return None
        return best if self._n_near(best) >= max(1, self._n_saying(phrase)) else None


def _folded(word: str) -> str:
    """Return a word in small letters with a straight apostrophe."""
    return word.casefold().replace("’", "'")


def _words(text: str) -> tuple[str, ...]:
    """Return the folded words of a phrase, the last in the singular; a hyphen parts them."""
    return _singular([_folded(match[0]) for match in _WORD.finditer(text)])


def _singular(words: Sequence[str]) -> tuple[str, ...]:
    """Return words with the last in the singular."""
    return (*words[:-1], *map(singular, words[-1:]))

"""Find which books a post is about: it addresses their authors or names their titles."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from search.models import Author, Collection, Span
from search.names import title_words
from search.text.boilerplate import content_spans, name_words
from search.text.slugs import name_tokens
from search.text.tokens import STOP_WORDS

_SUBTITLE = re.compile(r"[:(]| - ")
_ARTICLE = re.compile(r"\A(?:the|an?)\s+", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_TITLE_WORD = re.compile(r"(?<![\w@./\\#&])(?<!\d-)[^\W_]+(?:['’]s\b)?(?![@/\\#]|\.\w)")
_WHOLE = re.compile(r"[^\w@/\\#]{0,2}")
_FEWEST_LETTERS = 3
_FEWEST_WORDS = 2
_SHORTEST_ACRONYM = 4


@dataclass(frozen=True, slots=True)
class TitledSpan:
    """Where a title, or its initials, stand in a text; `is_written` says, with capitals."""

    span: Span
    slug: str
    n_words: int
    is_written: bool

    def is_part_of(self, other: "TitledSpan") -> bool:
        """Tell whether another title that stands in the text contains this one."""
        own, its = self.span, other.span
        return its.start <= own.start and own.end <= its.end and own != its


class BookFinder:
    """Knows the authors and the titles of one archive."""

    def __init__(self, collections: Iterable[Collection], authors: Iterable[Author]) -> None:
        """Read names and titles."""
        people: Mapping[str, str] = {author.slug: author.name for author in authors}
        self.names = name_words(people.values()) - STOP_WORDS
        self._titles: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._printed: list[tuple[str, str, str]] = []
        self._initials: dict[str, list[str]] = {}
        self._written: dict[str, set[str]] = {}
        for item in collections:
            main = _ARTICLE.sub("", _SUBTITLE.split(item.title)[0]).strip()
            title = title_words(main)
            if len(title) >= _FEWEST_WORDS:
                self._titles.setdefault(title[0], []).append((title, item.slug))
                self._printed.append((main, main.lower(), item.slug))
            if len(title) >= _SHORTEST_ACRONYM:
                initials = "".join(word[0] for word in title)
                self._initials.setdefault(initials, []).append(item.slug)
            # Written "FoDE", too.
            printed = "".join(word[0] for word in _WORD.findall(main))
            if len(printed) >= _SHORTEST_ACRONYM and not printed.isupper():
                self._initials.setdefault(printed, []).append(item.slug)
            if len(title_words(item.title)) >= _FEWEST_WORDS:
                self._printed.append((item.title, item.title.lower(), item.slug))
            for slug in item.authors:
                for word in name_tokens(people.get(slug, "")):
                    if len(word) >= _FEWEST_LETTERS:
                        self._written.setdefault(word, set()).add(item.slug)

    @property
    def name_tokens(self) -> frozenset[str]:
        """The folded words of the names of those who wrote something."""
        return frozenset(self._written)

    def find(self, text: str) -> frozenset[str]:
        """Return the slugs of the books that a post is about; empty where it does not say."""
        return frozenset(self._addressed(text) | self._titled(text))

    def _addressed(self, text: str) -> set[str]:
        """Return the books of those who are greeted, thanked or addressed.

        Neighbouring words that are names in the same book are one person's, or co-authors'.
        """
        found: set[str] = set()
        for address in self._addresses(text):
            books = [
                self._written[word]
                for match in _WORD.findall(address)
                if match[0].isupper()
                for word in name_tokens(match)
                if word in self._written
            ]
            shared = [a & b for a, b in pairwise(books) if a & b]
            found.update(*(shared or books))
        return found

    def _addresses(self, text: str) -> list[str]:
        """Return the stretches of a post that only greet, address or thank."""
        cuts = [0]
        for span in content_spans(text, names=self.names):
            cuts += [span.start, span.end]
        cuts.append(len(text))
        return [text[start:end] for start, end in zip(cuts[::2], cuts[1::2], strict=True)]

    def titled(self, text: str) -> list[TitledSpan]:
        """Return where titles, or the initials of long ones, stand in a text, but in no longer one.

        A title stands there as it is printed, or by its words in any form.
        """
        found = [*self._by_words(text), *self._as_printed(text)]
        for match in _TITLE_WORD.finditer(text):
            # "PRDs" are several.
            is_mixed = not (match[0].isupper() or match[0].islower())
            initials = match[0] if is_mixed else "".join(name_tokens(match[0]))
            for slug in self._initials.get(initials, ()):
                found.append(TitledSpan(Span(*match.span()), slug, 1, is_written=True))
        return [each for each in dict.fromkeys(found) if not any(map(each.is_part_of, found))]

    def _as_printed(self, text: str) -> Iterator[TitledSpan]:
        """Return where titles stand as they are printed, in small letters or not."""
        small = text.lower()
        if len(small) != len(text):
            return
        for title, small_title, slug in self._printed:
            start = small.find(small_title)
            if start < 0:
                continue
            end = start + len(small_title)
            if _WHOLE.fullmatch(small[start - 1 : start] + small[end : end + 1]):
                said = text[start:end]
                is_written = said == title or _is_written(said)
                yield TitledSpan(Span(start, end), slug, len(title_words(title)), is_written)

    def _by_words(self, text: str) -> Iterator[TitledSpan]:
        """Return where the words of titles stand one after the other."""
        words = [
            (word, match) for match in _TITLE_WORD.finditer(text) for word in title_words(match[0])
        ]
        for place, (word, first) in enumerate(words):
            for title, slug in self._titles.get(word, ()):
                run = words[place : place + len(title)]
                if tuple(word for word, _ in run) == title:
                    span = Span(first.start(), run[-1][1].end())
                    is_written = _is_written(text[span.start : span.end])
                    yield TitledSpan(span, slug, len(title), is_written)

    def _titled(self, text: str) -> set[str]:
        """Return the books whose titles a post names.

        A title of two words counts where it is written with capitals or near "book".
        """
        said = "book" in name_tokens(text)
        return {
            each.slug
            for each in self.titled(text)
            if said or each.is_written or each.n_words > _FEWEST_WORDS
        }


def _is_written(title: str) -> bool:
    """Tell whether several words have capitals, but for those that titles write small."""
    words = _WORD.findall(title)
    small = (word for word in words if word[0].islower())
    return len(words) > 1 and STOP_WORDS.issuperset(small)

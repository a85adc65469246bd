"""Find the books that a query names, by their titles or authors, and what it asks besides."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from search.books import BookFinder
from search.models import Author, Span
from search.names import HONORIFICS
from search.once import Once
from search.text.slugs import name_tokens
from search.text.spelling import common_english_words, english_words
from search.text.tokens import STOP_WORDS, tokenise

_WORD = re.compile(r"(?<![\w./\\&#])(?<!\w@)[^\W_]+(?![\w@/\\]|\.\w)")
_GAP = re.compile(r"[\s.\-]{1,3}")
_FEWEST_WORDS = 2
_LONGEST_NAME = 6
_SHORTEST_SURNAME = 4
_SHORTEST_MISSPELT = 4
_SHORTEST_MISSPELT_SURNAME = 7
_LONG_WORD = 4
_LONG_TITLE = 3
_SAYS = r"(?:say|think|feel)s?|said|thought|felt"
_BEFORE = re.compile(
    r"\b(?:what|anything)(?:\s+(?:do|does|did|has|have|would))?\s+\Z"
    r"|\b(?:according\s+to|by|from|of|ask|per|do|does|did)\s+\Z",
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"(?:['’]s?(?!\w))?\s*(?:[:,]\s*|\b(?:{_SAYS})\b\s*|\b(?:write|talk)s?\s+(?=about\b|on\b))?"
    r"(?:\b(?:about|on)\b(?!-)\s*)?",
    re.IGNORECASE,
)
_BEFORE_TITLE = re.compile(
    r"(?:\b(?:in|from|of|by|per|about|according\s+to)\s+)?(?:\bthe\s+)?(?:\bbook\s+)?"
    r"(?:(?:called|titled)\s+)?[\"'“‘]?(?:\b(?:the|an?)\s+)?\Z",
    re.IGNORECASE,
)
_AFTER_TITLE = re.compile(r"[\"'”’]?(?:['’]s?(?!\w))?(?:\s+book\b)?\s*[:,]?\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"(?:[\s,&]|\b(?:and|or|with)\b)*", re.IGNORECASE)
_BOOK_BEFORE = re.compile(
    r"\bbook\s+(?:(?:called|titled)\s+)?(?:(?:the|an?)\s+)?[\"'“‘]?(?:(?:the|an?)\s+)?\Z",
    re.IGNORECASE,
)
_QUOTED_BEFORE = re.compile(r"[\"“‘]\Z")
_ANY_BEFORE = re.compile(
    r"\b(?:an?|any|some|other|another|good|great|best|better|which|what)\s+\Z", re.IGNORECASE
)
_BOOK_AFTER = re.compile(r"[\"'”’]?\s+book\b", re.IGNORECASE)
_NOT_MEANT_BEFORE = re.compile(
    r"\b(?:besides|except(?: for)?|excluding|apart from|other than|alternatives? to|unlike"
    r"|(?<!would )(?<!['’]d )(?<!explain )like"
    r"|instead of|rather than|without|not(?: (?:by|from|in))?"
    r"|(?:any|every|no) ?(?:body|one) but|all but|vs\.?|versus|compared? (?:to|with)"
    r"|differ\w* (?:from|than|to)|similar to|between(?: \S+){1,5} and|between)\s+"
    r"(?:(?:the|your|this|that|book|author)\s+)*\Z",
    re.IGNORECASE,
)
_NOT_MEANT_AFTER = re.compile(r"['’]?s?\s*(?:book\s+)?(?:vs\.?|versus|compared)\s", re.IGNORECASE)
_OR_BEFORE = re.compile(r"\bor\s+\Z", re.IGNORECASE)
_OR_AFTER = re.compile(r"\s+or\b", re.IGNORECASE)
_APART_BEFORE = re.compile(r"[:,;–—][\s\"'“‘]*\Z")
_APART_AFTER = re.compile(r"[\"'”’]?\s*[:,;–—]")
_LEADS = re.compile(r"\b(?:in|from|of|per|according\s+to)\s+(?:the\s+)?\Z", re.IGNORECASE)
_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]|(?<!\w)@(?=\s|\Z)")
_ASKS_NOTHING = frozenset(
    tokenise(
        "tell know think say said met meet anyone anybody someone opinion view please hello"
        " book review summary chapter edition"
    )
)
_ASKS_LITTLE = _ASKS_NOTHING.union(
    tokenise("use case best practice example tip top reason tutorial guide question course advice")
)
_WHOLE_QUESTION = 2
_EDGES = " \t\n,;:-–—"


@dataclass(frozen=True, slots=True)
class Mention:
    """The slugs of the books and authors that a query names, and the query without the names.

    An author's books are among the books. A title that stands alone is kept, because it may be
    what is asked about. `asks` is False for a query that only names people; `rest` is then the
    query itself. `titles` are the titles as the query writes them.
    """

    books: frozenset[str]
    rest: str
    asks: bool = True
    titles: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Person:
    """An author's slug, the folded words of the name, and the books."""

    slug: str
    name: tuple[str, ...]
    books: frozenset[str]


class _People:
    """Authors by their first and last names, and by their surnames."""

    def __init__(self, authors: Iterable[Author]) -> None:
        self.by_word: dict[str, list[_Person]] = {}
        self.by_surname: dict[str, list[_Person]] = {}
        for author in authors:
            name = tuple(word for word in name_tokens(author.name) if word not in HONORIFICS)
            if len(name) < _FEWEST_WORDS or not author.collections:
                continue
            person = _Person(author.slug, name, frozenset(author.collections))
            self.by_surname.setdefault(name[-1], []).append(person)
            for word in {name[0], name[-1]}:
                self.by_word.setdefault(word, []).append(person)
        self.surnames = list(self.by_surname)


@dataclass(frozen=True, slots=True)
class _Named:
    """What a query names, and what leads to it and on from it where it can be cut out.

    One that is not `is_sure` is cut out only where a whole question is left.
    """

    span: Span
    books: frozenset[str]
    before: re.Pattern[str] = _BEFORE
    after: re.Pattern[str] = _AFTER
    is_cut: bool = True
    is_sure: bool = True
    authors: frozenset[str] = frozenset()


class MentionFinder:
    """Knows the authors and the titles of one archive.

    A person is named by two words of a name together, one of them perhaps misspelt, or by a
    surname alone that is no common word, where words lead to it ("by", "'s", "says") or it stands
    at an end. A title is named where "book" stands beside it, by capitals in a query that has small
    letters too, and a long one between quotation marks or at an end. What is excluded or compared
    with something else is not named.
    """

    def __init__(
        self,
        finder: BookFinder,
        authors: Iterable[Author],
        *,
        aliases: Callable[[], Iterable[Author]] = tuple,
        dictionary: Callable[[], Container[str]] = english_words,
        common: Callable[[], Container[str]] = common_english_words,
        knows: Callable[[str], bool] = lambda word: True,
    ) -> None:
        """Read names.

        Args:
            finder: Knows the titles.
            authors: Those who may be named.
            aliases: Returns them by other names, which share a word with the first; read for the
                first query that has a word of a name.
            dictionary: Words that misspell no name.
            common: Words that are no surname alone.
            knows: Tells whether a word occurs in the archive or in the dictionary.
        """
        self._finder = finder
        self._dictionary = dictionary
        self._common = common
        self._knows = knows
        self._authors = tuple(authors)
        self._aliases = aliases
        self._own = _People(self._authors)
        self._name_words = frozenset(
            word for author in self._authors for word in name_tokens(author.name)
        )
        self._everybody: Once[_People] = Once()

    def find(self, query: str) -> Mention:
        """Return what a query names."""
        people = [each for each in self._people(query) if _is_meant(query, each.span)]
        titles = [each for each in self._titles(query) if _is_meant(query, each.span)]
        if not people and not titles:
            return Mention(frozenset(), query)
        books = frozenset().union(*(each.books for each in (*people, *titles)))
        authors = frozenset().union(*(each.authors for each in people))
        cut = [each for each in (*people, *titles) if each.is_cut]
        rest = _without(query, cut)
        if len(set(tokenise(rest)) - _ASKS_LITTLE) < _WHOLE_QUESTION:
            rest = _without(query, [each for each in cut if each.is_sure])
        if _ASKS_NOTHING.issuperset(tokenise(rest)):
            rest = _without(query, people)
        asks = bool(titles) or not _ASKS_NOTHING.issuperset(tokenise(rest))
        return Mention(
            books,
            rest if tokenise(rest) and asks else query,
            asks=asks,
            titles=frozenset(query[each.span.start : each.span.end] for each in titles),
            authors=authors,
        )

    def _titles(self, query: str) -> Iterator[_Named]:
        """Return where titles are named.

        A title that is not said to be a book's may be part of a sentence. One of two words counts
        with capitals alone or behind "in"; one of three also between quotation marks, or in small
        letters at an end of the query where no small word joins it to the rest. Where these are all
        that tells, it may be what is asked about. Where "or" offers a choice, it is not cut out.
        """
        for each in self._finder.titled(query):
            before, after = query[: each.span.start], query[each.span.end :]
            words = _WORD.findall(query[each.span.start : each.span.end].casefold())
            is_long = each.n_words >= _LONG_TITLE
            quoted = is_long and _QUOTED_BEFORE.search(before)
            said = bool(
                _BOOK_BEFORE.search(before)
                or (_BOOK_AFTER.match(after) and not _ANY_BEFORE.search(before))
                or "book" in words
            )
            led = _LEADS.search(before) is not None
            alone = not tokenise(before + after)
            apart = each.n_words != _FEWEST_WORDS or led or alone
            written = each.is_written and apart and not _is_title_case(f"{before} {after}")
            beside = is_long and _is_beside(before, after)
            parted = _APART_BEFORE.search(before) or _APART_AFTER.match(after)
            if said or quoted or written or beside or (is_long and alone):
                chooses = _OR_BEFORE.search(before) or _OR_AFTER.match(after)
                led_to = is_long and led and (written or not tokenise(after))
                surely = bool(said or quoted or led_to or (beside and (written or parted)))
                yield _Named(
                    each.span,
                    frozenset({each.slug}),
                    _BEFORE_TITLE,
                    _AFTER_TITLE,
                    is_cut=bool(surely or beside) and not chooses,
                    is_sure=surely,
                )

    def _people(self, query: str) -> Iterator[_Named]:
        """Return where authors are named."""
        matches = list(_WORD.finditer(query))
        words = ["".join(name_tokens(match[0])) for match in matches]
        known = self._known(words)
        place = 0
        while place < len(words):
            joined = _joined(query, matches[place : place + _LONGEST_NAME])
            n_words, people = self._longest(known, words[place : place + joined])
            before = matches[place - 1] if place else None
            if (
                not people
                and not self._follows_first_name(query, before, matches[place])
                and _is_led(query, matches[place])
            ):
                people = self._alone(known, words[place])
            if people:
                titled = before is not None and before[0].casefold() in HONORIFICS
                start = matches[place - 1 if titled else place].start()
                span = Span(start, matches[place + n_words - 1].end())
                yield _Named(
                    span,
                    frozenset().union(*(person.books for person in people)),
                    authors=frozenset(person.slug for person in people),
                )
            place += n_words

    def _known(self, words: Iterable[str]) -> _People:
        """Return those whom some words may name."""
        if self._name_words.isdisjoint(words):
            return self._own
        return self._everybody.get(lambda: _People([*self._authors, *self._aliases()]))

    def _longest(self, known: _People, words: Sequence[str]) -> tuple[int, Sequence[_Person]]:
        """Return how many words name somebody from the first on, and whom; 1 where nobody."""
        near = {id(person): person for word in words[:2] for person in known.by_word.get(word, ())}
        lengths = [(self._n_words(words, person), person) for person in near.values()]
        longest = max((n_words for n_words, _ in lengths), default=0)
        if longest < _FEWEST_WORDS:
            return 1, ()
        return longest, [person for n_words, person in lengths if n_words == longest]

    def _n_words(self, words: Sequence[str], person: _Person) -> int:
        """Return how many words name a person, of which two have letters and one is right."""
        left, n_right, n_long = list(person.name), 0, 0
        for word in words:
            found = word if word in left else self._misspelt(word, left)
            if found is None:
                break
            left.remove(found)
            n_long += len(word) > 1
            n_right += word == found and word in (person.name[0], person.name[-1])
        return len(person.name) - len(left) if n_right and n_long >= _FEWEST_WORDS else 0

    def _misspelt(self, word: str, names: Sequence[str]) -> str | None:
        """Return the name that a word misspells, which is no English word itself."""
        if len(word) < _SHORTEST_MISSPELT:
            return None
        found = process.extractOne(word, names, scorer=OSA.distance, score_cutoff=1)
        if found is None or len(found[0]) < _SHORTEST_MISSPELT or word in self._dictionary():
            return None
        return found[0]

    def _alone(self, known: _People, word: str) -> Sequence[_Person]:
        """Return whom a surname names without the first name."""
        people: Sequence[_Person] = known.by_surname.get(word, ())
        if not people and len(word) >= _SHORTEST_MISSPELT_SURNAME:
            surname = self._misspelt(word, known.surnames)
            people = known.by_surname[surname] if surname else ()
        if not people or len(word) < _SHORTEST_SURNAME or word in self._common():
            return ()
        return people

    def _follows_first_name(
        self, query: str, word: re.Match[str] | None, surname: re.Match[str]
    ) -> bool:
        """Tell whether the word before a surname makes it that of somebody else."""
        if word is None or not _GAP.fullmatch(query, word.end(), surname.start()):
            return False
        said = word[0].casefold()
        if said in STOP_WORDS or said in HONORIFICS:
            return False
        if word[0].islower():
            return not self._knows(said)
        return word.start() > 0 or said not in self._dictionary()


def _is_led(query: str, surname: re.Match[str]) -> bool:
    """Tell whether a surname alone is one: words lead to it or on, or it is at an end."""
    before, after = query[: surname.start()], query[surname.end() :]
    leads = _BEFORE.search(before) or _AFTER.match(after)[0].strip()  # type: ignore[index]
    return bool(leads) or not _WORD.search(before) or _is_beside(before, after)


def _is_beside(before: str, after: str) -> bool:
    """Tell whether what stands between is at an end, and no small word joins it to the rest.

    A comma, a colon or a dash parts them.
    """
    left, right = _WORD.findall(before)[-1:], _WORD.findall(after)[:1]
    if len(left) + len(right) != 1:
        return False
    apart = _APART_BEFORE.search(before) or _APART_AFTER.match(after)
    return apart is not None or (left + right)[0].casefold() not in STOP_WORDS


def _joined(query: str, matches: Sequence[re.Match[str]]) -> int:
    """Return how many words from the first on have nothing but a space or a hyphen between."""
    joined = 1
    while joined < len(matches) and _GAP.fullmatch(
        query, matches[joined - 1].end(), matches[joined].start()
    ):
        joined += 1
    return joined


def _is_title_case(text: str) -> bool:
    """Tell whether all long words of a text have capitals, so that capitals mean nothing."""
    long = [word for word in _WORD.findall(text) if len(word) >= _LONG_WORD]
    return len(long) > 1 and not any(word[0].islower() for word in long)


def _is_meant(query: str, span: Span) -> bool:
    """Tell whether a name is asked, and not excluded or compared."""
    return not (
        _NOT_MEANT_BEFORE.search(query[: span.start]) or _NOT_MEANT_AFTER.match(query, span.end)
    )


def _without(query: str, named: Iterable[_Named]) -> str:
    """Cut names out of a query, and the words that lead to them and on from them."""
    rest, start = [], 0
    for each in sorted(named, key=lambda each: (each.span.start, -each.span.end)):
        if each.span.start < start:
            continue
        said = query[start : each.span.start]
        before = each.before.search(said)
        if not start or not _BETWEEN.fullmatch(said):
            rest.append(said[: before.start()] if before else said)
        after = each.after.match(query, each.span.end)
        start = after.end() if after else each.span.end
    rest.append(query[start:])
    lines = _BRACKETS.sub(" ", " ".join(rest)).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip(_EDGES)

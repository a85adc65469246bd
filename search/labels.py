"""Name groups of texts by the words that set each apart from the others.

References:
    Grootendorst, "BERTopic: Neural topic modeling with a class-based TF-IDF procedure", 2022.
    https://arxiv.org/abs/2203.05794
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, KeysView, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import count

from search.text.tokens import tokenise, word_matches

Stems = tuple[str, ...]

NO_TERMS = "Unnamed"
N_TERMS = 8
N_IN_LABEL = 3
_MOST_CHARS = 1_000
_LEAST_SHARE = 0.1
_LEAST_SHARE_IN_LABEL = 0.14
_FEWEST_TEXTS = 2
_ENOUGH_TEXTS = 9
_PAIR_COVERS = 0.35
_LONG_FORM_COVERS = 0.15
_FEWEST_LOWER = 3
_MOST_ELSEWHERE = 0.12
_VOWELS = frozenset("aeiouy")

# What readers of any book write, whatever it is about.
_GENERAL_WORDS = """
able access active actually add advice already also always answer anything application appreciate
approach area article aspect available avoid bad basic basically become believe best better big
bit blog brain build case challenge change check choose come common complex concept
congratulations consider context cover current currently daily day decide definitely depend
describe detail develop difference different difficult directly discuss domain early easily easy
effective else end enjoy enough especially etc even ever every everyone everything exactly example
excite exciting exist expect experience explain face familiar far feel field final find finish
first focus follow free friend full fun future general generally get give given go goal good got
great group handle happen happy hard hello help hey hi high hope however idea identify implement
important include initial instead interest interesting introduce involve issue job journey keep
key kind know knowledge large last later lead least let level like link list little long look lot
love main maintain major make many matter maximum may maybe mean mention method might mind month
much must name near necessarily necessary need never new next nice normally novice number offer
often ok old one open opinion order others overall page part participating particular people per
perfect perform perhaps person place plan please point popular possible post practical practice
prefer pretty previous prior probably problem process professional project provide put question
quick quite rather read reading real really reason recent reference related release require
resource response result results right role run say second section see seem set share show side
similar simple simply since situation skill small someone something sometimes specific start state
step still strong stuff subject succeed suggest suggestion suitable support sure take talk target
technique techniques tell term thank thanks thing think though thought three throughout time tip
today together tool top topic traditional try two type typically understand understanding us use
useful user usually various version via want watch way week well whether whole within without
wonder word work working world worry would write writing written wrong wrote yeah year yes yet
"""
_GENERAL = frozenset(_GENERAL_WORDS.split())


@dataclass(frozen=True, slots=True)
class Term:
    """One or two neighbouring words: their stems, and how they are written most often."""

    stems: Stems
    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """What a group is called, and the terms that set it apart, the strongest first."""

    label: str
    terms: tuple[str, ...]


class TermReader:
    """Finds the terms of texts, and remembers how each is written."""

    def __init__(self, names: Collection[str]) -> None:
        """Leave out the words of people's names, where they are written as names."""
        self._names = names
        self._stems: dict[str, str | None] = {}
        self._written: dict[Stems, dict[str, int]] = {}

    def read(self, text: str) -> KeysView[Stems]:
        """Return the terms of the beginning of a text: words, and pairs with a blank between."""
        text = text[:_MOST_CHARS]
        found: dict[Stems, str] = {}
        before, before_start, before_end = None, 0, 0
        for start, end in (word.span() for word in word_matches(text)):
            stem = self._stem(text[start:end])
            if stem is not None:
                found.setdefault((stem,), text[start:end])
                if before not in (None, stem) and text[before_end:start] == " ":
                    found.setdefault((before, stem), text[before_start:end])
            before, before_start, before_end = stem, start, end
        for stems, written in found.items():
            forms = self._written.setdefault(stems, {})
            forms[written] = forms.get(written, 0) + 1
        return found.keys()

    def term(self, stems: Stems) -> Term:
        """Return a term as it is written most often."""
        forms = self._written[stems]
        best = min(forms, key=lambda form: (-forms[form], form))
        return Term(stems, best)

    def _stem(self, word: str) -> str | None:
        """Return the stem by which a word is counted, None where it says nothing."""
        if word not in self._stems:
            self._stems[word] = self._stem_of(word)
        return self._stems[word]

    def _stem_of(self, word: str) -> str | None:
        """Return the stem of a word, None where it is general, a name or no word."""
        folded = word.casefold()
        stems = tokenise(word)
        if not stems or len(folded) < 2 or folded.isdigit() or "'" in word or "’" in word:
            return None
        if not folded.islower() or {folded, stems[-1]} & _general_stems():
            return None
        if word[0].isupper() and folded in self._names:
            return None
        return stems[-1].removesuffix("s") if word[:-1].isupper() else stems[-1]


@cache
def _general_stems() -> frozenset[str]:
    """Return general words and their stems."""
    return _GENERAL.union(*map(tokenise, _GENERAL))


def name_groups(
    texts: Sequence[str], groups: Sequence[int], n_groups: int, *, names: AbstractSet[str]
) -> list[Name]:
    """Name groups of texts, each differently.

    A term's weight is the share of the group's texts that have it, times how much larger that
    share is than in the whole archive (c-TF-IDF on texts that have a term instead of its
    occurrences, so that no single text can name a group).

    Args:
        texts: The texts.
        groups: The group of each text; negative for none.
        n_groups: How many groups there are.
        names: Folded words of the names of people.
    """
    reader = TermReader(names - _written_lower(texts))
    counts = [Counter[Stems]() for _ in range(n_groups)]
    everywhere = Counter[Stems]()
    for text, group in zip(texts, groups, strict=True):
        terms = reader.read(text)
        everywhere.update(terms)
        if group >= 0:
            counts[group].update(terms)
    sizes = Counter(groups)
    taken: set[str] = set()
    found = []
    for group, own in enumerate(counts):
        chosen = _chosen(_weights(own, everywhere, sizes[group], len(texts)), own)
        least = min(_LEAST_SHARE_IN_LABEL * sizes[group], _ENOUGH_TEXTS)
        n_common = sum(own[stems] >= least for stems in chosen[1:N_IN_LABEL])
        found.append(_name([reader.term(each).text for each in chosen], 1 + n_common, taken))
        taken.add(found[-1].label.casefold())
    return found


def _written_lower(texts: Iterable[str]) -> AbstractSet[str]:
    """Return the words that several texts write without a capital: not names, or not only."""
    counts = Counter(word for text in texts for word in set(text.split()) if word.islower())
    return {word for word, n_with in counts.items() if n_with >= _FEWEST_LOWER}


def _weights(
    own: Mapping[Stems, int],
    everywhere: Mapping[Stems, int],
    n_own: int,
    n_texts: int,
) -> dict[Stems, float]:
    """Weigh the terms that enough of a group's texts have."""
    least = max(_FEWEST_TEXTS, min(_LEAST_SHARE * n_own, _ENOUGH_TEXTS))

    def elsewhere(stems: Stems) -> float:
        return (everywhere[stems] - own[stems]) / max(n_texts - n_own, 1)

    return {
        stems: n_with / n_own * math.log(n_with / n_own * n_texts / everywhere[stems])
        for stems, n_with in own.items()
        if n_with >= least and (len(stems) == 2 or elsewhere(stems) <= _MOST_ELSEWHERE)
    }


def _chosen(weights: Mapping[Stems, float], counts: Mapping[Stems, int]) -> list[Stems]:
    """Return the best terms, none of which repeats another's words."""
    chosen: list[Stems] = []
    for stems in sorted(weights, key=lambda each: (-weights[each], each)):
        if weights[stems] <= 0 or len(chosen) == N_TERMS:
            break
        widened = _widened(stems, weights, counts)
        if not any(_repeats(each, other) for each in (stems, widened) for other in chosen):
            chosen.append(widened)
    return chosen


def _widened(
    stems: Stems,
    weights: Mapping[Stems, float],
    counts: Mapping[Stems, int],
) -> Stems:
    """Return the pair that a word often stands in, or abbreviates; else the word itself."""
    pairs = [
        pair
        for pair in weights
        if len(pair) == 2 and counts[pair] >= _least_covered(stems[0], pair) * counts[stems]
    ]
    if len(stems) > 1 or not pairs:
        return stems
    return min(pairs, key=lambda pair: (-counts[pair], -weights[pair], pair))


def _least_covered(word: str, pair: Stems) -> float:
    """Return what share of a word's texts must have a pair that would stand for it."""
    if word in pair:
        return _PAIR_COVERS
    return _LONG_FORM_COVERS if word == _initials(pair) else math.inf


def _repeats(stems: Stems, other: Stems) -> bool:
    """Tell whether two terms share a word, or one abbreviates the other."""
    if set(stems) & set(other):
        return True
    initials = [_initials(each) for each in (stems, other)]
    return any(
        len(each) == 1 and len(short) > 1 and each[0].startswith(short)
        for each, short in zip((stems, other), reversed(initials), strict=True)
    )


def _initials(stems: Stems) -> str:
    """Return the first letters of words."""
    return "".join(stem[0] for stem in stems)


def _raised(text: str) -> str:
    """Return a term as a heading begins with it; an abbreviation stays as it is written."""
    return text[0].upper() + text[1:] if _VOWELS & set(text) else text


def _name(terms: Sequence[str], n_terms: int, taken: Collection[str]) -> Name:
    """Make a heading of the first terms, of more or with a number where it is taken."""
    texts = [_raised(terms[0]), *terms[1:]] if terms else [NO_TERMS]
    for length in range(n_terms, len(texts) + 1):
        label = ", ".join(texts[:length])
        if label.casefold() not in taken:
            return Name(label, tuple(terms))
    numbered = (f"{', '.join(texts[:n_terms])} {number}" for number in count(2))
    return Name(next(each for each in numbered if each.casefold() not in taken), tuple(terms))

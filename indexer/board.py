"""One collection's posts in order, as repair looks at them."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from indexer.noise import asks, is_broadcast
from indexer.people import Cast
from indexer.sources.records import RawCollection, RawPost, RawThread
from search.models import Role
from search.text.boilerplate import content
from search.text.clean import clean, normalise
from search.text.markers import Marker, line_marker
from search.text.slugs import fold_name, name_tokens
from search.text.tokens import STOP_WORDS, tokenise

_QUOTED = re.compile(r"^[ \t]*(?:>|&gt;)[ \t]*(.+)$", re.MULTILINE)
_OPENING_CHARS = 90
_SHORTEST_NAME_WORD = 3
_BEFORE_A_NAME = (
    r"(?:^\W*(?:(?:hi|hey|hello|thanks?(?: you)?|re|on|for|regarding|about|yes|no|sure|and|also|so"
    r"|sorry|good|great|question|questions|point|welcome)\W+){0,4}|[,@]\s*)"
)
_AFTER_A_NAME = (
    r"(?:\s*(?:[,.:;!?\-–—\n(]|$|'s\b|’s\b)"
    r"|\s+(?:question|i|the|you|thanks|it|that|this|we|my|for|to|in|as|not|no|yes|there|if|see)\b)"
)


@dataclass(frozen=True, slots=True)
class Post:
    """An entry of a collection as repair sees it.

    `named` are the askers whom an author's first words address, `quoted` the stems of its quoted
    lines, `answerers` the authors and `repliers` all who reply below it; `reply_stems`
    are the words of the authors' replies.
    """

    place: int
    raw: RawThread
    role: Role
    said: str
    stems: frozenset[str]
    quoted: frozenset[str]
    named: frozenset[str]
    asks: bool
    empty: bool
    broadcast: bool
    marker: Marker | None
    answerers: frozenset[str]
    repliers: frozenset[str]
    reply_stems: frozenset[str]

    @property
    def ref(self) -> str:
        """Where it stands in the archive."""
        return self.raw.source_ref

    @property
    def speaker(self) -> str:
        """Who wrote it."""
        return self.raw.post.speaker

    @property
    def text(self) -> str:
        """What it says, verbatim."""
        return self.raw.post.text

    @property
    def whole(self) -> str:
        """What it and its replies say, verbatim."""
        return "\n".join((self.text, *(reply.text for reply in self.raw.replies)))

    @property
    def by_author(self) -> bool:
        """Whether an author of the collection wrote it."""
        return self.role is Role.AUTHOR

    @property
    def words(self) -> list[str]:
        """Its folded words in order."""
        return normalise(self.text).split()


@dataclass(frozen=True)
class Board:
    """A collection's posts with what their words are worth."""

    posts: tuple[Post, ...]

    @cached_property
    def weights(self) -> Mapping[str, float]:
        """How telling each stem is within the collection."""
        counts = Counter(stem for post in self.posts for stem in post.stems)
        return {stem: math.log((1 + len(self.posts)) / count) for stem, count in counts.items()}

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {post.ref: post.place for post in self.posts}

    def place_of(self, ref: str) -> int:
        """Return the place of an entry on the page."""
        return self._places[ref]

    def series(self, place: int) -> tuple[Post, ...]:
        """Return the run of one speaker's posts in which a post stands, itself included."""
        speaker = self.posts[place].speaker
        start = end = place
        while start and self.posts[start - 1].speaker == speaker:
            start -= 1
        while end + 1 < len(self.posts) and self.posts[end + 1].speaker == speaker:
            end += 1
        return self.posts[start : end + 1]

    def weight(self, stems: Iterable[str]) -> float:
        """Return the sum of the stems' weights, squared as a cosine needs them."""
        return sum(self.weights.get(stem, 0.0) ** 2 for stem in stems)

    def overlap(self, one: frozenset[str], other: frozenset[str]) -> float:
        """Return the cosine of two sets of stems by their weights in the collection."""
        norm = math.sqrt(self.weight(one) * self.weight(other))
        return self.weight(one & other) / norm if norm else 0.0

    def contained(self, part: frozenset[str], whole: frozenset[str]) -> float:
        """Return the weighted share of some stems that others hold."""
        total = self.weight(part)
        return self.weight(part & whole) / total if total else 0.0


def read_board(item: RawCollection, cast: Cast, names: frozenset[str]) -> Board:
    """Describe every entry of a collection."""
    reader = _Reader(item.slug, cast, names, _name_patterns(item, cast))
    return Board(tuple(reader.post(place, raw) for place, raw in enumerate(item.threads)))


@dataclass(frozen=True, slots=True)
class _Reader:
    """What is needed to describe the entries of one collection."""

    slug: str
    cast: Cast
    names: frozenset[str]
    patterns: Mapping[str, re.Pattern[str]]

    def post(self, place: int, raw: RawThread) -> Post:
        """Describe one entry."""
        text = raw.post.text
        said = content(text, names=self.names)
        role = self.cast.role(self.slug, raw.post.speaker, asker=raw.post.speaker)
        by_authors = [reply for reply in raw.replies if self._author(reply)]
        return Post(
            place=place,
            raw=raw,
            role=role,
            said=said,
            stems=frozenset(tokenise(said)),
            quoted=frozenset(tokenise("\n".join(map(clean, _QUOTED.findall(text))))),
            named=self._named(text) if role is Role.AUTHOR else frozenset(),
            asks=asks(text, names=self.names),
            empty=not said,
            broadcast=is_broadcast(text),
            marker=line_marker(text.lstrip()),
            answerers=frozenset(filter(None, map(self._author, raw.replies))),
            repliers=frozenset(reply.speaker for reply in raw.replies),
            reply_stems=frozenset(
                stem
                for reply in by_authors
                for stem in tokenise(content(reply.text, names=self.names))
            ),
        )

    def _author(self, reply: RawPost) -> str | None:
        return self.cast.author_of(self.slug, reply.speaker)

    def _named(self, text: str) -> frozenset[str]:
        """Return whom the first words of a text address."""
        opening = fold_name(clean(text)[:_OPENING_CHARS])
        return frozenset(name for name, pattern in self.patterns.items() if pattern.search(opening))


def _name_patterns(item: RawCollection, cast: Cast) -> dict[str, re.Pattern[str]]:
    """Return how each asker of a collection is addressed: by the full name, by the first."""
    speakers = {thread.post.speaker for thread in item.threads}
    speakers |= {reply.speaker for thread in item.threads for reply in thread.replies}
    return {
        speaker: re.compile("|".join(_forms(speaker)))
        for speaker in sorted(speakers | cast.hosts)
        if cast.author_of(item.slug, speaker) is None and fold_name(speaker).strip()
    }


def _forms(speaker: str) -> list[str]:
    """Return patterns of a display name: in full anywhere, a word of it where it addresses."""
    full = fold_name(speaker).strip()
    forms = [rf"(?<!\w){re.escape(full)}(?!\w)"] if " " in full else []
    words = [word for word in name_tokens(full) if len(word) >= _SHORTEST_NAME_WORD]
    forms += [rf"{_BEFORE_A_NAME}{re.escape(word)}(?!\w){_AFTER_A_NAME}" for word in words]
    if words and words[0] not in STOP_WORDS and len(words[0]) > _SHORTEST_NAME_WORD:
        forms.append(rf"^\W*{re.escape(words[0])}\s")
    return forms or [rf"^\W*{re.escape(full)}(?!\w){_AFTER_A_NAME}"]

"""Who speaks: author, host, asker or community, from names and from behaviour."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from indexer.names import CERTAIN, POSSIBLE, likeness, plain_name, says_author
from indexer.sources.records import Archive, RawCollection, RawPerson
from search.models import Author, Role
from search.text.slugs import fold_name, slugify

_HOST_SHARE = 0.2
_FEWEST_HOSTED = 3
_SHARE_OF_ANSWERS = 0.15
_FEWEST_ANSWERED = 3
_FEWEST_ADDRESSING = 2
_ADDRESS_CHARS = 120


@dataclass(frozen=True, slots=True)
class Decision:
    """That a speaker of a collection is one of its authors, how surely and why."""

    collection: str
    speaker: str
    author: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody who speaks in an archive.

    `speakers` maps collection and display name to the slug of the author who speaks under it.
    """

    authors: tuple[Author, ...]
    speakers: Mapping[tuple[str, str], str]
    hosts: frozenset[str]
    written_by: Mapping[str, tuple[str, ...]]
    decisions: tuple[Decision, ...] = field(default=())

    def author_of(self, collection: str, speaker: str) -> str | None:
        """Return the author who speaks under a display name in a collection."""
        return self.speakers.get((collection, speaker))

    def role(self, collection: str, speaker: str, *, asker: str) -> Role:
        """Return what a speaker is in a thread that `asker` opened."""
        if (collection, speaker) in self.speakers:
            return Role.AUTHOR
        if fold_name(speaker) in self.hosts:
            return Role.HOST
        return Role.ASKER if speaker == asker else Role.COMMUNITY

    def uncertain(self) -> list[Decision]:
        """Return the decisions that are not certain, for a maintainer to look at."""
        return [decision for decision in self.decisions if decision.confidence < 1.0]


@dataclass(frozen=True, slots=True)
class _Behaviour:
    """What one speaker does in one collection, and what others do with them.

    `answered` are the threads of others in which they reply, `addressed_by` the askers who open
    a thread with their name, `n_threads` the threads of the collection.
    """

    answered: frozenset[str]
    addressed_by: frozenset[str]
    n_threads: int

    @property
    def answers_many(self) -> bool:
        """Tell whether the speaker answers as an author does: several askers, many threads."""
        return (
            len(self.answered) >= _FEWEST_ANSWERED
            and len(self.answered) >= _SHARE_OF_ANSWERS * self.n_threads
        )

    @property
    def is_asked(self) -> bool:
        """Tell whether askers turn to the speaker as they do to an author, and get replies."""
        return len(self.addressed_by) >= _FEWEST_ADDRESSING <= len(self.answered)


def resolve_people(archive: Archive, *, hosts: Iterable[str] = ()) -> Cast:
    """Decide who speaks in every collection.

    Args:
        archive: What the sources hold.
        hosts: Display names of people who run the week; found from their behaviour where empty.
    """
    known = {person.slug: person for person in archive.people}
    by_name = {fold_name(person.name): person for person in archive.people}
    authors: dict[str, Author] = {}
    written: dict[str, tuple[str, ...]] = {}
    for item in archive.collections:
        entries = [_author(entry, known, by_name) for entry in item.authors]
        authors.update({author.slug: author for author in entries})
        written[item.slug] = tuple(dict.fromkeys(author.slug for author in entries))
    configured = frozenset(map(fold_name, hosts))
    decisions = [
        decision
        for item in archive.collections
        for decision in _decide(item, [authors[slug] for slug in written[item.slug]], configured)
    ]
    speakers = {(made.collection, made.speaker): made.author for made in decisions}
    return Cast(
        authors=tuple(_named(authors[slug], decisions) for slug in sorted(authors)),
        speakers=speakers,
        hosts=configured or _hosts(archive.collections, speakers),
        written_by=written,
        decisions=tuple(decisions),
    )


def _author(entry: str, known: Mapping[str, RawPerson], by_name: Mapping[str, RawPerson]) -> Author:
    """Resolve an entry of `authors:`, a person's slug or a plain name."""
    person = known.get(entry) or by_name.get(fold_name(entry))
    if person:
        return Author(person.slug, person.name)
    return Author(slugify(entry), entry)


def _named(author: Author, decisions: Iterable[Decision]) -> Author:
    """Call an author of whom only a slug is known by the display name that is surely theirs."""
    if author.name != author.slug:
        return author
    sure = [
        made.speaker
        for made in decisions
        if made.author == author.slug and made.confidence >= CERTAIN
    ]
    return replace(author, name=next(filter(None, map(plain_name, sure)), author.name))


def _behaviours(item: RawCollection) -> dict[str, _Behaviour]:
    """Describe what each speaker of a collection does."""
    answered: defaultdict[str, set[str]] = defaultdict(set)
    for thread in item.threads:
        for reply in thread.replies:
            if reply.speaker != thread.post.speaker:
                answered[reply.speaker].add(thread.source_ref)
        answered.setdefault(thread.post.speaker, set())
    openings = [
        (thread.post.speaker, fold_name(thread.post.text[:_ADDRESS_CHARS]))
        for thread in item.threads
    ]
    return {
        speaker: _Behaviour(frozenset(refs), _addressing(speaker, openings), len(item.threads))
        for speaker, refs in answered.items()
    }


def _addressing(speaker: str, openings: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Return the other speakers who open a post with somebody's whole name."""
    name = re.compile(rf"(?<!\w){re.escape(fold_name(speaker))}(?!\w)")
    return frozenset(
        asker for asker, opening in openings if asker != speaker and name.search(opening)
    )


def _decide(
    item: RawCollection, authors: Sequence[Author], hosts: frozenset[str]
) -> list[Decision]:
    """Find the display names under which a collection's authors speak.

    The clearest pairs are taken first and each speaker is one author; an author who has spoken
    under a clear name is not looked for under an unclear one.
    """
    behaviours = _behaviours(item)
    pairs = sorted(
        (
            _pair(item.slug, speaker, author, behaviour)
            for speaker, behaviour in behaviours.items()
            if fold_name(speaker) not in hosts
            for author in authors
        ),
        key=lambda made: (-made.confidence, made.speaker, made.author),
    )
    taken: dict[str, Decision] = {}
    for made in pairs:
        spoken_for = made.author in {other.author for other in taken.values()}
        if made.confidence < POSSIBLE or made.speaker in taken:
            continue
        if made.confidence >= CERTAIN or not spoken_for:
            taken[made.speaker] = made
    found = list(taken.values())
    return found + _by_behaviour(item.slug, authors, found, behaviours, hosts)


def _pair(collection: str, speaker: str, author: Author, behaviour: _Behaviour) -> Decision:
    """Weigh name and behaviour for one speaker and one author."""
    fit = likeness(speaker, author.name, slug=author.slug)
    score, reason = fit.score, fit.reason
    if POSSIBLE <= score < CERTAIN:
        if behaviour.answers_many:
            reason = f"{reason}; answers {len(behaviour.answered)} threads"
            score = min(score + 0.1, CERTAIN - 0.01)
        else:
            score = 0.0
    if score < CERTAIN and score and says_author(speaker):
        score, reason = CERTAIN, f"{reason}; calls themselves author"
    return Decision(collection, speaker, author.slug, score, reason)


def _by_behaviour(
    collection: str,
    authors: Sequence[Author],
    found: Sequence[Decision],
    behaviours: Mapping[str, _Behaviour],
    hosts: frozenset[str],
) -> list[Decision]:
    """Give the one author who is still missing to the one stranger who behaves like an author."""
    spoken = {made.author for made in found}
    named = {made.speaker for made in found}
    missing = [author for author in authors if author.slug not in spoken]
    strangers = {
        speaker: behaviour
        for speaker, behaviour in behaviours.items()
        if speaker not in named and fold_name(speaker) not in hosts
    }
    if len(missing) != 1:
        return []
    if len(authors) > 1:
        strangers = {name: how for name, how in strangers.items() if how.is_asked}
        why = "the only one besides the known authors whom askers address"
    else:
        strangers = {name: how for name, how in strangers.items() if how.answers_many}
        why = "the only one who answers many"
    if len(strangers) != 1:
        return []
    ((speaker, behaviour),) = strangers.items()
    reason = f"{why} ({len(behaviour.answered)} threads), and the author is not named"
    return [Decision(collection, speaker, missing[0].slug, POSSIBLE, reason)]


def _hosts(
    collections: Sequence[RawCollection], speakers: Mapping[tuple[str, str], str]
) -> frozenset[str]:
    """Find who replies in many collections without being their author."""
    hosted: Counter[str] = Counter()
    for item in collections:
        for speaker, behaviour in _behaviours(item).items():
            if behaviour.answered and (item.slug, speaker) not in speakers:
                hosted[speaker] += 1
    enough = max(_FEWEST_HOSTED, _HOST_SHARE * len(collections))
    return frozenset(fold_name(speaker) for speaker, count in hosted.items() if count >= enough)

"""Measure who speaks, what is repaired, follow-ups and noise against hand labels.

Run: ANSWERS_TEST_DATA=../shared python -m benchmarks.threads [--regrade COLLECTION FOLDER]

With `--regrade`, writes a copy of a test collection in which joined threads have their own grades.
The labels are in `tests/golden/people` and `tests/golden/repairs`; their READMEs say how they were
made. Likely pairs and doubtful verdicts count neither for nor against in the halves, and against
in the judged samples.
"""

import argparse
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from indexer.evidence import Repair
from indexer.people import Cast, resolve_people
from indexer.repair import find_repairs
from indexer.sources import read_sources
from indexer.sources.records import Archive
from indexer.threads import build_threads, cast_names
from search.models import LinkKind, Message, Role, Thread

LABELS = Path(__file__).parent.parent / "tests" / "golden"
SAME = {
    LinkKind.ANSWER: ("answer", "covers"),
    LinkKind.COVERS: ("covers", "answer"),
    LinkKind.CONTINUATION: ("continuation", "answer"),
    LinkKind.SEE: ("see", "answer", "covers", "continuation"),
}
Pair = tuple[str, str]


def read_labels(name: str) -> list[list[str]]:
    """Return the rows of a file of labels."""
    lines = (LABELS / name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines]


@dataclass(frozen=True)
class Indexed:
    """An archive as the indexer understands it."""

    archive: Archive
    cast: Cast
    repairs: Sequence[Repair]
    threads: Sequence[Thread]

    @property
    def messages(self) -> Mapping[tuple[str, int], Message]:
        """Every message by the entry that it stands below and its place there."""
        return {
            (message.source_ref, message.position): message
            for thread in self.threads
            for message in thread.messages
            if not message.shared
        }


def understand(folder: Path) -> Indexed:
    """Read an archive's books and people, and resolve, repair and join them."""
    archive = read_sources([folder / "_books", folder / "_people"])
    cast = resolve_people(archive)
    repairs = [
        made
        for item in archive.collections
        for made in find_repairs(item, cast, cast_names(item, cast))
    ]
    return Indexed(archive, cast, repairs, build_threads(archive, cast))


@dataclass(frozen=True, slots=True)
class Authors:
    """How well the messages of authors are recognised."""

    n_messages: int
    precision: float
    recall: float
    role_accuracy: float


def people(indexed: Indexed) -> Authors:
    """Compare roles with the labels; a speaker who is an author in the book is one everywhere."""
    spoken = {
        (entry.source_ref, place): (item.slug, entry.post.speaker, post.speaker)
        for item in indexed.archive.collections
        for entry in item.threads
        for place, post in enumerate((entry.post, *entry.replies))
    }
    found, right, labelled, same = 0, 0, 0, 0
    rows = read_labels("people/people.tsv")
    for ref, place, label, *_ in rows:
        book, asker, speaker = spoken[ref, int(place)]
        role = indexed.cast.role(book, speaker, asker=asker)
        found += role is Role.AUTHOR
        labelled += label == "author"
        right += role is Role.AUTHOR and label == "author"
        same += role.value == label
    return Authors(len(rows), right / found, right / labelled, same / len(rows))


@dataclass
class Score:
    """Counts of one kind of repair."""

    right: int = 0
    likely: int = 0
    wrong: int = 0
    recalled: int = 0
    labelled: int = 0

    @property
    def precision(self) -> float:
        """Share of what is right among what is right or wrong."""
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        """Share of the labelled posts that were found."""
        return self.recalled / max(self.labelled, 1)


@dataclass
class Pairs:
    """Hand-labelled pairs of posts, and which posts continue the same series."""

    kinds: dict[Pair, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    heads: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def read(cls) -> "Pairs":
        """Read the labelled pairs."""
        pairs = cls()
        for ref, kind, target, sure in read_labels("repairs/pairs.tsv"):
            pairs.kinds[ref, target][kind] = sure
            if kind == "continuation":
                pairs.heads[ref].add(target)
        return pairs

    def verdict(self, made: Repair) -> str:
        """Return sure, likely, or wrong where no label supports a repair."""
        labels = self.kinds.get((made.source_ref, made.target), {})
        found = [labels[kind] for kind in SAME[made.kind] if kind in labels]
        if found:
            return found[0]
        heads = self.heads.get(made.source_ref, set())
        if made.kind is LinkKind.CONTINUATION and heads & self.heads.get(made.target, set()):
            return "sure"
        near = any("answer" in self.kinds.get((head, made.target), {}) for head in heads)
        same_series = made.kind is LinkKind.CONTINUATION and heads
        return "likely" if near or same_series else "wrong"

    def labelled(self, kind: LinkKind, books: Iterable[str]) -> set[str]:
        """Return the posts of some books that surely have a repair of a kind."""
        wanted = set(books)
        return {
            ref
            for (ref, _), labels in self.kinds.items()
            if labels.get(kind.value) == "sure" and ref.split("#")[0] in wanted
        }


def half(indexed: Indexed, pairs: Pairs, name: str) -> dict[LinkKind, Score]:
    """Score the repairs in one half of the books that were read completely."""
    books = {book for book, half_name in read_labels("repairs/books.tsv") if half_name == name}
    scores = {kind: Score() for kind in LinkKind}
    found: defaultdict[LinkKind, set[str]] = defaultdict(set)
    joined = {made.source_ref for made in indexed.repairs if made.joins}
    for made in indexed.repairs:
        if made.source_ref.split("#")[0] not in books:
            continue
        verdict = pairs.verdict(made)
        score = scores[made.kind]
        score.right += verdict == "sure"
        score.likely += verdict == "likely"
        score.wrong += verdict == "wrong"
        found[made.kind].add(made.source_ref)
    found[LinkKind.CONTINUATION] |= joined
    for kind, score in scores.items():
        wanted = pairs.labelled(kind, books)
        score.labelled, score.recalled = len(wanted), len(wanted & found[kind])
    return scores


def judged(indexed: Indexed) -> dict[str, Counter[str]]:
    """Count the verdicts of each judged sample: when it was drawn, and of what is applied now."""
    applied = {(made.source_ref, made.kind.value, made.target) for made in indexed.repairs}
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for ref, kind, target, verdict, sample in read_labels("repairs/judged.tsv"):
        counts[f"sample {sample} when drawn"][verdict] += 1
        if (ref, kind, target) in applied:
            counts["all, applied now"][verdict] += 1
    return dict(counts)


def share_right(counts: Mapping[str, int]) -> float:
    """Return the share of right verdicts; doubtful ones count as wrong."""
    return counts["right"] / max(sum(counts.values()), 1)


def noise(indexed: Indexed) -> dict[str, tuple[int, int]]:
    """Count right decisions, of how many: does a post ask, does a reply answer."""
    messages = indexed.messages
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for ref, place, name, label in read_labels("repairs/noise.tsv"):
        message = messages[ref, int(place)]
        value = message.asks if name == "asks" else message.answers
        total[name] += 1
        right[name] += value == (label == "yes")
    return {name: (right[name], total[name]) for name in sorted(total)}


def follow_ups(indexed: Indexed) -> tuple[int, int]:
    """Count the judged follow-ups that are found now, the right ones and all."""
    found = {
        (thread.messages[made.question].source_ref, thread.messages[made.question].position)
        for thread in indexed.threads
        for made in thread.follow_ups
    }
    kept = [
        verdict
        for ref, place, verdict in read_labels("repairs/follow_ups.tsv")
        if (ref, int(place)) in found
    ]
    return kept.count("right"), len(kept)


def report(indexed: Indexed) -> Iterable[str]:
    """Yield the lines of the report."""
    authors = people(indexed)
    yield (
        f"authors: precision {authors.precision:.3f}, recall {authors.recall:.3f}, "
        f"roles {authors.role_accuracy:.3f} ({authors.n_messages} messages, people/people.tsv)"
    )
    pairs = Pairs.read()
    for name in ("dev", "test"):
        yield f"repair, {name} half (repairs/pairs.tsv)"
        for kind, score in half(indexed, pairs, name).items():
            yield (
                f"  {kind.value:12} right {score.right:3}  likely {score.likely:2}  "
                f"wrong {score.wrong:2}  precision {score.precision:.3f}  "
                f"recall {score.recalled}/{score.labelled}"
            )
    for name, counts in sorted(judged(indexed).items()):
        rest = ", ".join(f"{verdict} {count}" for verdict, count in sorted(counts.items()))
        yield f"repair, judged, {name}: {share_right(counts):.3f} ({rest})"
    for name, (right, total) in noise(indexed).items():
        yield f"noise, {name}: {right} of {total} decisions (repairs/noise.tsv)"
    right, total = follow_ups(indexed)
    n_follow_ups = sum(len(thread.follow_ups) for thread in indexed.threads)
    yield f"follow-ups: {n_follow_ups}, {right} of {total} judged ones right"
    yield from _effect(indexed)


def _effect(indexed: Indexed) -> Iterable[str]:
    """Yield what repair does to the archive."""
    before = build_threads(indexed.archive, indexed.cast, repair=False)
    for name, threads in (("without repair", before), ("with repair", indexed.threads)):
        answered = Counter(thread.answered_by.value for thread in threads)
        asking = sum(thread.asks for thread in threads)
        twins = sum(len(thread.collections) > 1 for thread in threads)
        yield f"{name}: {len(threads)} threads, {asking} ask, {dict(sorted(answered.items()))}"
        yield f"  in two books: {twins}"


def regrade(collection: Path, folder: Path) -> None:
    """Copy a test collection with the grades of joined threads in place of their posts'."""
    lines = (collection / "qrels.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines] + read_labels("repairs/qrels_repaired.tsv")
    grades = {(qid, ref): grade for qid, ref, grade in rows}
    text = "".join(f"{qid}\t{ref}\t{grade}\n" for (qid, ref), grade in sorted(grades.items()))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "qrels.tsv").write_text(text, "utf-8")
    (folder / "queries.jsonl").write_bytes((collection / "queries.jsonl").read_bytes())


def main() -> None:
    """Print the report, or write the collection that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(os.environ.get("ANSWERS_TEST_DATA", "../shared")) / "corpus"
    parser.add_argument("archive", type=Path, nargs="?", default=default)
    parser.add_argument("--regrade", type=Path, nargs=2, metavar=("COLLECTION", "FOLDER"))
    arguments = parser.parse_args()
    if arguments.regrade:
        regrade(*arguments.regrade)
        return
    for line in report(understand(arguments.archive)):
        print(line)


if __name__ == "__main__":
    main()

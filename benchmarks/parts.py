"""Measure how posts are split into questions, and how replies are aligned with them.

Run: ANSWERS_TEST_DATA=../shared python -m benchmarks.parts

Judges `split_parts` and `align` by the hand labels in `tests/golden/parts`; its README defines
the kinds and the halves. A boundary is right when it stands in the same sentence as a labelled
one, one to one; posts without a question count through every boundary that is found in them. A
stretch of a reply that was labelled with a part is right when most of its characters go to it.
"""

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.sources import read_sources
from indexer.sources.records import RawThread
from search.models import Span
from search.text.alignment import AlignedSegment, align
from search.text.boilerplate import name_words
from search.text.clean import clean
from search.text.markers import line_marker
from search.text.parts import QuestionPart, split_parts
from search.text.sentences import sentences

LABELS = Path(__file__).parent.parent / "tests" / "golden" / "parts"
BOUNDARY_KINDS: Mapping[str, tuple[str, ...]] = {
    "several": ("several",),
    "uniform": ("uniform",),
    "unmarked": ("unmarked",),
    "first": ("several", "uniform", "unmarked"),
    "fresh": ("fresh",),
    "all": ("several", "uniform", "unmarked", "fresh"),
}
ALIGNMENT_KINDS = ("numbered", "free")
HALVES = ("dev", "test")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Post:
    """The texts of a thread, the question first, and the words of its collection's names."""

    texts: tuple[str, ...]
    names: frozenset[str]

    @property
    def parts(self) -> tuple[QuestionPart, ...]:
        """The question, split."""
        return split_parts(self.texts[0], names=self.names)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of what is right, of what was found, and of what was labelled."""

    right: int = 0
    found: int = 0
    labelled: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Add counts."""
        return Tally(
            self.right + other.right, self.found + other.found, self.labelled + other.labelled
        )

    @property
    def precision(self) -> float:
        """The share of what was found that is right."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of what was labelled that was found."""
        return self.right / self.labelled if self.labelled else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.right / (self.found + self.labelled)


def read_labels(name: str) -> list[Row]:
    """Read the hand labels `parts` or `alignment`."""
    lines = (LABELS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def read_posts(corpus: Path) -> dict[str, Post]:
    """Read the archive's books: `source_ref` to post."""
    archive = read_sources([corpus / "_books"])
    return {
        thread.source_ref: Post(_texts(thread), names)
        for item in archive.collections
        for names in [_names(item.threads)]
        for thread in item.threads
    }


def _texts(thread: RawThread) -> tuple[str, ...]:
    """Return the texts of a thread."""
    return (thread.post.text, *(reply.text for reply in thread.replies))


def _names(threads: Iterable[RawThread]) -> frozenset[str]:
    """Return the words of the names of all who speak in a collection."""
    return name_words(post.speaker for thread in threads for post in (thread.post, *thread.replies))


def chosen(rows: Iterable[Row], *, kind: str | None = None, half: str | None = None) -> list[Row]:
    """Return the rows of a kind and a half; None means any."""
    return [row for row in rows if kind in (None, row["kind"]) and half in (None, row["half"])]


def boundaries(rows: Iterable[Row], posts: Mapping[str, Post]) -> Tally:
    """Count the starts of parts over posts."""
    return sum((_boundaries(row, posts[row["ref"]]) for row in rows), Tally())


def _boundaries(row: Row, post: Post) -> Tally:
    """Count the starts of parts in one post, matched one to one within each sentence."""
    spans = sentences(post.texts[0])
    labelled = Counter(_sentence_of(start, spans) for start, _ in row["parts"])
    found = Counter(_sentence_of(part.span.start, spans) for part in post.parts)
    return Tally((labelled & found).total(), found.total(), labelled.total())


def _sentence_of(offset: int, spans: Sequence[Span]) -> int:
    """Return which sentence an offset stands in."""
    return max((place for place, span in enumerate(spans) if span.start <= offset), default=0)


def aligned(rows: Iterable[Row], posts: Mapping[str, Post], *, split: bool = True) -> Tally:
    """Count labelled stretches of replies that go to the right part.

    Args:
        rows: Labels of threads.
        posts: The archive.
        split: Whether the parts are those of `split_parts`, or the labelled ones.
    """
    return sum((_aligned(row, posts[row["ref"]], split=split) for row in rows), Tally())


def _aligned(row: Row, post: Post, *, split: bool) -> Tally:
    """Count the labelled stretches of one thread that were labelled with a part."""
    labelled = [_labelled_part(post.texts[0], start, end) for start, end in row["parts"]]
    parts = post.parts if split else labelled
    same = [_counterpart(part.span, labelled) for part in parts]
    segments = align(parts, post.texts[1:])
    answers = [answer for answer in row["answers"] if answer["part"] is not None]
    right = sum(_part_of(answer, segments, same) == answer["part"] for answer in answers)
    return Tally(right, len(answers), len(answers))


def _labelled_part(text: str, start: int, end: int) -> QuestionPart:
    """Return a labelled part as `split_parts` would have."""
    marker = line_marker(text, start, end)
    words = clean(text[marker.end if marker else start : end])
    return QuestionPart(Span(start, end), (), words, marker.label if marker else None)


def _counterpart(span: Span, labelled: Sequence[QuestionPart]) -> int:
    """Return the labelled part that a part overlaps most."""
    return max(range(len(labelled)), key=lambda place: _overlap(span, labelled[place].span))


def _overlap(left: Span, right: Span) -> int:
    """Return how many characters two spans share."""
    return max(0, min(left.end, right.end) - max(left.start, right.start))


def _part_of(answer: Row, segments: Iterable[AlignedSegment], same: Sequence[int]) -> int | None:
    """Return the labelled part to which most characters of a labelled stretch go."""
    stretch = Span(answer["start"], answer["end"])
    counts: Counter[int | None] = Counter()
    for segment in segments:
        if segment.message == answer["m"] - 1:
            part = None if segment.part is None else same[segment.part]
            counts[part] += _overlap(segment.span, stretch)
    return counts.most_common(1)[0][0] if counts else None


def print_boundaries(posts: Mapping[str, Post]) -> None:
    """Print precision, recall and F1 of the boundaries per kind and half."""
    rows = read_labels("parts")
    print(f"{'boundaries':12}{'half':6}{'posts':>6}{'precision':>11}{'recall':>8}{'F1':>7}")
    for name, kinds in BOUNDARY_KINDS.items():
        for half in (*HALVES, None):
            some = [row for kind in kinds for row in chosen(rows, kind=kind, half=half)]
            tally = boundaries(some, posts)
            figures = f"{tally.precision:11.3f}{tally.recall:8.3f}{tally.f1:7.3f}"
            print(f"{name:12}{half or 'both':6}{len(some):6}{figures}")
    silent = [row for row in rows if not row["parts"]]
    alone = sum(not posts[row["ref"]].parts for row in silent)
    print(f"posts that ask nothing: {alone} of {len(silent)} left without a part")


def print_alignment(posts: Mapping[str, Post]) -> None:
    """Print the accuracy of the alignment per kind and half."""
    rows = read_labels("alignment")
    print(
        f"\n{'alignment':12}{'half':6}{'threads':>8}{'stretches':>11}{'split':>8}{'labelled':>10}"
    )
    for kind in ALIGNMENT_KINDS:
        for half in (*HALVES, None):
            some = chosen(rows, kind=kind, half=half)
            split, given = aligned(some, posts), aligned(some, posts, split=False)
            counts = f"{len(some):8}{split.labelled:11}"
            print(f"{kind:12}{half or 'both':6}{counts}{split.recall:8.3f}{given.recall:10.3f}")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.parse_args()
    posts = read_posts(Path(os.environ.get("ANSWERS_TEST_DATA", "../shared")) / "corpus")
    print_boundaries(posts)
    print_alignment(posts)


if __name__ == "__main__":
    main()

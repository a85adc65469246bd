"""Measure whether a search shows a follow-up, or the question that opens its thread.

Run: python -m benchmarks.follow_ups --bundle BUNDLE [FILE] [--weight WEIGHT]

Each line of the file has a `query` and the post that it paraphrases: its `ref`, and its `position`
below that, which is 0 for the post that opens a thread with follow-ups. A thread is *found* if it
is among the first ten hits. It is *right* if its hit shows an answer to that very question:
`follow_up` names the post, or is None for the one that opens the thread. The weight is that of the
question which an answer replies to.
"""

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from search import evidence, open_engine
from search.engine import Engine
from search.models import Thread
from search.results import Hit

QUERIES = Path(__file__).parent.parent / "tests" / "golden" / "follow_ups" / "queries.jsonl"
TOP_K = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and the post that it paraphrases: a thread, and the post's place in it."""

    query: str
    thread: Thread
    place: int

    @property
    def is_follow_up(self) -> bool:
        """Whether the post was asked after an answer."""
        return self.place > 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search made of a query: the thread's hit among the first ten, None without one.

    `n_more` of these ten are threads with follow-ups, which could be shown twice.
    """

    asked: Asked
    hit: Hit | None
    n_more: int

    @property
    def is_first(self) -> bool:
        """Whether the thread is the best hit."""
        return self.hit is not None and self.hit.rank == 1

    @property
    def is_right(self) -> bool:
        """Whether the hit shows an answer to the very question."""
        if self.hit is None or self.hit.answer is None:
            return False
        if not self.asked.is_follow_up:
            return self.hit.follow_up is None
        named = self.asked.thread.messages[self.asked.place].message_id
        return self.hit.follow_up is not None and self.hit.follow_up.message_id == named


def read_queries(engine: Engine, path: Path) -> list[Asked]:
    """Read queries and find what they paraphrase.

    Raises:
        KeyError: If the archive has no such post.
        ValueError: If the post is no follow-up, or opens a thread without one.
    """
    places: Mapping[tuple[str, int], tuple[Thread, int]] = {
        (message.source_ref, message.position): (thread, place)
        for thread in engine.store.iter_threads()
        for place, message in enumerate(thread.messages)
        if not message.shared
    }
    found = []
    for line in map(json.loads, path.read_text("utf-8").splitlines()):
        thread, place = places[line["ref"], line["position"]]
        if place not in ({made.question for made in thread.follow_ups} if place else {0}):
            raise ValueError(f"{line['ref']}: message {place} is no follow-up")
        if not thread.follow_ups:
            raise ValueError(f"{line['ref']}: its thread has no follow-ups")
        found.append(Asked(line["query"], thread, place))
    return found


def search_all(engine: Engine, queries: Iterable[Asked]) -> list[Outcome]:
    """Search for every query."""
    outcomes = []
    for asked in queries:
        hits = engine.search(asked.query, top_k=TOP_K).hits
        own = (hit for hit in hits if hit.thread_id == asked.thread.thread_id)
        n_more = sum(bool(engine.thread(hit.thread_id).follow_ups) for hit in hits)
        outcomes.append(Outcome(asked, next(own, None), n_more))
    return outcomes


def report(outcomes: Iterable[Outcome]) -> Iterable[str]:
    """Yield a line for follow-ups, one for opening questions, and one for each that is wrong."""
    outcomes = list(outcomes)
    for name, follow_up in (("follow-ups", True), ("opening questions", False)):
        own = [each for each in outcomes if each.asked.is_follow_up is follow_up]
        books = {each.asked.thread.collections[0] for each in own}
        found = [each for each in own if each.hit is not None]
        yield (
            f"{name}: {len(own)} of {len(books)} books, found {len(found)}, "
            f"first {sum(each.is_first for each in own)}, "
            f"right {sum(each.is_right for each in own)}"
        )
    for each in outcomes:
        if not each.is_right:
            what = "not found" if each.hit is None else "shows another answer of the thread"
            yield f"  {what}: {each.asked.query}"
    n_more = fmean(each.n_more for each in outcomes)
    yield f"threads with follow-ups among the first {TOP_K} hits: {n_more:.1f} a query"


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=QUERIES)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--weight", type=float, default=evidence.QUESTION_WEIGHT)
    arguments = parser.parse_args()
    evidence.QUESTION_WEIGHT = arguments.weight
    engine = open_engine(arguments.bundle)
    for line in report(search_all(engine, read_queries(engine, arguments.file))):
        print(line)


if __name__ == "__main__":
    main()

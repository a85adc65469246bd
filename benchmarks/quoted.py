"""Measure searches that quote a phrase: one that an answer has, or one of another thread.

Run: python -m benchmarks.quoted --bundle BUNDLE COLLECTION... [--weight WEIGHT...]

To each query that a thread answers, two words that stand side by side in that thread are added in
quotation marks, or two of another thread; both drawn with a seed. `as words` has the same queries
without the quotation marks, each weight stands for `Leg.QUOTED`. Figures are nDCG@10, where the
thread's own words are quoted of the threads that say them, and the share of the queries whose
first thread says the phrase.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from benchmarks.named import mean_ndcg, print_table
from search.engine import Engine
from search.evaluation import JudgedQuery, TestCollection
from search.fusion import Leg
from search.models import Thread
from search.phrases import says
from search.text.clean import clean
from search.text.tokens import STOP_WORDS

SEED = 7
RELEVANT = 2
_SHORTEST = 3


def phrases_of(thread: Thread) -> list[str]:
    """Return the pairs of words of a thread, of letters alone, none of them a stop word."""
    found = []
    for message in thread.messages:
        words = clean(message.text).split()
        found += [
            f"{first} {second}"
            for first, second in pairwise(words)
            if all(
                each.isascii() and each.isalpha() and len(each) >= _SHORTEST
                for each in (first, second)
            )
            and STOP_WORDS.isdisjoint((first.casefold(), second.casefold()))
        ]
    return found


def quoted(
    collection: TestCollection, threads: Mapping[str, Thread], *, own: bool
) -> tuple[TestCollection, Mapping[str, str]]:
    """Return the queries of a collection with a phrase in quotation marks, and the phrases."""
    chance = random.Random(SEED)
    everywhere = sorted(threads)
    queries: list[JudgedQuery] = []
    qrels, phrases = {}, {}
    for query in collection.queries:
        grades = collection.qrels.get(query.qid, {})
        right = sorted(ref for ref, grade in grades.items() if grade >= RELEVANT and ref in threads)
        drawn = chance.choice(right if own else everywhere) if right else None
        pairs = phrases_of(threads[drawn]) if drawn else []
        if not pairs:
            continue
        phrase = chance.choice(pairs)
        queries.append(replace(query, query=f'{query.query} "{phrase}"'))
        phrases[query.qid] = phrase
        qrels[query.qid] = {
            ref: grade
            for ref, grade in grades.items()
            if not own or (ref in threads and _says(threads[ref], phrase))
        }
    return replace(collection, queries=tuple(queries), qrels=qrels), phrases


def _says(thread: Thread, phrase: str) -> bool:
    """Tell whether somebody says a phrase in a thread."""
    return any(says(message.text, phrase) for message in thread.messages)


def rows(
    engine: Engine, collections: Sequence[TestCollection], weights: Sequence[float]
) -> Iterator[str]:
    """Yield a row of the table for a phrase of the thread, and one for that of another."""
    threads = {ref: thread for thread in engine.store.iter_threads() for ref in thread.source_refs}
    of_weights = " | ".join(map(str, weights))
    yield f"| phrase of | queries | as words | {of_weights} | first says it |"
    yield "|---" * (4 + len(weights)) + "|"
    for own in (True, False):
        asked = [quoted(each, threads, own=own) for each in collections]
        with_marks = [collection for collection, _ in asked]
        figures = [mean_ndcg(engine, [_unquoted(each) for each in with_marks], Leg.QUOTED, 0.0)]
        figures += [mean_ndcg(engine, with_marks, Leg.QUOTED, weight) for weight in weights]
        first = [
            _says(engine.rank(query.query, depth=1)[0][0], phrases[query.qid])
            for collection, phrases in asked
            for query in collection.queries
        ]
        shown = " | ".join(f"{figure:.3f}" for figure in figures)
        whose = "the right thread" if own else "another"
        yield f"| {whose} | {len(first)} | {shown} | {sum(first) / len(first):.2f} |"


def _unquoted(collection: TestCollection) -> TestCollection:
    """Return the queries of a collection without quotation marks."""
    queries = (replace(each, query=each.query.replace('"', "")) for each in collection.queries)
    return replace(collection, queries=tuple(queries))


if __name__ == "__main__":
    print_table(rows, Leg.QUOTED, __doc__)

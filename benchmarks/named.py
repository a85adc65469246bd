"""Measure searches that name a book or its author: the right one, or another one by mistake.

Run: python -m benchmarks.named --bundle BUNDLE COLLECTION... [--weight WEIGHT...]

To each query that a thread answers, the author or the title of that thread's book is added in six
ways, or those of another book, drawn with a seed. Where the right one is named, only what that
book's threads were judged counts, because the rest is not what was asked for; where another is
named by mistake, all that was judged counts. `as words` has the same queries without knowledge of
names, each weight stands for `Leg.NAMED`; figures are nDCG@10. Then the questions of
`tests/golden/unnamed`, which have words of titles or surnames in them and mean no book, that name
one all the same.
"""

import argparse
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from benchmarks.ranking import Bench
from search import open_engine
from search.engine import Engine
from search.evaluation import JudgedQuery, Metric, TestCollection, read_collection, score_queries
from search.fusion import DEFAULT_WEIGHTS, Leg
from search.models import Collection
from search.querying import QueryReader

SEED = 7
RELEVANT = 2
Rows = Callable[[Engine, Sequence[TestCollection], Sequence[float]], Iterator[str]]
_SUBTITLE = re.compile(r"[:(]| - ")
UNNAMED = Path(__file__).parent.parent / "tests" / "golden" / "unnamed" / "questions.txt"
TEMPLATES: Mapping[str, str] = {
    "says": "what does {name} say about {query}",
    "surname": "{query} {surname}",
    "colon": "{name}: {query}",
    "title": "{query} in {title}",
    "title first": "{title}: {query}",
    "small": "{small} {query}",
}


@dataclass(frozen=True, slots=True)
class Naming:
    """What can be said of a book: its title and an author."""

    title: str
    name: str

    def ask(self, query: str, template: str) -> str:
        """Return a query that names the author or the title."""
        return template.format(
            query=query.rstrip("?. "),
            title=self.title,
            small=self.title.lower(),
            name=self.name,
            surname=self.name.split()[-1].lower(),
        )


def named(
    engine: Engine, collection: TestCollection, template: str, *, right: bool
) -> TestCollection:
    """Return the queries of a collection that name a book, with what counts for them."""
    names = {author.slug: author.name for author in engine.store.authors()}
    books = [item for item in engine.store.collections() if item.authors]
    filed = {
        ref: thread.collections[0]
        for thread in engine.store.iter_threads()
        for ref in thread.source_refs
    }
    chance = random.Random(SEED)
    queries, qrels = [], {}
    for query, meant in _meant(collection, filed, {book.slug: book for book in books}):
        other = chance.choice([book for book in books if book.slug != meant.slug])
        asked = _naming(meant if right else other, names).ask(query.query, template)
        queries.append(replace(query, query=asked))
        qrels[query.qid] = {
            ref: grade
            for ref, grade in collection.qrels[query.qid].items()
            if not right or filed.get(ref) == meant.slug
        }
    return replace(collection, queries=tuple(queries), qrels=qrels)


def _meant(
    collection: TestCollection, filed: Mapping[str, str], books: Mapping[str, Collection]
) -> Iterator[tuple[JudgedQuery, Collection]]:
    """Yield each query with the book of a thread that answers it, drawn where there are several."""
    chance = random.Random(SEED)
    for query in collection.queries:
        grades = collection.qrels.get(query.qid, {})
        found = sorted(
            {filed[ref] for ref, grade in grades.items() if grade >= RELEVANT and ref in filed}
            & books.keys()
        )
        if found:
            yield query, books[chance.choice(found)]


def _naming(book: Collection, names: Mapping[str, str]) -> Naming:
    """Return how a book is named."""
    return Naming(_SUBTITLE.split(book.title)[0].strip(), names[book.authors[0]])


def rows(
    engine: Engine, collections: Sequence[TestCollection], weights: Sequence[float]
) -> Iterator[str]:
    """Yield a row of the table for each way of naming, right and wrong."""
    yield "| book named | way | queries | as words | " + " | ".join(map(str, weights)) + " |"
    yield "|---" * (4 + len(weights)) + "|"
    knowing = engine._reader
    blind = QueryReader(engine.encoder, speller=knowing._speller)
    for right in (True, False):
        for way, template in TEMPLATES.items():
            asked = [named(engine, each, template, right=right) for each in collections]
            engine._reader = blind
            figures = [mean_ndcg(engine, asked, Leg.NAMED, 0.0)]
            engine._reader = knowing
            figures += [mean_ndcg(engine, asked, Leg.NAMED, weight) for weight in weights]
            n_queries = sum(len(each.queries) for each in asked)
            shown = " | ".join(f"{figure:.3f}" for figure in figures)
            yield f"| {'the right' if right else 'another'} | {way} | {n_queries} | {shown} |"
    yield from _unnamed(engine)


def _unnamed(engine: Engine) -> Iterator[str]:
    """Yield which of the questions that mean no book name one."""
    asked = UNNAMED.read_text("utf-8").splitlines()
    named = [each for each in asked if engine._reader.read(each).books]
    yield f"{len(named)} of {len(asked)} questions that mean no book name one"
    yield from (f"  {each}" for each in named)


def mean_ndcg(
    engine: Engine, collections: Sequence[TestCollection], leg: Leg, weight: float
) -> float:
    """Return the mean nDCG@10 of all queries with another weight of one leg."""
    weights = {**DEFAULT_WEIGHTS, leg: weight}
    return fmean(
        scores.value(Metric.NDCG_10)
        for collection in collections
        for scores in score_queries(
            Bench(collection, engine).run(weights), collection.qrels
        ).values()
    )


def print_table(rows: Rows, leg: Leg, description: str | None) -> None:
    """Print a table for the collections and the weights of a leg that the command line names."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("collections", nargs="+", type=Path)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--weight", type=float, nargs="+", default=[DEFAULT_WEIGHTS[leg]])
    arguments = parser.parse_args()
    collections = [read_collection(folder) for folder in arguments.collections]
    for row in rows(open_engine(arguments.bundle), collections, arguments.weight):
        print(row, flush=True)


if __name__ == "__main__":
    print_table(rows, Leg.NAMED, __doc__)

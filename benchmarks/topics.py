"""Measure how stable topics are, and how true the map is.

Run: python -m benchmarks.topics --bundle BUNDLE [--show N]

Prints: the topics with their sizes, with `--show` and so many threads of each, drawn with seed 7,
to be judged by a reader; how alike the topics are when one book is left out (adjusted
Rand index and normalised mutual information over the threads that are left, without topic as a
topic of its own), for each of the largest books; how much of the ten nearest neighbours in meaning
the map keeps (trustworthiness) beside that of the two principal components; seconds of the CPU.
"""

import argparse
import time
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
from sklearn.manifold import trustworthiness
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from search import open_engine
from search.bundle import Bundle
from search.clusters import Matrix, centred
from search.dense import FaissDenseIndex
from search.engine import Engine
from search.layout import place, principal
from search.opening import open_dense, open_store
from search.sqlite_store import SqliteStore
from search.text.display import excerpt
from search.topic_finding import assign, find_topics, means_of

N_BOOKS = 20
N_NEAREST = 10
SEED = 7
QUESTION_CHARS = 120


def listing(engine: Engine, n_shown: int) -> None:
    """Print the topics and some threads of each."""
    topics = engine.topics()
    random = Random(SEED)
    for topic in topics:
        print(f"{topic.n_threads:5d}  {topic.label}")
        threads = engine.topic_index.threads(topic.topic_id)
        for thread in random.sample(threads, min(n_shown, len(threads))):
            print(f"       - {excerpt(thread.question.text, (), QUESTION_CHARS)[0]}")
    print(
        f"{len(topics)} topics hold {sum(topic.n_threads for topic in topics)} of "
        f"{len(engine.store.thread_ids())} threads"
    )


def costs(engine: Engine, store: SqliteStore, dense: FaissDenseIndex) -> None:
    """Print what finding topics costs a build, and what reading them costs a server."""
    started = time.process_time()
    find_topics(store, dense)
    found = time.process_time()
    engine.topic_map()
    read = time.process_time()
    print(f"{found - started:.2f} s to find and to place, {read - found:.2f} s to read")


def stability(engine: Engine, means: Matrix) -> None:
    """Leave the largest books out, one at a time."""
    asking, books = engine.store.asking(), np.array(engine.store.books_of_rows())
    topics, _ = assign(centred(means), asking)
    rand, shared = [], []
    for book, _ in Counter(books.tolist()).most_common(N_BOOKS):
        left = books != book
        found, _ = assign(centred(means[left]), asking[left])
        rand.append(adjusted_rand_score(topics[left], found))
        shared.append(normalized_mutual_info_score(topics[left], found))
    print(
        f"without one of the {N_BOOKS} largest books: adjusted Rand index {np.mean(rand):.2f} "
        f"(least {min(rand):.2f}), mutual information {np.mean(shared):.2f} "
        f"(least {min(shared):.2f})"
    )


def truth(means: Matrix) -> None:
    """Compare neighbours on the map with neighbours in meaning."""
    rows = centred(means)
    for name, points in (("map", place(rows)), ("principal components", principal(rows))):
        kept = trustworthiness(rows, points, n_neighbors=N_NEAREST, metric="cosine")
        print(f"{name}: trustworthiness {kept:.3f}")


def main() -> None:
    """Measure a bundle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--show", type=int, default=0)
    arguments = parser.parse_args()
    engine = open_engine(arguments.bundle)
    generation = Bundle(arguments.bundle).current()
    with open_store(generation) as store:
        dense = open_dense(generation.path, store)
        costs(engine, store, dense)
        means = means_of(dense, len(store.thread_ids()))
    listing(engine, arguments.show)
    stability(engine, means)
    truth(means)


if __name__ == "__main__":
    main()

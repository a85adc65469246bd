"""Measure how stable topics are, and how true the map is.

Run: python -m benchmarks.topics --bundle BUNDLE

Prints: the topics with their sizes; how alike the topics are when one book is left out (adjusted
Rand index and normalised mutual information over the threads that are left, without topic as a
topic of its own), for each of the largest books; how much of the ten nearest neighbours in meaning
the map keeps (trustworthiness) beside that of the two principal components; seconds of the CPU.
"""

import argparse
import time
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.manifold import trustworthiness
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from search import open_engine
from search.clusters import centred
from search.engine import Engine
from search.layout import place, principal
from search.topics import assign

N_BOOKS = 20
N_NEAREST = 10


def listing(engine: Engine) -> None:
    """Print the topics, and what finding them costs."""
    started = time.process_time()
    topics = engine.topics()
    found = time.process_time()
    engine.topic_map()
    for topic in topics:
        print(f"{topic.n_threads:5d}  {topic.label}")
    print(
        f"{len(topics)} topics hold {sum(topic.n_threads for topic in topics)} of "
        f"{len(engine.store.thread_ids())} threads; {found - started:.1f} s for the topics, "
        f"{time.process_time() - found:.1f} s for the map"
    )


def stability(engine: Engine) -> None:
    """Leave the largest books out, one at a time."""
    means = engine.topic_index.means
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


def truth(engine: Engine) -> None:
    """Compare neighbours on the map with neighbours in meaning."""
    rows = centred(engine.topic_index.means)
    for name, points in (("map", place(rows)), ("principal components", principal(rows))):
        kept = trustworthiness(rows, points, n_neighbors=N_NEAREST, metric="cosine")
        print(f"{name}: trustworthiness {kept:.3f}")


def main() -> None:
    """Measure a bundle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True)
    engine = open_engine(parser.parse_args().bundle)
    listing(engine)
    stability(engine)
    truth(engine)


if __name__ == "__main__":
    main()

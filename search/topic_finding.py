"""Find what an archive is about: groups of threads, their names, and a place for each thread.

Everything here is a pure function of threads and embeddings. A thread is the mean of the embeddings
of its question and of the whole, without what all threads have in common. Threads that ask
something make the topics, about as many as the root of their number (after Mardia, Kent, Bibby,
"Multivariate Analysis", 1979); any thread belongs to the nearest, unless even that is far. An
archive of few threads has none.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from search.clusters import Matrix, centred, cluster
from search.dense import DenseIndex
from search.labels import Name, name_groups
from search.layout import place
from search.models import PassageKind
from search.store import ThreadStore
from search.text.boilerplate import name_words
from search.text.slugs import slugify
from search.topic_table import NO_TOPIC, NamedTopic, TopicTable

FEWEST_THREADS = 24
LEAST_COSINE = 0.33
LEAST_TIGHTNESS = 0.43
_DECIMALS = 6
MOST_THREADS = 30_000


def find_topics(store: ThreadStore, dense: DenseIndex) -> TopicTable:
    """Find and name the topics of an archive, and place its threads on a plane.

    What that costs grows with the square of the threads: a very large archive has no topics.
    """
    if len(store.thread_ids()) > MOST_THREADS:
        return TopicTable.of_none(len(store.thread_ids()))
    directions = centred(means_of(dense, len(store.thread_ids())))
    of_rows, cosines = assign(directions, store.asking())
    n_topics = int(of_rows.max(initial=NO_TOPIC)) + 1
    names = name_groups(_texts(store), of_rows.tolist(), n_topics, names=people_words(store))
    topics = [
        NamedTopic(topic_id, name.label, name.terms)
        for topic_id, name in zip(ids_of(names), names, strict=True)
    ]
    return TopicTable(tuple(topics), of_rows, cosines.round(_DECIMALS), place(directions))


def people_words(store: ThreadStore) -> frozenset[str]:
    """Return the folded words of the names of all who wrote a book or speak in a thread."""
    return name_words([*(author.name for author in store.authors()), *store.speakers()])


def means_of(dense: DenseIndex, n_threads: int) -> Matrix:
    """Return for each thread the sum of its question and its whole, `(n_threads, dim)`."""
    found = [
        [dense.embedding(kind, row) for kind in (PassageKind.QUESTION, PassageKind.THREAD)]
        for row in range(n_threads)
    ]
    if not found:
        return np.zeros((0, 1))
    sums = [np.sum([each for each in pair if each is not None], axis=0) for pair in found]
    return np.array(sums, dtype=np.float64)


def assign(
    directions: Matrix, asking: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find topics.

    Args:
        directions: A unit row for each thread, `(n_threads, dim)`.
        asking: Which threads ask something, shape `(n_threads,)`; these make the topics.

    Returns:
        The topic of each thread, negative for none, and its cosine with the topic's centre.
    """
    n_asking = int(asking.sum())
    n_topics = round(math.sqrt(n_asking))
    if n_asking < FEWEST_THREADS:
        return np.full(len(asking), NO_TOPIC), np.zeros(len(asking))
    asked = directions[asking]
    topics, centres = cluster(asked, n_topics)
    nearness = np.einsum("ij,ij->i", asked, centres[topics])
    tightness = np.bincount(topics, nearness, n_topics) / np.bincount(topics, minlength=n_topics)
    cosines = directions @ centres[tightness >= LEAST_TIGHTNESS].T
    if not cosines.size:
        return np.full(len(asking), NO_TOPIC), np.zeros(len(asking))
    best = cosines.max(axis=1)
    return np.where(best >= LEAST_COSINE, cosines.argmax(axis=1), NO_TOPIC), best


def ids_of(names: Sequence[Name]) -> list[str]:
    """Return an id for each name: its first word or pair, the whole where that is taken."""
    found: list[str] = []
    for name in names:
        short = slugify(name.label.split(", ")[0])
        found.append(slugify(name.label) if short in found else short)
    return found


def _texts(store: ThreadStore) -> list[str]:
    """Return the cleaned words of each thread: the whole, or the question where it is alone."""
    table = store.passage_table()
    kinds = list(PassageKind)
    texts = [""] * len(store.thread_ids())
    for kind in (PassageKind.QUESTION, PassageKind.THREAD):
        ids = np.flatnonzero(table.kinds == kinds.index(kind))
        first = {int(table.rows[each]): int(each) for each in ids[::-1]}
        for row, passage in zip(first, store.passages(list(first.values())), strict=True):
            texts[row] = passage.text
    return texts

"""Compare a question with archived threads: what speaks for one need, what against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.books import BookFinder
from search.dense import DenseIndex
from search.encoders.base import Embeddings, Encoder, TokenEncoder
from search.late import LateIndex
from search.lexical import LexicalIndex
from search.models import Collection, PassageKind, Thread
from search.rankings import Ranking, Rows
from search.recent import remembering
from search.store import ThreadStore
from search.text.contrast import compares, is_of_a_book, named_things, quantities
from search.text.tokens import tokenise
from search.text.units import split_units

Values = NDArray[np.float64]

ASKING = (PassageKind.QUESTION, PassageKind.PART)
_CONTRASTS = ("own", "own_part", "compared", "foreign", "missing", "quantity")
SIGNALS = ("thread", "answer", *_CONTRASTS)
ASKED_SIGNALS = ("question", *_CONTRASTS)
ORDER: Mapping[str, float] = {
    "thread": 0.30,
    "late": 0.20,
    "question": 0.14,
    "book": 0.14,
    "lexical": 0.12,
    "answer": 0.10,
}
_DEPTH = 12
_TOPIC_DEPTH = 20
_TOPIC = 0.8
_FOUND_BY = (*ASKING, PassageKind.THREAD, PassageKind.ANSWER)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is compared.

    `embeddings` has a row for all of it and, where it has background, one for what it asks, shape
    `(n, dim)`; `tokens` is None where the encoder has none; `books` are those it is about.
    """

    text: str
    embeddings: Embeddings
    tokens: Embeddings | None
    books: frozenset[str]


@dataclass(frozen=True, slots=True)
class Compared:
    """What was found out about some threads, an entry of each array a thread, best first.

    `why` adds up to `scores`; `signals` are what the probabilities are computed from.
    """

    rows: Rows
    scores: Values
    why: Mapping[str, Values]
    signals: Mapping[str, Values]

    def at(self, place: int) -> Mapping[str, float]:
        """Return the signals of one thread."""
        return {name: float(values[place]) for name, values in self.signals.items()}


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a thread: all stems, and the quantities that it asks for."""

    stems: frozenset[str]
    quantities: frozenset[str]


class Comparer:
    """Compares questions with the threads of one generation."""

    def __init__(
        self,
        store: ThreadStore,
        dense: DenseIndex,
        lexical: LexicalIndex,
        late: LateIndex | None,
        encoder: Encoder,
        books: BookFinder,
    ) -> None:
        """Compare by these; without late interaction that share of the order is 0."""
        self._store = store
        self._dense = dense
        self._lexical = lexical
        self._late = late
        self._encoder = encoder
        self.books = books
        self._ids = store.thread_ids()
        self._collections: Mapping[str, Collection] = {
            item.slug: item for item in store.collections()
        }
        self._filed_under = np.array(store.books_of_rows(), dtype=object)
        self._answered = store.answered()
        self._words = remembering(self._read_words, most=20_000)
        self._weight = remembering(self._count, most=50_000)

    def read(self, texts: Sequence[str], books: Sequence[frozenset[str]]) -> list[Asked]:
        """Prepare questions, all in one go; each is as alone, but for the encoder's rounding."""
        variants = [_variants(text, self.books.names) for text in texts]
        flat = [variant for group in variants for variant in group]
        if isinstance(self._encoder, TokenEncoder):
            embeddings, tokens = self._encoder.encode_queries_with_tokens(flat)
            of_tokens = [found.embeddings for found in tokens]
        else:
            embeddings, of_tokens = self._encoder.encode_queries(flat), []
        asked, place = [], 0
        for group, about in zip(variants, books, strict=True):
            own = of_tokens[place] if of_tokens else None
            asked.append(Asked(group[0], embeddings[place : place + len(group)], own, about))
            place += len(group)
        return asked

    def nearest(self, embedding: Embeddings, kind: PassageKind, depth: int) -> Ranking:
        """Return the threads nearest to an embedding by one kind of passage."""
        return self._dense.top(embedding, kind=kind, depth=depth, where=None)

    def compare(self, asked: Asked, *, without: frozenset[int] = frozenset()) -> Compared:
        """Compare a question with the threads that could be about the same.

        Args:
            asked: The question.
            without: Rows that are treated as if they were not in the archive.
        """
        rows = self._candidates(asked, without)
        cosines = {
            kind: self._cosines(asked, kind, rows)
            for kind in (*ASKING, PassageKind.THREAD, PassageKind.ANSWER)
        }
        question = np.max([cosines[kind] for kind in ASKING], axis=0)
        thread = np.where(self._answered[rows], cosines[PassageKind.THREAD], question)
        here = np.array([slug in asked.books for slug in self._filed_under[rows]], dtype=float)
        why = {
            "thread": thread,
            "late": self._late_scores(asked, rows),
            "question": question,
            "book": here,
            "lexical": self._lexical.coverage(asked.text, rows=rows),
            "answer": cosines[PassageKind.ANSWER],
        }
        parts = {name: ORDER[name] * np.clip(values, 0.0, 1.0) for name, values in why.items()}
        signals = {
            "question": question,
            "thread": thread,
            "answer": cosines[PassageKind.ANSWER],
            **self._own(asked, rows, without),
            "foreign": (1.0 - here) * (bool(asked.books) and is_of_a_book(asked.text)),
            **self._contrasts(asked, rows),
        }
        return _best_first(rows, parts, signals)

    def _candidates(self, asked: Asked, without: frozenset[int]) -> Rows:
        """Return the nearest threads of every kind of passage, and those of the books named."""
        found: set[int] = set()
        depth = _DEPTH + len(without)
        for embedding in asked.embeddings:
            for kind in _FOUND_BY:
                top = self._dense.top(embedding, kind=kind, depth=depth, where=None)
                found.update(int(row) for row in top.rows if int(row) not in without)
        found.update(int(row) for row in self._of_books(asked) if int(row) not in without)
        return np.array(sorted(found), dtype=np.int64)

    def _of_books(self, asked: Asked) -> Rows:
        """Return the nearest threads of the books that a question is about."""
        if not asked.books:
            return np.empty(0, np.int64)
        rows = np.flatnonzero(np.isin(self._filed_under, list(asked.books)))
        near = np.max([self._cosines(asked, kind, rows) for kind in ASKING], axis=0)
        return rows[np.argsort(-near, kind="stable")[:_DEPTH]]

    def _cosines(self, asked: Asked, kind: PassageKind, rows: Rows) -> Values:
        """Return the largest cosine with a passage of a kind; 0 where a thread has none."""
        scores = [
            self._dense.scores(embedding, kind=kind, rows=rows) for embedding in asked.embeddings
        ]
        best = np.max(scores, axis=0).astype(np.float64)
        return np.where(np.isfinite(best), best, 0.0)

    def _late_scores(self, asked: Asked, rows: Rows) -> Values:
        """Return the late interaction with each thread; 0 without tokens."""
        if self._late is None or asked.tokens is None:
            return np.zeros(len(rows))
        return self._late.scores(asked.tokens, rows=rows)

    def _own(self, asked: Asked, rows: Rows, without: frozenset[int]) -> dict[str, Values]:
        """Return the largest cosines between questions when what is common nearby is taken away.

        The mean of the questions nearest in the archive stands for the topic; most of it is
        subtracted from both sides, so that what is left is what they ask of it. `own` compares
        with posts as a whole, `own_part` with each question of them too: one of many parts is
        soon near by chance, and a post of many parts is seldom near as a whole.
        """
        topic = self._topic(asked, without)
        best = {
            kind: np.array([self._nearest_apart(asked, topic, kind, int(row)) for row in rows])
            for kind in ASKING
        }
        whole, part = (best[kind] for kind in ASKING)
        return {"own": whole, "own_part": np.maximum(whole, part)}

    def _nearest_apart(self, asked: Asked, topic: Embeddings, kind: PassageKind, row: int) -> float:
        """Return the largest cosine with a passage of a thread without the topic, else -1."""
        _, to_topic = self._dense.best_passages(topic, kind=kind, row=row)
        found = [
            _remaining(near, to_topic, embedding, topic).max()
            for embedding in asked.embeddings
            for _, near in [self._dense.best_passages(embedding, kind=kind, row=row)]
            if len(near)
        ]
        return float(max(found, default=-1.0))

    def _topic(self, asked: Asked, without: frozenset[int]) -> Embeddings:
        """Return the weighted mean of the questions nearest to one."""
        embedding = asked.embeddings[0]
        depth = _TOPIC_DEPTH + len(without)
        top = self._dense.top(embedding, kind=PassageKind.QUESTION, depth=depth, where=None)
        near = [int(row) for row in top.rows if int(row) not in without][:_TOPIC_DEPTH]
        found = [self._dense.embedding(PassageKind.QUESTION, row) for row in near]
        kept = [each for each in found if each is not None]
        if not kept:
            return np.zeros_like(embedding)
        return np.asarray(_TOPIC * np.mean(kept, axis=0), dtype=np.float32)

    def _contrasts(self, asked: Asked, rows: Rows) -> dict[str, Values]:
        """Return what a thread lacks of a question: names, things compared, a quantity."""
        things = named_things(asked.text, apart=self.books.name_tokens)
        weighing = compares(asked.text)
        wanted = quantities(asked.text)
        words = [self._words(int(row)) for row in rows]
        missing = np.array([self._missing(things, each.stems) for each in words])
        return {
            "missing": missing,
            "compared": np.array([float(weighing and each > 0.0) for each in missing]),
            "quantity": np.array(
                [float(bool(wanted) and wanted.isdisjoint(each.quantities)) for each in words]
            ),
        }

    def _missing(self, things: Mapping[str, frozenset[str]], stems: frozenset[str]) -> float:
        """Return how rare the rarest name is that a thread does not have, from 0 to 1."""
        return max(
            (self._weight(name) for name, own in things.items() if own.isdisjoint(stems)),
            default=0.0,
        )

    def _count(self, name: str) -> float:
        """Return how rare a name is: 1 where no thread has it, 0 where all have."""
        n_threads = max(len(self._ids), 2)
        n_with = len(self._lexical.top(name, depth=n_threads, where=None))
        return float(1.0 - np.log1p(n_with) / np.log1p(n_threads))

    def _read_words(self, row: int) -> _Words:
        """Read the words of a thread and of the title that it is filed under."""
        thread: Thread = self._store.threads([self._ids[row]])[0]
        asking = [message.text for message in thread.messages if message.asks]
        asking = asking or [thread.question.text]
        title = self._collections[thread.collections[0]].title
        texts = [title, *(message.text for message in thread.messages)]
        return _Words(
            frozenset(stem for text in texts for stem in tokenise(text)),
            frozenset().union(*map(quantities, asking)),
        )


def _variants(text: str, names: frozenset[str]) -> list[str]:
    """Return a question on one line and, where it has background, what it asks alone."""
    units = split_units(text, names=names)
    asking = [unit.text for unit in units if unit.asks]
    whole = text.replace("\n", " ")
    return [whole, " ".join(asking)] if asking and len(asking) < len(units) else [whole]


def _remaining(
    near: NDArray[np.float32],
    to_topic: NDArray[np.float32],
    embedding: Embeddings,
    topic: Embeddings,
) -> Values:
    """Return cosines after a topic is subtracted from unit vectors on both sides."""
    own, length = float(embedding @ topic), float(topic @ topic)
    dots = near - to_topic - own + length
    squares = (1.0 - 2.0 * to_topic + length) * (1.0 - 2.0 * own + length)
    return np.asarray(dots / np.sqrt(np.maximum(squares, 1e-9)), dtype=np.float64)


def _best_first(rows: Rows, parts: Mapping[str, Values], signals: Mapping[str, Values]) -> Compared:
    """Sort by the sum of the parts, ties by row."""
    scores = np.sum(list(parts.values()), axis=0)
    order = np.lexsort((rows, -scores))
    return Compared(
        rows[order],
        scores[order],
        {name: values[order] for name, values in parts.items()},
        {name: values[order] for name, values in signals.items()},
    )

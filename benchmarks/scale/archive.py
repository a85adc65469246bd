"""Generate an archive of any size, the same for the same seed.

A third of the passages are questions, a third answers, a third whole threads. Words follow Zipf's
law. Threads have subjects: embeddings are clustered, and their spectrum decays as that of real
ones does. Tokens are random codes, as many as a short post keeps.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from search.encoders.base import Embeddings, unit_rows
from search.encoders.products import LARGEST, ZERO
from search.late import record_type
from search.models import (
    AnsweredBy,
    Collection,
    CollectionKind,
    Message,
    Passage,
    PassageKind,
    Role,
    Span,
    Thread,
)

DIM = 384
_N_WORDS = 50_000
_WORDS_A_POST = 20
_TOKENS_A_PASSAGE = 12
_TOKEN_WIDTH = 192
_THREADS_A_SUBJECT = 150
_OWN = 2.5
_OF_PASSAGE = 0.7
_LETTERS = "bcdfghklmnprstvz", "aeiou"
_KINDS = (PassageKind.QUESTION, PassageKind.ANSWER, PassageKind.THREAD)
BOOK = "20240101-a-book"


@dataclass(frozen=True, slots=True)
class Archive:
    """Threads and passages as a build makes them; passages stand kind by kind."""

    threads: list[Thread]
    collections: list[Collection]
    embeddings: Embeddings
    kinds: list[PassageKind]
    tokens: NDArray[np.void]

    def passages(self) -> Iterator[Passage]:
        """Yield the passages in the order of their embeddings."""
        for kind in _KINDS:
            for thread in self.threads:
                message = {PassageKind.QUESTION: 0, PassageKind.ANSWER: 1}.get(kind)
                texts = [each.text for each in thread.messages]
                text = " ".join(texts) if message is None else texts[message]
                span = None if message is None else Span(0, len(text))
                yield Passage(thread.thread_id, kind, text, message, span, message == 1)

    def records(self) -> Iterator[NDArray[np.void] | None]:
        """Yield the tokens of each passage."""
        for number, kind in enumerate(self.kinds):
            start = number * _TOKENS_A_PASSAGE
            of_kind = kind is not PassageKind.THREAD
            yield self.tokens[start : start + _TOKENS_A_PASSAGE] if of_kind else None

    def texts(self) -> list[str]:
        """Return the words of each thread."""
        return [" ".join(each.text for each in thread.messages) for thread in self.threads]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query about one of the threads: some of its words, and embeddings near its own."""

    text: str
    embedding: Embeddings
    tokens: Embeddings


def make_archive(n_passages: int, seed: int) -> Archive:
    """Make an archive of about so many passages."""
    generator = np.random.default_rng(seed)
    n_threads = n_passages // len(_KINDS)
    posts = _posts(2 * n_threads, generator)
    threads = [_thread(row, *islice(posts, 2)) for row in range(n_threads)]
    kinds = [kind for kind in _KINDS for _ in range(n_threads)]
    n_tokens = 2 * n_threads * _TOKENS_A_PASSAGE
    tokens = np.empty(n_tokens, dtype=record_type(_TOKEN_WIDTH))
    tokens["start"] = np.tile(np.arange(_TOKENS_A_PASSAGE) * 8, 2 * n_threads)
    numbers = generator.standard_normal((n_tokens, _TOKEN_WIDTH), dtype=np.float32)
    tokens["numbers"] = np.rint(unit_rows(numbers) * LARGEST) + ZERO
    collection = Collection(BOOK, "A Book", CollectionKind.BOOK, (), None, None, None, "", "")
    return Archive(threads, [collection], _embeddings(n_threads, generator), kinds, tokens)


def ask(archive: Archive, n: int, seed: int) -> list[Asked]:
    """Make queries about threads drawn at random."""
    generator = np.random.default_rng(seed)
    asked = []
    for row in generator.choice(len(archive.threads), n, replace=False):
        words = list(dict.fromkeys(archive.threads[row].question.text.rstrip(".").split()))
        own = archive.embeddings[row]
        noise = _spectrum() * generator.standard_normal(DIM)
        embedding = unit_rows((own + _OF_PASSAGE * noise)[None, :])[0]
        tokens = unit_rows(generator.standard_normal((_TOKENS_A_PASSAGE, _TOKEN_WIDTH)))
        asked.append(Asked(" ".join(words[:8]), embedding, tokens))
    return asked


def _spectrum() -> NDArray[np.float64]:
    """Return how much each dimension varies; the squares sum to 1."""
    sizes = np.arange(1, DIM + 1) ** -0.5
    return np.asarray(sizes / np.linalg.norm(sizes))


def _embeddings(n_threads: int, generator: np.random.Generator) -> Embeddings:
    """Return embeddings of all questions, all answers and all threads."""
    spectrum = _spectrum().astype(np.float32)
    n_subjects = max(2, n_threads // _THREADS_A_SUBJECT)
    subjects = spectrum * generator.standard_normal((n_subjects, DIM), dtype=np.float32)
    of_thread = subjects[generator.integers(0, n_subjects, n_threads)]
    of_thread += _OWN * spectrum * generator.standard_normal((n_threads, DIM), dtype=np.float32)
    embeddings = np.empty((len(_KINDS) * n_threads, DIM), dtype=np.float32)
    for number in range(len(_KINDS)):
        noise = generator.standard_normal((n_threads, DIM), dtype=np.float32)
        own = unit_rows(of_thread + _OF_PASSAGE * spectrum * noise)
        embeddings[number * n_threads : (number + 1) * n_threads] = own
    return embeddings


def _words() -> list[str]:
    """Return distinct words that are no stop words."""
    consonants, vowels = _LETTERS
    base = len(consonants) * len(vowels)
    words = []
    for number in range(_N_WORDS):
        syllables, rest = [], number + base
        while rest:
            rest, digit = divmod(rest, base)
            syllables.append(consonants[digit // len(vowels)] + vowels[digit % len(vowels)])
        words.append("".join(syllables) + "k")
    return words


def _posts(n: int, generator: np.random.Generator) -> Iterator[str]:
    """Yield sentences whose words follow Zipf's law."""
    words = np.array(_words())
    shares = np.cumsum(1 / np.arange(1, _N_WORDS + 1))
    for start in range(0, n, 10_000):
        size = min(10_000, n - start), _WORDS_A_POST
        drawn = words[np.searchsorted(shares, generator.random(size) * shares[-1])]
        yield from (" ".join(each) + "." for each in drawn.tolist())


def _thread(row: int, question: str, answer: str) -> Thread:
    """Make a thread of a question and an answer."""
    ref = f"{BOOK}#{row}"
    asked = Message(f"{row}/0", "Asker", Role.ASKER, question, ref, 0, asks=True)
    answered = Message(f"{row}/1", "Author", Role.AUTHOR, answer, ref, 1, answers=True)
    name = f"{row:08d}"
    return Thread(name, (ref,), (BOOK,), (asked, answered), AnsweredBy.AUTHOR, 2024)

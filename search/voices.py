"""What different authors said about a subject: at most one passage of each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from search.dense import DenseIndex
from search.hits import HitMaker, follow_up
from search.models import Collection, CollectionRef, PassageKind, Span, Thread
from search.ranking import Query, Scored
from search.results import Answer, AuthorRef, Voice
from search.store import ThreadStore
from search.text.sentences import sentences

LEAST_PROBABILITY = 0.35
LEAST_SCORE = 0.5
LEAST_COSINE = 0.2
LEAST_COSINE_BESIDE = 0.4
DEPTH = 60
_PASSAGE_CHARS = 500


class VoiceFinder:
    """Finds whom of an archive's authors to quote."""

    def __init__(
        self,
        store: ThreadStore,
        dense: DenseIndex,
        hit_maker: HitMaker,
        collections: Mapping[str, Collection],
    ) -> None:
        """Quote the threads of a store; the index says how near its authors' words are."""
        self._store = store
        self._dense = dense
        self._hit_maker = hit_maker
        self._collections = collections
        self._ids = store.thread_ids()
        self._names = {author.slug: author.name for author in store.authors()}

    def find(
        self, query: Query, scored: Scored, probabilities: Sequence[float | None], *, top_k: int
    ) -> tuple[Voice, ...]:
        """Return the best passage of each author, those of the likeliest threads first.

        A thread counts where it is likely to answer; without a calibration, where it scores well.
        An author counts whose own words are near the subject: a little, because a short answer
        leans on its question; beside an author of the same thread whose words are nearer, as
        much as would do without the question. How near is near is known of encoders with a
        calibration only.

        Args:
            query: The subject.
            scored: Threads, best first.
            probabilities: How likely the first of them answer.
            top_k: How many authors at the most.
        """
        near = [
            place
            for place, probability in enumerate(probabilities)
            if _is_near(float(scored.scores[place]), probability)
        ]
        near.sort(key=lambda place: (-(probabilities[place] or 0.0), place))
        threads = self._store.threads([self._ids[scored.rows[place]] for place in near])
        found: dict[str, Voice] = {}
        for place, thread in zip(near, threads, strict=True):
            row = int(scored.rows[place])
            known = probabilities[place] is not None
            for author in self._near_authors(query, row, thread) if known else _authors_of(thread):
                if author in found:
                    continue
                answer = self._hit_maker.answer(query, row, thread, author=author)
                if answer is not None:
                    voice = self._voice(author, thread, answer)
                    score, sure = float(scored.scores[place]), probabilities[place]
                    rank = len(found) + 1
                    found[author] = replace(voice, rank=rank, score=score, probability=sure)
                    if rank == top_k:
                        return tuple(found.values())
        return tuple(found.values())

    def _near_authors(self, query: Query, row: int, thread: Thread) -> list[str]:
        """Return the authors of a thread whose own words are near, in the thread's order."""
        ids, cosines = self._dense.best_passages(query.embedding, kind=PassageKind.ANSWER, row=row)
        nearest = dict.fromkeys(_authors_of(thread), -1.0)
        passages = self._store.passages(ids.tolist())
        for passage, cosine in zip(passages, cosines.tolist(), strict=True):
            author = thread.messages[passage.message or 0].author
            if author in nearest:
                nearest[author] = max(nearest[author], cosine)
        most = max(nearest.values(), default=-1.0)
        return [
            author
            for author, cosine in nearest.items()
            if cosine >= (LEAST_COSINE if cosine == most else LEAST_COSINE_BESIDE)
        ]

    def _voice(self, author: str, thread: Thread, answer: Answer) -> Voice:
        """Quote an author of a thread."""
        collection = self._collections[thread.collections[0]]
        return Voice(
            rank=0,
            author=AuthorRef(author, self._names[author]),
            score=0.0,
            probability=None,
            thread_id=thread.thread_id,
            source_refs=thread.source_refs,
            question=thread.question.text,
            asker=thread.question.speaker,
            collection=CollectionRef.of(collection),
            answer=answer,
            passage=passage_around(answer.text, answer.highlights),
            url=answer.url or thread.question.url or collection.url,
            follow_up=follow_up(thread, answer),
        )


def passage_around(text: str, highlights: Sequence[Span]) -> Span:
    """Return whole sentences of a text around the first highlight, about 500 characters of them.

    What follows is taken first, then what stands before; the text without white space around it
    where nothing is marked or there is little more.
    """
    spans = sentences(text)
    if not spans:
        return Span(0, len(text))
    at = highlights[0].start if highlights else 0
    first = last = max((i for i, span in enumerate(spans) if span.start <= at), default=0)
    while last + 1 < len(spans) and spans[last + 1].end - spans[first].start <= _PASSAGE_CHARS:
        last += 1
    while first > 0 and spans[last].end - spans[first - 1].start <= _PASSAGE_CHARS:
        first -= 1
    return Span(spans[first].start, spans[last].end)


def _authors_of(thread: Thread) -> list[str]:
    """Return the authors who answer in a thread, in order."""
    return list(
        dict.fromkeys(
            message.author for message in thread.messages if message.author and message.answers
        )
    )


def _is_near(score: float, probability: float | None) -> bool:
    """Tell whether a thread says something about a subject."""
    return score >= LEAST_SCORE if probability is None else probability >= LEAST_PROBABILITY

"""Turn scored threads into hits: the question, the reply that answers, the words that matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from search.dense import DenseIndex
from search.evidence import (
    QUOTING_GAIN,
    Near,
    answering_sentence,
    near_sentences,
    sentence_by_words,
    shared_words,
    with_what_follows,
)
from search.late import LateIndex
from search.models import Collection, CollectionRef, Passage, PassageKind, Span, Thread
from search.phrases import says
from search.ranking import Query, Scored
from search.rankings import Rows
from search.results import (
    Answer,
    FollowUpQuestion,
    Hit,
    Question,
)
from search.store import ThreadStore
from search.text.tokens import tokenise


class HitMaker:
    """Describes the threads of one generation for a query."""

    def __init__(
        self,
        store: ThreadStore,
        dense: DenseIndex,
        collections: Mapping[str, Collection],
        *,
        late: LateIndex | None = None,
    ) -> None:
        """Read what a hit shows from these; without late interaction words point at answers."""
        self._store = store
        self._dense = dense
        self._late = late
        self._collections = collections

    def hits(
        self,
        query: Query,
        scored: Scored,
        threads: Sequence[Thread],
        probabilities: Sequence[float | None],
        *,
        author: str | None = None,
    ) -> tuple[Hit, ...]:
        """Describe the best threads of a ranking; their passages are read and compared together.

        Args:
            query: What is asked.
            scored: The ranking.
            threads: Its best threads.
            probabilities: How likely each of them answers.
            author: Slug of the author whose replies may be shown, None for everybody's.
        """
        rows = scored.rows[: len(threads)].tolist()
        wanted = [_Wanted(*each, author) for each in zip(rows, threads, strict=True)]
        answers = self._answers(query, wanted)
        terms = frozenset(tokenise(query.text))
        parts = {leg.value: values[: len(rows)].tolist() for leg, values in scored.parts.items()}
        return tuple(
            self._hit(scored, number, thread, probability, answer, terms, parts)
            for number, (thread, probability, answer) in enumerate(
                zip(threads, probabilities, answers, strict=True)
            )
        )

    def answer(
        self, query: Query, row: int, thread: Thread, *, author: str | None = None
    ) -> Answer | None:
        """Return the reply of a thread that answers, with the sentence that does.

        Args:
            query: What is asked.
            row: The thread's row.
            thread: The thread.
            author: Slug of the author whose replies count, None for everybody's.
        """
        return self._answers(query, [_Wanted(row, thread, author)])[0]

    def _hit(
        self,
        scored: Scored,
        number: int,
        thread: Thread,
        probability: float | None,
        answer: Answer | None,
        terms: frozenset[str],
        parts: Mapping[str, Sequence[float]],
    ) -> Hit:
        """Describe the thread at place `number` of a ranking."""
        collection = self._collections[thread.collections[0]]
        question = thread.question
        further = follow_up(thread, answer, terms=terms)
        return Hit(
            thread_id=thread.thread_id,
            source_refs=thread.source_refs,
            rank=number + 1,
            score=float(scored.scores[number]),
            probability=probability,
            question=Question(question.text, shared_words(question.text, terms=terms)),
            asker=thread.question.speaker,
            collection=CollectionRef.of(collection),
            answered_by=thread.answered_by,
            answer=answer,
            url=(further.url if further else None) or question.url or collection.url,
            why={name: values[number] for name, values in parts.items()},
            also_in=thread.collections[1:],
            follow_up=further,
        )

    def _answers(self, query: Query, wanted: Sequence[_Wanted]) -> list[Answer | None]:
        """Return of each thread the reply that answers, None where it has none."""
        if not wanted:
            return []
        found = [
            self._dense.best_passages(query.embedding, kind=PassageKind.ANSWER, row=each.row)
            for each in wanted
        ]
        ids, cosines = (np.concatenate(column) for column in zip(*found, strict=True))
        passages = self._store.passages(ids.tolist())
        threads = [each.thread for each, (own, _) in zip(wanted, found, strict=True) for _ in own]
        sentences = self._sentences(query, ids, passages, threads)
        near = map(Near, passages, cosines.tolist(), sentences)
        own = [list(islice(near, len(ids_of_thread))) for ids_of_thread, _ in found]
        return [
            each.answer(query, self._with_questions(query, each, replies))
            for each, replies in zip(wanted, own, strict=True)
        ]

    def _with_questions(self, query: Query, each: _Wanted, near: list[Near]) -> list[Near]:
        """Note of passages how near the question is that each answers, where these are several."""
        follow_ups = each.thread.follow_ups
        if not follow_ups:
            return near
        asked = self._nearness_of_questions(query, each.row, {made.question for made in follow_ups})
        answered = {place: made.question for made in follow_ups for place in made.answers}
        return [
            replace(reply, asked=asked.get(answered.get(reply.message, 0), 0.0)) for reply in near
        ]

    def _nearness_of_questions(
        self, query: Query, row: int, later: Set[int]
    ) -> Mapping[int, float]:
        """Return how near the questions of a thread are to a query, by their messages.

        All that is not asked `later` counts for the post that opens the thread, place 0.
        """
        nearness: dict[int, float] = {}
        for kind in (PassageKind.QUESTION, PassageKind.PART):
            ids, cosines = self._dense.best_passages(query.embedding, kind=kind, row=row)
            for passage, cosine in zip(self._store.passages(ids.tolist()), cosines, strict=True):
                message = passage.message or 0
                place = message if message in later else 0
                nearness[place] = max(nearness.get(place, -1.0), float(cosine))
        return nearness

    def _sentences(
        self, query: Query, ids: Rows, passages: Sequence[Passage], threads: Sequence[Thread]
    ) -> Sequence[Sequence[tuple[Span, float]] | None]:
        """Return the sentences of passages and how near they are; None without any tokens."""
        if self._late is None or query.tokens is None or not len(query.tokens):
            return [None] * len(ids)
        texts = [
            thread.messages[passage.message or 0].text
            for passage, thread in zip(passages, threads, strict=True)
        ]
        by_token = self._late.cosines(query.tokens, passage_ids=ids)
        asked = [
            thread.question.text if passage.message else ""
            for passage, thread in zip(passages, threads, strict=True)
        ]
        return near_sentences(passages, texts, by_token, asked=asked)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A thread of which the answer is wanted: anybody's, or that of one author."""

    row: int
    thread: Thread
    author: str | None = None

    def answer(self, query: Query, near: Sequence[Near]) -> Answer | None:
        """Return the reply that answers; `near` has all passages of its answers.

        That of an author whom the query names comes before others.
        """
        messages = self.thread.messages
        if self.author is not None:
            near = [each for each in near if messages[each.message].author == self.author]
        named = [each for each in near if messages[each.message].author in query.authors]
        near = named or near
        if not near:
            return None
        texts = [message.text for message in messages]
        near = _quoting(query, near, texts)
        place, sentence = answering_sentence(near) or _sentence_with_words(query, near, texts)
        marked = [with_what_follows(texts[place], sentence)] if sentence else []
        return Answer.of(messages[place], *marked)


def follow_up(
    thread: Thread, answer: Answer | None, *, terms: Set[str] = frozenset()
) -> FollowUpQuestion | None:
    """Return the question that an answer replies to, where it was asked after another answer.

    Args:
        thread: The thread.
        answer: One of its messages.
        terms: Stems of the query; words that have them are marked.
    """
    if answer is None:
        return None
    messages = thread.messages
    for made in thread.follow_ups:
        if answer.message_id in {messages[place].message_id for place in made.answers}:
            asked = messages[made.question]
            return FollowUpQuestion(
                text=asked.text,
                highlights=shared_words(asked.text, terms=terms),
                asker=asked.speaker,
                message_id=asked.message_id,
                url=asked.url,
            )
    return None


def _quoting(query: Query, near: Sequence[Near], texts: Sequence[str]) -> Sequence[Near]:
    """Bring sentences that say what a query quotes nearer."""
    if not query.phrases:
        return near

    def gain(message: int, span: Span) -> float:
        said = texts[message][span.start : span.end]
        return QUOTING_GAIN * any(says(said, phrase) for phrase in query.phrases)

    return [
        replace(
            each,
            sentences=each.sentences
            and [(span, nearness + gain(each.message, span)) for span, nearness in each.sentences],
        )
        for each in near
    ]


def _sentence_with_words(
    query: Query, near: Sequence[Near], texts: Sequence[str]
) -> tuple[int, Span | None]:
    """Return the message and the sentence by words, from the passage that is nearest."""
    nearest = max(near, key=lambda each: each.lent)
    text = texts[nearest.message]
    within = nearest.passage.span or Span(0, len(text))
    terms = frozenset(tokenise(query.text))
    return nearest.message, sentence_by_words(text, within=within, terms=terms)

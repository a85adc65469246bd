"""Turn scored threads into hits: the question, the reply that answers, the words that matter."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from search.dense import DenseIndex
from search.evidence import (
    AUTHOR_PREFERENCE,
    Nearness,
    answering_sentence,
    sentence_by_words,
    shared_words,
)
from search.late import LateIndex
from search.models import (
    Answer,
    Collection,
    CollectionRef,
    Hit,
    Passage,
    PassageKind,
    Question,
    Span,
    Thread,
)
from search.ranking import Query, Scored
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

    def hit(
        self,
        query: Query,
        scored: Scored,
        number: int,
        thread: Thread,
        *,
        probability: float | None,
    ) -> Hit:
        """Describe the thread at place `number` of a ranking."""
        terms = frozenset(tokenise(query.text))
        collection = self._collections[thread.collections[0]]
        question = thread.question
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
            answer=self.answer(query, int(scored.rows[number]), thread),
            url=question.url or collection.url,
            why={leg.value: float(values[number]) for leg, values in scored.parts.items()},
            also_in=thread.collections[1:],
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
        ids, cosines = self._dense.best_passages(query.embedding, kind=PassageKind.ANSWER, row=row)
        passages = self._store.passages(ids.tolist())
        if author is not None:
            said = [thread.messages[each.message or 0].author == author for each in passages]
            ids, cosines = ids[said], cosines[said]
            passages = [each for each, own in zip(passages, said, strict=True) if own]
        if not passages:
            return None
        texts = [message.text for message in thread.messages]
        found: tuple[int, Span | None] | None = None
        if self._late is not None and query.tokens is not None and len(query.tokens):
            near = [
                Nearness(float(cosine), *by_token)
                for cosine, by_token in zip(
                    cosines, self._late.cosines(query.tokens, passage_ids=ids), strict=True
                )
            ]
            found = answering_sentence(passages, near, texts)
        place, sentence = found or _sentence_with_words(query, passages, cosines, texts)
        message = thread.messages[place]
        return Answer(
            speaker=message.speaker,
            role=message.role,
            author=message.author,
            text=message.text,
            message_id=message.message_id,
            url=message.url,
            highlights=(sentence,) if sentence else (),
        )


def _sentence_with_words(
    query: Query, passages: Sequence[Passage], cosines: NDArray[np.float32], texts: Sequence[str]
) -> tuple[int, Span | None]:
    """Return the message and the sentence by words, from the passage that is nearest."""
    lifted = cosines + AUTHOR_PREFERENCE * np.array([item.by_author for item in passages])
    passage = passages[int(np.argmax(lifted))]
    place = passage.message or 0
    within = passage.span or Span(0, len(texts[place]))
    terms = frozenset(tokenise(query.text))
    return place, sentence_by_words(texts[place], within=within, terms=terms, weights={})

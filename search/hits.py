"""Turn scored threads into hits: the question, the reply that answers, the words that matter."""

from collections.abc import Mapping

import numpy as np

from search.dense import DenseIndex
from search.evidence import answering_sentence, shared_words
from search.models import (
    Answer,
    Collection,
    CollectionRef,
    Hit,
    PassageKind,
    Question,
    Span,
    Thread,
)
from search.ranking import Query, Scored
from search.store import ThreadStore
from search.text.tokens import tokenise

AUTHOR_PREFERENCE = 0.05


class HitMaker:
    """Describes the threads of one generation for a query."""

    def __init__(
        self, store: ThreadStore, dense: DenseIndex, collections: Mapping[str, Collection]
    ) -> None:
        """Read what a hit shows from these."""
        self._store = store
        self._dense = dense
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
        question = thread.question.text
        return Hit(
            thread_id=thread.thread_id,
            source_refs=thread.source_refs,
            rank=number + 1,
            score=float(scored.scores[number]),
            probability=probability,
            question=Question(question, shared_words(question, terms=terms)),
            asker=thread.question.speaker,
            collection=CollectionRef.of(collection),
            answered_by=thread.answered_by,
            answer=self._answer(query, int(scored.rows[number]), thread, terms),
            url=collection.url,
            why={leg.value: float(values[number]) for leg, values in scored.parts.items()},
            also_in=thread.collections[1:],
        )

    def _answer(
        self, query: Query, row: int, thread: Thread, terms: frozenset[str]
    ) -> Answer | None:
        """Return the reply that is nearest to the query, the author's at about equal nearness."""
        ids, cosines = self._dense.best_passages(query.embedding, kind=PassageKind.ANSWER, row=row)
        passages = self._store.passages(ids.tolist())
        if not passages:
            return None
        lifted = cosines + AUTHOR_PREFERENCE * np.array([item.by_author for item in passages])
        passage = passages[int(np.argmax(lifted))]
        message = thread.messages[passage.message or 0]
        within = passage.span or Span(0, len(message.text))
        sentence = answering_sentence(message.text, within=within, terms=terms, weights={})
        return Answer(
            speaker=message.speaker,
            role=message.role,
            author=message.author,
            text=message.text,
            message_id=message.message_id,
            highlights=(sentence,) if sentence else (),
        )

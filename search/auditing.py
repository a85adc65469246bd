"""Find what the archive says twice, and questions left open that are answered elsewhere.

Threads are compared by their signals (`search.similarity`) with a logistic regression that was
fitted on judged pairs by `python -m benchmarks.audit` and is valid for one encoder only. Answers
that were posted apart are known from the threads' links.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from search.apart import Apart, answered_apart
from search.confidence import Logistic, published
from search.duplicates import DuplicateChecker, Post
from search.errors import InvalidQueryError
from search.limits import DEFAULT_AT_LEAST, DEFAULT_PROPOSALS
from search.models import AnsweredBy, CollectionRef, Thread
from search.results import Answer, Hit, Proposal, Question
from search.similarity import ASKING, ORDER, Asked, Compared
from search.store import ThreadStore
from search.text.contrast import is_of_a_book

AUDIT_DATA = "audit_calibration.json"
AUDIT_SIGNALS = ("question", "own_part", "late", "open")
NO_CALIBRATION: Final = (
    "no calibration exists for this encoder: threads are not compared, and only answers that "
    "were posted apart are proposed"
)
_LEAST_COSINE = 0.6


class Auditor:
    """Compares every thread of an archive with all others."""

    def __init__(
        self, store: ThreadStore, checker: DuplicateChecker, *, calibration: Logistic | None
    ) -> None:
        """Compare with an encoder's calibration; without one threads are not compared."""
        self._store = store
        self._checker = checker
        self._calibration = calibration
        self._answered = store.answered()
        self._rows = {thread_id: row for row, thread_id in enumerate(store.thread_ids())}
        self._collections = {item.slug: item for item in store.collections()}
        self.warnings = () if calibration else (NO_CALIBRATION,)

    def proposals(
        self,
        *,
        limit: int = DEFAULT_PROPOSALS,
        at_least: float = DEFAULT_AT_LEAST,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> list[Proposal]:
        """Return the likeliest proposals, a pair of threads at most once.

        What a maintainer may have to do something about comes first, then the answers that were
        posted apart and are joined already; the likeliest of each first.

        Args:
            limit: How many at the most.
            at_least: The probability from which on a pair is proposed.
            progress: Called with the number of threads that are done and their total.
        """
        found: dict[frozenset[str], Proposal] = {}
        total = len(self._rows)
        for done, thread in enumerate(self._store.iter_threads(), start=1):
            for proposal in (*self._apart(thread), *self._of_thread(thread, at_least)):
                pair = frozenset({thread.thread_id, proposal.other.thread_id})
                surer = pair not in found or found[pair].probability < proposal.probability
                if surer and proposal.probability >= at_least:
                    found[pair] = proposal
            progress(done, total)
        best = sorted(
            found.values(),
            key=lambda each: (each.reason is not None, -each.probability, each.thread_id),
        )
        return best[:limit]

    def signals(self, thread: Thread, other: str) -> dict[str, float] | None:
        """Return what the likeliest question of a thread has in common with another thread.

        None where the two are not compared: nothing near, nothing asked, or linked already.
        """
        row = self._rows[other]
        found = [
            signals
            for _, compared, places in self._compared(thread)
            for place in places
            if compared.rows[place] == row
            for signals in [_signals(thread, compared, place)]
        ]
        return max(found, key=lambda each: each["question"], default=None)

    def _apart(self, thread: Thread) -> Iterator[Proposal]:
        """Yield the questions of a thread whose answers were posted apart."""
        for apart in answered_apart(thread):
            yield Proposal(
                kind="answered_elsewhere",
                thread_id=thread.thread_id,
                source_refs=(apart.question.source_ref,),
                question=apart.question.text,
                probability=apart.link.confidence,
                other=self._hit_apart(thread, apart),
                reason=apart.link.reason,
            )

    def _hit_apart(self, thread: Thread, apart: Apart) -> Hit:
        """Describe the post below which an answer stands; a joined one by its former id."""
        link = apart.link
        beneath = self._store.threads([link.thread_id])[0] if not link.joined else thread
        posts = (each for each in beneath.messages if each.source_ref == link.source_ref)
        post = next(posts, apart.answer)
        return Hit(
            thread_id=link.thread_id,
            source_refs=(link.source_ref,),
            rank=1,
            score=link.confidence,
            probability=link.confidence,
            question=Question(post.text),
            asker=post.speaker,
            collection=CollectionRef.of(self._collections[beneath.collections[0]]),
            answered_by=beneath.answered_by,
            answer=self._words(thread, apart),
            url=apart.answer.url,
            why={"posted_apart": link.confidence},
        )

    def _words(self, thread: Thread, apart: Apart) -> Answer:
        """Return an answer, with the sentence that answers marked where it is the nearest."""
        asked = self._checker.comparer.read([apart.question.text], [frozenset()])[0]
        nearest = self._checker.answer(asked, self._rows[thread.thread_id], thread)
        if nearest is not None and nearest.message_id == apart.answer.message_id:
            return nearest
        return Answer.of(apart.answer)

    def _of_thread(self, thread: Thread, at_least: float) -> Iterator[Proposal]:
        """Yield for each question of a thread the likeliest other thread, if likely enough."""
        if self._calibration is None:
            return
        answered = thread.answered_by is not AnsweredBy.NOBODY
        for asked, compared, places in self._compared(thread):
            likely = {
                place: self._calibration.probability(_signals(thread, compared, place))
                for place in places
            }
            place = max(likely, key=lambda each: (likely[each], -each))
            if likely[place] >= at_least:
                hit = self._checker.hits(asked, compared, [place], likely)[0]
                yield Proposal(
                    kind="duplicate" if answered else "answered_elsewhere",
                    thread_id=thread.thread_id,
                    source_refs=thread.source_refs,
                    question=asked.text,
                    probability=likely[place],
                    other=replace(hit, rank=place + 1),
                )

    def _compared(self, thread: Thread) -> Iterator[tuple[Asked, Compared, list[int]]]:
        """Yield each question of a thread, compared, and the places of those it could be one with.

        These ask nearly the same and are answered; a question that speaks of its book stays
        within it.
        """
        if not thread.asks:
            return
        try:
            post = self._checker.read(thread.question.text)
        except InvalidQueryError:
            return
        row = self._rows[thread.thread_id]
        linked = frozenset(
            self._rows[link.thread_id] for link in thread.links if link.thread_id in self._rows
        )
        without = frozenset({row}) | linked
        for asked in self._asked(post, thread):
            if self._is_near_any(asked, without):
                compared = self._checker.comparer.compare(asked, without=without)
                near = compared.signals["question"] >= _LEAST_COSINE
                near &= compared.signals["foreign"] == 0.0
                places = [
                    place
                    for place, other in enumerate(compared.rows)
                    if near[place] and self._answered[other]
                ]
                if places:
                    yield asked, compared, places

    def _asked(self, post: Post, thread: Thread) -> list[Asked]:
        """Prepare what a thread asks; its book is the one that it is filed under."""
        books = frozenset(thread.collections)
        return self._checker.comparer.read(
            post.texts, [books if is_of_a_book(text) else post.books for text in post.texts]
        )

    def _is_near_any(self, asked: Asked, without: frozenset[int]) -> bool:
        """Tell whether any other thread asks nearly the same, before all is compared."""
        for embedding in asked.embeddings:
            for kind in ASKING:
                top = self._checker.comparer.nearest(embedding, kind, 1 + len(without))
                for row, cosine in zip(top.rows, top.scores, strict=True):
                    if int(row) not in without and cosine >= _LEAST_COSINE:
                        return True
        return False


def audit_calibration_for(fingerprint: str) -> Logistic | None:
    """Return the calibration of an encoder, None where none was fitted."""
    raw = published(AUDIT_DATA).get(fingerprint)
    return None if raw is None else Logistic(raw["intercept"], raw["weights"])


def _signals(thread: Thread, compared: Compared, place: int) -> dict[str, float]:
    """Return what the probability of a pair is computed from."""
    return {
        "question": float(compared.signals["question"][place]),
        "own_part": float(compared.signals["own_part"][place]),
        "late": float(compared.why["late"][place]) / ORDER["late"],
        "open": float(thread.answered_by is AnsweredBy.NOBODY),
    }

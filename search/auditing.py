"""Find what the archive says twice, and questions left open that are answered elsewhere."""

from collections.abc import Callable, Iterator

from search.duplicates import DuplicateChecker, Post
from search.errors import InvalidQueryError
from search.models import AnsweredBy, Thread
from search.results import Hit, Proposal
from search.similarity import ASKING, Asked
from search.store import ThreadStore
from search.text.contrast import is_of_a_book

LEAST_PROBABILITY = 0.5
LEAST_COSINE = 0.84
DEFAULT_PROPOSALS = 60


class Auditor:
    """Compares every thread of an archive with all others."""

    def __init__(self, store: ThreadStore, checker: DuplicateChecker) -> None:
        """Read threads from a store and compare them as new posts are."""
        self._store = store
        self._checker = checker
        self._rows = {thread_id: row for row, thread_id in enumerate(store.thread_ids())}

    def proposals(
        self,
        *,
        limit: int = DEFAULT_PROPOSALS,
        at_least: float = LEAST_PROBABILITY,
        least_cosine: float = LEAST_COSINE,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> list[Proposal]:
        """Return the likeliest proposals, best first, a pair of threads at most once.

        Args:
            limit: How many at the most.
            at_least: The probability from which on a pair is proposed.
            least_cosine: The cosine of what both ask from which on a pair is proposed.
            progress: Called with the number of threads that are done and their total.
        """
        found: dict[frozenset[str], Proposal] = {}
        total = len(self._rows)
        for done, thread in enumerate(self._store.iter_threads(), start=1):
            for proposal in self._of_thread(thread, at_least, least_cosine):
                pair = frozenset({thread.thread_id, proposal.other.thread_id})
                if pair not in found or found[pair].probability < proposal.probability:
                    found[pair] = proposal
            progress(done, total)
        best = sorted(found.values(), key=lambda each: (-each.probability, each.thread_id))
        return best[:limit]

    def _of_thread(
        self, thread: Thread, at_least: float, least_cosine: float
    ) -> Iterator[Proposal]:
        """Yield the thread that answers a question of another, if there is one."""
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
            if self._is_near_any(asked, without, least_cosine):
                yield from self._best(thread, asked, without, at_least, least_cosine)

    def _asked(self, post: Post, thread: Thread) -> list[Asked]:
        """Prepare what a thread asks; its book is the one that it is filed under."""
        books = frozenset(thread.collections)
        return self._checker.comparer.read(
            post.texts, [books if is_of_a_book(text) else post.books for text in post.texts]
        )

    def _best(
        self,
        thread: Thread,
        asked: Asked,
        without: frozenset[int],
        at_least: float,
        least_cosine: float,
    ) -> Iterator[Proposal]:
        """Propose the likeliest other thread for a question, where it is likely enough.

        Both must ask nearly the same: what makes a post worth reading before another is asked
        does not make two threads one.
        """
        compared = self._checker.comparer.compare(asked, without=without)
        judged = self._checker.judge(asked, compared)
        if judged is None:
            return
        same = [
            place
            for place, probability in enumerate(judged.answers)
            if probability >= at_least and compared.signals["question"][place] >= least_cosine
        ]
        if not same:
            return
        place = max(same, key=lambda each: (judged.answers[each], -each))
        hit = self._checker.hits(asked, compared, judged, place + 1)[place]
        if _is_of_another_book(thread, asked, hit):
            return
        answered = thread.answered_by is not AnsweredBy.NOBODY
        yield Proposal(
            kind="duplicate" if answered else "answered_elsewhere",
            thread_id=thread.thread_id,
            source_refs=thread.source_refs,
            question=asked.text,
            probability=judged.answers[place],
            other=hit,
        )

    def _is_near_any(self, asked: Asked, without: frozenset[int], least_cosine: float) -> bool:
        """Tell whether any other thread asks nearly the same, before all is compared."""
        for embedding in asked.embeddings:
            for kind in ASKING:
                top = self._checker.comparer.nearest(embedding, kind, 1 + len(without))
                for row, cosine in zip(top.rows, top.scores, strict=True):
                    if int(row) not in without and cosine >= least_cosine:
                        return True
        return False


def _is_of_another_book(thread: Thread, asked: Asked, other: Hit) -> bool:
    """Tell whether a question speaks of its book and the other thread is about another one."""
    filed = {other.collection.slug, *other.also_in}
    return is_of_a_book(asked.text) and filed.isdisjoint(thread.collections)

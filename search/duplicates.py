"""Check new posts against the archive: what was answered, what was asked, what is new."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from search.errors import InvalidQueryError
from search.hits import HitMaker
from search.limits import check_post
from search.models import Span, Thread
from search.ranking import Query, Scored
from search.results import Answer, CheckedPart, CheckResult, Hit, Verdict
from search.similarity import Asked, Compared, Comparer
from search.store import ThreadStore
from search.text.asking import announces
from search.text.boilerplate import content, content_spans
from search.text.clean import clean
from search.text.contrast import is_of_any_book
from search.text.languages import ForeignText
from search.text.numbers import after_number
from search.text.parts import QuestionPart, split_parts
from search.text.tokens import tokenise
from search.verdicts import CheckCalibration, overall, uncalibrated

NO_CALIBRATION = (
    "no calibration exists for this encoder: probabilities are unknown, and no verdict says more "
    "than that a thread is related"
)
ASKS_NOTHING = "no question was found in this post, so all of it was compared"
JUDGED = 5
_FEWEST_STEMS = 3
_POSTS_A_BATCH = 64


@dataclass(frozen=True, slots=True)
class Post:
    """A post that asks something, split.

    `texts` has what each part is compared by: its own words where there are several, all that
    the post says where there is one. `asks` is whether a question was found.
    """

    text: str
    parts: tuple[QuestionPart, ...]
    texts: tuple[str, ...]
    books: frozenset[str]
    asks: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """How likely the nearest threads answer a question, by their places, or one asks it."""

    answers: Mapping[int, float]
    answered: float
    asked: float


class DuplicateChecker:
    """Checks posts against one generation."""

    def __init__(
        self,
        store: ThreadStore,
        comparer: Comparer,
        hit_maker: HitMaker,
        *,
        generation: str,
        calibration: CheckCalibration | None,
        foreign: ForeignText | None = None,
        warnings: Sequence[str] = (),
    ) -> None:
        """Judge with an encoder's calibration; without one no verdict says much.

        `foreign` finds posts in languages that the archive is not in, to which all is new;
        `warnings` go with every result.
        """
        self.comparer = comparer
        self._store = store
        self._hit_maker = hit_maker
        self._generation = generation
        self._calibration = calibration
        self._ids = store.thread_ids()
        self._answered = store.answered()
        self._foreign = foreign
        self._warnings = tuple(warnings) if calibration else (*warnings, NO_CALIBRATION)

    def check(self, text: str, *, top_k: int, collection: str | None = None) -> CheckResult:
        """Check one post; see `read`.

        Raises:
            InvalidQueryError: If it is empty, too long or only greets.
        """
        return next(self.check_all([self.read(text, collection=collection)], top_k=top_k))

    def read(self, text: str, *, collection: str | None = None) -> Post:
        """Split a post into what it asks; one that asks nothing is one part.

        Args:
            text: The post.
            collection: Slug of the book that it is about, unless all that it names are others.

        Raises:
            InvalidQueryError: If it is empty, too long or only greets.
        """
        check_post(text)
        names = self.comparer.books.names
        parts = split_parts(text, names=names)
        said = content(text, names=names)
        asks = bool(parts)
        if not asks:
            if not tokenise(said):
                raise InvalidQueryError(
                    "the post only greets or thanks: add the question that you want to ask"
                )
            spans = content_spans(text, names=names)
            parts = (QuestionPart(Span(spans[0].start, spans[-1].end), (), said, None),)
        texts = (said,) if len(parts) == 1 else tuple(part.text for part in parts)
        named = self.comparer.books.find(text)
        # An author's name alone may be that of several books.
        if collection is not None and (not named or collection in named):
            named = frozenset({collection})
        return Post(text, parts, texts, named, asks)

    def check_all(self, posts: Iterable[Post], *, top_k: int) -> Iterator[CheckResult]:
        """Check many posts, a batch at a time; each as alone, but for the encoder's rounding."""
        waiting = iter(posts)
        while batch := list(islice(waiting, _POSTS_A_BATCH)):
            asked = self.comparer.read(
                [text for post in batch for text in post.texts],
                [post.books for post in batch for _ in post.parts],
            )
            place = 0
            for post in batch:
                own = asked[place : place + len(post.parts)]
                place += len(post.parts)
                yield self._result(post, own, top_k)

    def judge(self, asked: Asked, compared: Compared) -> Judged | None:
        """Return what is known of the nearest threads; None without a calibration."""
        if self._calibration is None:
            return None
        limit = limit_of(asked)
        answers: dict[int, float] = {}
        asks = [0.0]
        for place in judged_places(compared):
            signals = compared.at(place)
            if self._answered[compared.rows[place]]:
                answers[place] = limit * self._calibration.answers.probability(signals)
            else:
                answers[place] = 0.0
                asks.append(limit * self._calibration.asks.probability(signals))
        return Judged(answers, max(answers.values(), default=0.0), max(asks))

    def _result(self, post: Post, asked: Sequence[Asked], top_k: int) -> CheckResult:
        """Check one post whose parts were read."""
        parts = tuple(
            self._part(part, own, top_k) for part, own in zip(post.parts, asked, strict=True)
        )
        foreign = self._not_understood(post)
        return CheckResult(
            text=post.text,
            generation=self._generation,
            verdict=overall([part.verdict for part in parts]),
            draft=_draft(post, parts),
            parts=parts,
            is_foreign=foreign is not None,
            warnings=tuple(
                warning
                for warning in (*self._warnings, foreign, None if post.asks else ASKS_NOTHING)
                if warning is not None
            ),
        )

    def _not_understood(self, post: Post) -> str | None:
        """Say that the archive is not in the language of a post.

        Without a calibration nobody knows which languages the encoder understands.
        """
        if self._foreign is None or self._calibration is None:
            return None
        return self._foreign.warning(post.text)

    def _part(self, part: QuestionPart, asked: Asked, top_k: int) -> CheckedPart:
        """Check one question."""
        compared = self.comparer.compare(asked)
        judged = self.judge(asked, compared)
        verdict = self._verdict(compared, judged)
        answers = judged.answers if judged else {}
        places = list(range(len(compared.rows)))
        if answers and verdict is not Verdict.ASKED:
            # The thread whose chance is told comes before those that are merely near.
            places.insert(0, places.pop(max(answers, key=lambda place: answers[place])))
        return CheckedPart(
            text=part.text,
            span=part.span,
            verdict=verdict,
            probability=judged.answered if judged else None,
            hits=self.hits(asked, compared, places[:top_k], answers),
        )

    def _verdict(self, compared: Compared, judged: Judged | None) -> Verdict:
        """Decide what the archive has of a question."""
        if judged is None or self._calibration is None:
            return uncalibrated(float(compared.signals["question"].max(initial=0.0)))
        return self._calibration.verdict(judged.answered, judged.asked)

    def hits(
        self,
        asked: Asked,
        compared: Compared,
        places: Sequence[int],
        answers: Mapping[int, float],
    ) -> tuple[Hit, ...]:
        """Show the threads at some places with the words that answer, in the order of the places.

        `answers` says how likely those that were judged answer.
        """
        query = Query(asked.text, asked.embeddings[0], asked.tokens)
        threads = self._store.threads([self._ids[compared.rows[place]] for place in places])
        probabilities = [answers.get(place) for place in places]
        scored = _scored(compared).take(np.array(places, dtype=np.int64))
        hits = self._hit_maker.hits(query, scored, threads, probabilities)
        why = [
            {name: float(values[place]) for name, values in compared.why.items()}
            for place in places
        ]
        return tuple(replace(hit, why=parts) for hit, parts in zip(hits, why, strict=True))

    def answer(self, asked: Asked, row: int, thread: Thread) -> Answer | None:
        """Return the reply of a thread that answers a question, None where it has none."""
        query = Query(asked.text, asked.embeddings[0], asked.tokens)
        return self._hit_maker.answer(query, row, thread)


def judged_places(compared: Compared) -> list[int]:
    """Return the places of the threads that are judged: the best, with and without their book.

    The book that a post is meant for brings threads near; it takes none away.
    """
    elsewhere = np.lexsort((compared.rows, compared.why["book"] - compared.scores))
    return sorted({*range(min(JUDGED, len(compared.rows))), *elsewhere[:JUDGED].tolist()})


def _scored(compared: Compared) -> Scored:
    """Describe compared threads as a ranking."""
    cosines = np.maximum(compared.signals["question"], compared.signals["thread"])
    return Scored(
        rows=compared.rows,
        scores=compared.scores,
        parts={},
        cosines=cosines,
        late=np.zeros(len(compared.rows)),
    )


def limit_of(asked: Asked) -> float:
    """Return what a probability is multiplied by: a question of few words is never certain.

    Nor is one that every book gets, where the post does not say which book it means.
    """
    if not asked.books and is_of_any_book(asked.text):
        return 1.0 / _FEWEST_STEMS
    return min(1.0, len(set(tokenise(asked.text))) / _FEWEST_STEMS)


def _draft(post: Post, parts: Sequence[CheckedPart]) -> str | None:
    """Leave out of a post what is answered, with the background of that alone.

    One question that is left needs no number, and nobody to announce "two questions".
    """
    left = [
        part
        for part, checked in zip(post.parts, parts, strict=True)
        if checked.verdict is not Verdict.ANSWERED
    ]
    if not left or len(left) == len(parts):
        return None
    answered = {part.span for part in post.parts} - {part.span for part in left}
    spans = sorted(
        {span for part in left for span in (*part.context, part.span)} - answered,
        key=lambda span: (span.start, span.end),
    )
    if len(left) == 1:
        spans = [after_number(post.text, span) for span in spans if not _announces(post, span)]
    return "\n".join(post.text[span.start : span.end].strip() for span in spans)


def _announces(post: Post, span: Span) -> bool:
    """Tell whether a sentence of a post only says that questions follow."""
    return announces(clean(post.text[span.start : span.end]))

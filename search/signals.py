"""What is known of a query and of a thread for it, from which confidence is computed.

A query's signals are statistics over the whole archive at fixed depth; a thread's signals are
functions of the query and the thread. None depends on filters or on how many hits are shown.
"""

import math
from collections.abc import Mapping

import numpy as np

from search.fusion import Leg
from search.lexical import LexicalIndex
from search.ranking import Query, Scored
from search.rankings import Rows
from search.text.tokens import tokenise

Signals = Mapping[str, float]
QUERY_SIGNALS = ("answer", "thread", "late", "coverage", "terms", "size")
HIT_SIGNALS = ("cosine", "score", "late", "coverage")
_BEST = 10


def query_signals(
    query: Query, scored: Scored, lexical: LexicalIndex, *, n_threads: int
) -> dict[str, float]:
    """Describe a query by what the whole archive has for it.

    `answer` and `thread` are the largest cosines of these legs, `late` the largest late
    interaction among the candidates, `coverage` the largest share of the query's weight of words
    that one of the ten best threads has, `terms` the logarithm of one plus the distinct terms,
    `size` that of the number of threads: the best of many is nearer than the best of few.

    Args:
        query: The query.
        scored: All candidates of the unfiltered archive.
        lexical: The lexical index of that archive.
        n_threads: How many threads it has.
    """
    best = scored.rows[np.argsort(-scored.relevance, kind="stable")[:_BEST]]
    return {
        "answer": scored.largest.get(Leg.ANSWER, 0.0),
        "thread": scored.largest.get(Leg.THREAD, 0.0),
        "late": float(scored.late.max(initial=0.0)),
        "coverage": float(lexical.coverage(query.text, rows=best).max(initial=0.0)),
        "terms": math.log(1 + len(set(tokenise(query.text)))),
        "size": math.log(max(n_threads, 1)),
    }


def hit_signals(query: Query, scored: Scored, lexical: LexicalIndex, n: int) -> list[Signals]:
    """Describe the best `n` threads: largest cosine, score, late interaction, words covered.

    The score is that for what is asked, whichever book is named.
    """
    rows: Rows = scored.rows[:n]
    coverage = lexical.coverage(query.text, rows=rows)
    columns = (scored.cosines[:n], scored.relevance[:n], scored.late[:n], coverage)
    table = np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)
    return [dict(zip(HIT_SIGNALS, map(float, row), strict=True)) for row in table]

"""Count the runs of tokens of a text, one length after another, in linear time each."""

from collections.abc import Sequence


class NGrams:
    """The n-grams of a sequence of tokens: how often each occurs, and where first.

    Grams of length n are numbered from those of length n - 1 and the token that follows, so that
    a length costs one pass whatever it is; lengths are counted when they are first asked for.

    References:
        Karp, Miller, Rosenberg, STOC 1972. https://doi.org/10.1145/800152.804905
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        """Number the tokens."""
        known: dict[str, int] = {}
        self._tokens = [known.setdefault(token, len(known)) for token in tokens]
        self._numbers: list[list[int]] = [[0] * (len(tokens) + 1)]
        self._counts: list[list[int]] = [[len(tokens) + 1]]
        self._firsts: list[list[int]] = [[0]]

    def count(self, start: int, n: int) -> int:
        """Return how often the `n` tokens from `start` occur."""
        self._reach(n)
        return self._counts[n][self._numbers[n][start]]

    def first(self, start: int, n: int) -> int:
        """Return where the `n` tokens from `start` occur first."""
        self._reach(n)
        return self._firsts[n][self._numbers[n][start]]

    def _reach(self, n: int) -> None:
        while len(self._numbers) <= n:
            self._lengthen()

    def _lengthen(self) -> None:
        n = len(self._numbers)
        known: dict[tuple[int, int], int] = {}
        numbers: list[int] = []
        counts: list[int] = []
        firsts: list[int] = []
        for start, pair in enumerate(zip(self._numbers[-1], self._tokens[n - 1 :], strict=False)):
            number = known.setdefault(pair, len(known))
            if number == len(counts):
                counts.append(0)
                firsts.append(start)
            counts[number] += 1
            numbers.append(number)
        self._numbers.append(numbers)
        self._counts.append(counts)
        self._firsts.append(firsts)

"""Deep links: the text fragment that makes a browser scroll to one message of a page.

A book's page shows its title, authors, body and links, then each message as the speaker's name
and the post in Markdown, without anchors. The fragment of a message is the first of these that
occurs once on the page, or else the first that occurs there first:

1. four to twelve of its words in a row, the earliest first and of those the fewest;
2. the same across marks and emoji, then three words;
3. the post's first words, the speaker's name being the prefix;
4. one or two words;
5. the post's last words, the next speaker's name being the suffix; for a whole post also with
   the prefix;
6. the speaker's name, the last words of the message before being the prefix.

What occurs is counted on the words alone, whatever stands between them, so that where one is
counted no renderer and no browser sees two. The site's menu above the page is not counted: its
entries are shorter than what comes before 4.

References:
    https://wicg.github.io/scroll-to-text-fragment/
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from indexer.sources.records import RawCollection, RawPost
from search.text.directives import encode
from search.text.ngrams import NGrams
from search.text.rendered import Rendered, Word, fold, foresee

_WEEK = "The book of the week from"
_HEADING = "Questions and Answers"
_LONGEST_NAME = 60
_LONGEST = 40
_FURTHEST = 1_000
_MOST_WORDS = 12
_USUAL = range(4, _MOST_WORDS + 1)
_FEW = range(3, 4)
_SHORT = range(1, 3)
_ANY = range(1, _MOST_WORDS + 1)

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Fragment:
    """A text directive, and the tokens of the page that it names."""

    tokens: range
    text: str
    prefix: str = ""
    suffix: str = ""

    def __str__(self) -> str:
        prefix = f"{encode(self.prefix)}-," if self.prefix else ""
        suffix = f",-{encode(self.suffix)}" if self.suffix else ""
        return f"#:~:text={prefix}{encode(self.text)}{suffix}"


@dataclass(frozen=True, slots=True)
class _Shown:
    """A message on its page; `start` and `post_start` are tokens of the page.

    `name` is empty where no fragment can hold it.
    """

    place: Place
    name: str
    post: Rendered
    start: int
    post_start: int


def fragments(item: RawCollection) -> dict[Place, str]:
    """Find the fragment of every message of a page, in time linear in the page's length.

    A message that has none of its own gets one of its thread: a reply that of the opening post,
    an opening post that of its first reply that has one.

    Returns:
        By source_ref and position (0 for the opening post, from 1 for its replies), the fragment
        with its `#`; "" where no message of the thread has one, for a link to the page alone.
    """
    messages, grams = _lay_out(item)
    around = zip([None, *messages], messages, [*messages[1:], None], strict=False)
    own = {each[1].place: _choose(*each, grams) for each in around}
    nearest: dict[str, str] = {}
    for (source_ref, _), fragment in own.items():
        nearest[source_ref] = nearest.get(source_ref) or fragment
    return {place: fragment or nearest[place[0]] for place, fragment in own.items()}


def _lay_out(item: RawCollection) -> tuple[list[_Shown], NGrams]:
    """Put the messages and all words in the order of the page, what it may hide at the end."""
    body = foresee(item.body)
    above = (item.title, *item.authors, _WEEK)
    below = (*(link.text for link in item.links), _HEADING)
    tokens = [*_fold(above), *body.tokens, *_fold(below)]
    hidden = list(body.hidden)
    messages = []
    for place, post in _posts(item):
        name = fold(post.speaker)
        post_start = len(tokens) + len(name)
        shown = _Shown(place, _fit(post.speaker), foresee(post.text), len(tokens), post_start)
        messages.append(shown)
        tokens += [*name, *shown.post.tokens]
        hidden += shown.post.hidden
    return messages, NGrams(tokens + hidden)


def _fold(texts: Sequence[str]) -> Iterator[str]:
    return chain.from_iterable(map(fold, texts))


def _posts(item: RawCollection) -> Iterator[tuple[Place, RawPost]]:
    for thread in item.threads:
        for position, post in enumerate((thread.post, *thread.replies)):
            yield (thread.source_ref, position), post


def _fit(name: str) -> str:
    """Return a speaker's name as the page shows it, "" where that is not sure."""
    name = " ".join(name.split())
    fits = name.isprintable() and len(name) <= _LONGEST_NAME and not set("<&") & set(name)
    return name if fits and fold(name) else ""


def _choose(
    previous: _Shown | None, message: _Shown, following: _Shown | None, grams: NGrams
) -> str:
    """Take the first candidate that occurs once, or else the first that occurs here first."""
    for each in _candidates(previous, message, following):
        if grams.count(each.tokens.start, len(each.tokens)) == 1:
            return str(each)
    for each in _candidates(previous, message, following):
        if grams.first(each.tokens.start, len(each.tokens)) == each.tokens.start:
            return str(each)
    return ""


def _candidates(
    previous: _Shown | None, message: _Shown, following: _Shown | None
) -> Iterator[_Fragment]:
    """Yield the fragments that a message can have, the best first."""
    kinds = (
        (each for each in _inside(message, _USUAL) if each.text.replace(" ", "").isalnum()),
        _inside(message, _USUAL),
        _inside(message, _FEW),
        _opening(message),
        _inside(message, _SHORT),
        _closing(message, following) if following else (),
        _naming(previous, message) if previous else (),
    )
    return (each for kind in kinds for each in kind if len(each.tokens) <= _LONGEST)


def _inside(message: _Shown, sizes: range) -> Iterator[_Fragment]:
    words = message.post.words
    for first in range(min(len(words), _FURTHEST)):
        for size in sizes:
            run = _run(words, first, size)
            if not run:
                break
            text = _spell(run).removesuffix(run[-1].mark)
            yield _Fragment(_shift(message, run), text)


def _opening(message: _Shown) -> Iterator[_Fragment]:
    if not (message.name and message.post.opens):
        return
    for size in _ANY:
        run = _run(message.post.words, 0, size)
        if run:
            tokens = range(message.start, _shift(message, run).stop)
            yield _Fragment(tokens, _spell(run).removesuffix(run[-1].mark), prefix=message.name)


def _closing(message: _Shown, following: _Shown) -> Iterator[_Fragment]:
    for run in _endings(message) if following.name else ():
        tokens = range(_shift(message, run).start, following.post_start)
        yield _Fragment(tokens, _spell(run), suffix=following.name)
        if message.name and message.post.opens and len(run) == len(message.post.words):
            tokens = range(message.start, following.post_start)
            yield _Fragment(tokens, _spell(run), message.name, following.name)


def _naming(previous: _Shown, message: _Shown) -> Iterator[_Fragment]:
    for run in _endings(previous) if message.name else ():
        tokens = range(_shift(previous, run).start, message.post_start)
        yield _Fragment(tokens, message.name, prefix=_spell(run))


def _run(words: Sequence[Word], first: int, n_tokens: int) -> Sequence[Word]:
    """Return the joined words from `first` on that are `n_tokens` long, none if too few are.

    An emoji is a word without tokens, and twelve words are enough.
    """
    last = first
    while words[last].end - words[first].start < n_tokens:
        last += 1
        if last == min(len(words), first + _MOST_WORDS) or not words[last].joined:
            return ()
    return words[first : last + 1]


def _endings(message: _Shown) -> Iterator[Sequence[Word]]:
    """Yield the last word of a post, the last two, and so on while one space joins them."""
    words = message.post.words if message.post.closes else ()
    for n_words in range(1, min(len(words), _MOST_WORDS) + 1):
        yield words[-n_words:]
        if not words[-n_words].joined:
            return


def _shift(message: _Shown, run: Sequence[Word]) -> range:
    """Return the tokens of the page that words of a message are."""
    return range(message.post_start + run[0].start, message.post_start + run[-1].end)


def _spell(run: Sequence[Word]) -> str:
    return " ".join(word.text + word.mark for word in run)

"""Find the threads that point to another: "see above", "Jane's question", a quoted phrase."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from indexer.board import Board, Post
from indexer.evidence import Evidence, Repair, confidence, reason, score
from search.models import LinkKind
from search.text.clean import clean
from search.text.sentences import sentences
from search.text.slugs import fold_name

_BIAS = -3.5
_NAMED = 4.0
_QUOTED = 4.0
_SAME_ASKER = 4.0
_OVERLAP = 10.0
_MOST_OVERLAP = 0.3
_LEAST_MARGIN = 0.5
_REACH = 100
_FEWEST_QUOTED_WORDS = 2
_PLACE = r"(?:above|below|earlier|before|previous(?:ly)?|(?:an)?other|the|in a|your|my|to|comment)"
_POINTERS = (
    rf"\b{_PLACE}\b[^.?!\n]{{0,30}}\b(?:threads?|answers?|repl(?:y|ies)|responses?|comments?|questions?)\b",
    r"\b(?:question|thread|answer|reply|response|comment)(?:'s|’s|s)?\b[^.?!\n]{0,30}\b(?:above|below"
    r"|asked|earlier|before|here)\b",
    r"(?:'s|’s) (?:question|thread|answer)\b"
    r"|\bquestion(?:'s|’s|s)?\b[^.?!\n]{0,12}\b(?:from|by|of)\b",
    r"\b(?:answered|replied|responded|addressed|mentioned|described|discussed)\b[^.?!\n]{0,40}"
    r"\b(?:above|below|earlier|previous|thread|comments?)\b",
    r"\bslack\.com/archives/",
)
_POINTER = re.compile("|".join(f"(?:{pattern})" for pattern in _POINTERS), re.IGNORECASE)
_OWN_QUESTION = re.compile(
    r"\b(?:answered|replied|responded)\b[^.?!\n]{0,20}\byour (?:previous|other|earlier|first)"
    r" (?:question|post|message)\b",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"\b(?:in|from|see|on|to)\b[^.?!\n]{0,20}"
    r"\b(?:(?:a|another|previous|earlier|other|some of your previous)"
    r" (?:thread|answers?|question|comment)s?|(?:comments?|answers?|thread|response|question) above"
    r"|(?:the )?above (?:comments?|answers?|thread|question)|as explained)\b"
    r"|\b(?:mentioned|explained|said|wrote)\b[^.?!\n]{0,40}\b(?:thread|above|earlier|answer)\b|\bslack\.com/archives/",
    re.IGNORECASE,
)
_PHRASE = re.compile(r"[\"“”]([^\"“”\n]{8,120})[\"“”]")


@dataclass(frozen=True, slots=True)
class _Pointer:
    """A sentence of a thread that seems to speak of another."""

    post: Post
    sentence: str
    said: frozenset[str]
    opens: bool

    @property
    def phrases(self) -> list[str]:
        """What it puts in quotation marks, folded."""
        found = [" ".join(fold_name(phrase).split()) for phrase in _PHRASE.findall(self.sentence)]
        return [phrase for phrase in found if len(phrase.split()) >= _FEWEST_QUOTED_WORDS]


def find_mentions(board: Board) -> list[Repair]:
    """Return the threads that point to another, with the one they mean."""
    names = _names(board)
    texts = {post.ref: " ".join(fold_name(clean(post.whole)).split()) for post in board.posts}
    found: dict[tuple[str, str], Repair] = {}
    for pointer in _pointers(board):
        if made := _resolve(board, pointer, names, texts):
            key = (made.source_ref, made.target)
            found[key] = max(found.get(key, made), made, key=lambda each: each.confidence)
    return list(found.values())


def _names(board: Board) -> dict[str, re.Pattern[str]]:
    return {
        post.speaker: re.compile(rf"(?<!\w){re.escape(fold_name(post.speaker))}(?!\w)")
        for post in board.posts
        if len(post.speaker) > 3 and not post.by_author
    }


def _pointers(board: Board) -> Iterator[_Pointer]:
    for post in board.posts:
        if post.broadcast:
            continue
        said = post.stems | post.reply_stems
        for text in (post.text, *(reply.text for reply in post.raw.replies)):
            for span in sentences(text):
                sentence = text[span.start : span.end]
                if _POINTER.search(sentence) or _OWN_QUESTION.search(sentence):
                    yield _Pointer(post, sentence, said, text is post.text)


def _resolve(
    board: Board,
    pointer: _Pointer,
    names: Mapping[str, re.Pattern[str]],
    texts: Mapping[str, str],
) -> Repair | None:
    """Return the thread that a sentence means, None where two are about as likely."""
    rated = sorted(
        (
            (list(_evidence(board, pointer, target, names, texts)), target)
            for target in board.posts[max(0, pointer.post.place - _REACH) :][: 2 * _REACH]
            if _can_mean(pointer, target)
        ),
        key=lambda pair: (-score(pair[0]), pair[1].place),
    )
    if not rated:
        return None
    scores = [score(evidence) for evidence, _ in rated[:2]]
    if len(scores) == 2 and scores[0] - scores[1] < _LEAST_MARGIN:
        return None
    evidence, target = rated[0]
    return Repair(
        LinkKind.SEE, pointer.post.ref, target.ref, confidence(evidence), reason(evidence)
    )


def _can_mean(pointer: _Pointer, target: Post) -> bool:
    """Tell whether a thread was there to be mentioned; a reply may be younger than what follows."""
    if target.empty or target.place == pointer.post.place:
        return False
    return not pointer.opens or target.place < pointer.post.place


def _evidence(
    board: Board,
    pointer: _Pointer,
    target: Post,
    names: Mapping[str, re.Pattern[str]],
    texts: Mapping[str, str],
) -> Iterator[Evidence]:
    """Weigh what speaks for a sentence meaning a thread."""
    post, sentence = pointer.post, fold_name(pointer.sentence)
    earlier = _EARLIER.search(pointer.sentence) is not None
    yield Evidence(_BIAS)
    others = target.speaker != post.speaker and target.speaker not in post.repliers
    if others and (name := names.get(target.speaker)) and name.search(sentence):
        yield Evidence(_NAMED, f"names {target.speaker}, who asks there")
    earlier_own = target.speaker == post.speaker and target.place < post.place
    if earlier_own and _OWN_QUESTION.search(pointer.sentence):
        yield Evidence(_SAME_ASKER, "speaks of the asker's previous question")
    if earlier and any(phrase in texts[target.ref] for phrase in pointer.phrases):
        yield Evidence(_QUOTED, "quotes words that stand there")
    if earlier or len(sentence) < len(post.text):
        overlap = min(board.overlap(pointer.said, target.stems | target.reply_stems), _MOST_OVERLAP)
        yield Evidence(_OVERLAP * overlap, "has words in common")

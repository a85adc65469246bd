"""Tell what a post says from how it greets and thanks."""

import re
from collections.abc import Iterable

from search.models import Span
from search.text.clean import clean
from search.text.sentences import sentences

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_GREETING_WORDS = """
hi hello hey hiya heya hola hallo dear greetings howdy ciao salut bonjour namaste yo
"""
_GREETINGS = frozenset(_GREETING_WORDS.split())
_GREETING_PHRASE = re.compile(r"good (?:morning|afternoon|evening|day)\b", re.IGNORECASE)
_FILLER_WORDS = """
there all everyone everybody folks guys team again and both authors author mr mrs ms dr prof
professor sir madam friends people
"""
_FILLERS = frozenset(_FILLER_WORDS.split())
_OPENERS = r"""
and but so oh ok okay great wow also again well yes yeah first firstly many big huge really thats
that's
"""
_COURTESIES = (
    r"thanks?\b",
    r"thank you",
    r"thankyou",
    r"(?:thx|ty|tnx|cheers|regards)\b",
    r"(?:gracias|danke|merci|kudos|congrat)",
    r"i (?:really |greatly |very much )?appreciate",
    r"(?:much appreciated|appreciate\b)",
    r"(?:it'?s |it is |so )?(?:great|nice|awesome|good|glad|happy|excited|wonderful) "
    r"(?:to (?:have|see|meet|be)\b|having\b|that you)",
    r"(?:i'?m |i am )?looking forward",
    r"(?:i )?hope (?:you|this|that|it|everyone)",
    r"(?:you(?:'re| are) )?welcome",
    r"(?:good luck|best of luck|all the best|best (?:regards|wishes)|(?:kind|warm) regards)",
    r"have a (?:nice|great|good)",
    r"(?:i )?(?:just )?(?:have|had|got) (?:a|an|one|two|three|some|another|few|several|couple|\d)"
    r"[^.?!]{0,40}\bquestions?\b"
    r"(?! +(?:about|on|regarding|related|concerning|around|of|in|with|to))",
    r"(?:here (?:is|are) )?my (?:(?:first|second|third|next|other|last) )?questions?\W*"
    r"(?:is|are)?\W*$",
    r"(?:great|good|excellent|awesome|nice|interesting|love th(?:is|e)|hard|tough|tricky|fantastic)"
    r" questions?\b",
)
_COURTESY = re.compile(
    rf"^\W*(?:(?:{'|'.join(_OPENERS.split())}|first of all)[\s,!.]+)*(?:{'|'.join(_COURTESIES)})",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^\W*(?i:(?:(?:with )?(?:(?:kind|best|warm) )?regards|best|sincerely|yours(?: sincerely| truly"
    r"| faithfully)?|br|rgds|warmly|cordially|respectfully|take care|love))"
    r"(?:\s*[,!.–—-]+\s*[A-ZÀ-Þ][^\W\d_]*(?: [A-ZÀ-Þ][^\W\d_]*){0,2})?\W*$"
)
_ASKS = re.compile(
    r"\?|\b(?:wonder(?:ing)?|curious|how|what|why|which|when|where|who|whether|could you|can you"
    r"|would you|do you|is there|are there|interested (?:in|to)|like to (?:know|ask|hear)|tips?"
    r"|advice|explain|recommend)\b",
    re.IGNORECASE,
)
_MOST_COURTESY_WORDS = 40


def name_words(names: Iterable[str]) -> frozenset[str]:
    """Return the words of people's names, folded, by which they are addressed."""
    return frozenset(
        word.casefold() for name in names for word in _WORD.findall(name) if len(word) > 1
    )


def _address_end(text: str, names: frozenset[str]) -> int:
    """Return the offset behind an opening greeting and the names that it addresses."""
    phrase = _GREETING_PHRASE.match(text.lstrip(" \t*_>"))
    greeted = phrase is not None
    end = len(text) - len(text.lstrip(" \t*_>")) + (phrase.end() if phrase else 0)
    while word := _WORD.match(text, pos := _skip_marks(text, end)):
        folded = word[0].casefold()
        is_greeting = folded in _GREETINGS and not greeted
        is_name = folded in names and word[0][:1].isupper()
        unknown_name = greeted and word[0][:1].isupper() and _closes_address(text, word.end())
        if not (is_greeting or is_name or unknown_name or (greeted and folded in _FILLERS)):
            break
        greeted = greeted or is_greeting or is_name
        end = word.end()
        if end - pos > 200:
            break
    return _skip_marks(text, end) if end else 0


def _skip_marks(text: str, pos: int) -> int:
    """Return the offset of the next character that is neither space nor light punctuation."""
    while pos < len(text) and not (text[pos].isalnum() or text[pos] in "\"'“‘([*`#$<?>"):
        pos += 1
    return pos


def _closes_address(text: str, pos: int) -> bool:
    """Tell whether a name is set off here: a comma, a mark or the end of the line follows."""
    return re.match(r"(?: [A-ZÀ-Þ][^\W\d_]*){0,3}\s*(?:[,!:;\n]|[-–—] |$)", text[pos:]) is not None


def is_courtesy(sentence: str) -> bool:
    """Tell whether a sentence only greets, thanks, praises or announces a question."""
    text = clean(sentence)
    if not _WORD.search(text):
        return True
    if len(_WORD.findall(text)) > _MOST_COURTESY_WORDS:
        return False
    match = _COURTESY.match(text)
    return match is not None and not _ASKS.search(text, match.end())


def content_spans(text: str, *, names: frozenset[str] = frozenset()) -> list[Span]:
    """Return the sentences of a post that say something, in order.

    Args:
        text: A post, verbatim.
        names: Words of the names of those who may be addressed, from `name_words`.

    Returns:
        Spans of the verbatim text; empty where the post only greets or thanks.
    """
    kept: list[Span] = []
    for span in sentences(text):
        start = span.start
        start += _address_end(text[span.start : span.end], names)
        said = text[start : span.end]
        if start < span.end and not is_courtesy(said) and not (kept and _CLOSING.match(said)):
            kept.append(Span(start, span.end))
    return kept


def content(text: str, *, names: frozenset[str] = frozenset()) -> str:
    """Return the cleaned words of a post without greetings, addresses and thanks."""
    spans = content_spans(text, names=names)
    return "\n".join(cleaned for span in spans if (cleaned := clean(text[span.start : span.end])))

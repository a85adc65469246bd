"""Tell posts that ask or answer from greetings, thanks, promises and announcements."""

import re

from search.text.clean import clean
from search.text.units import split_units

_MOST_WORDS_OF_A_PROMISE = 40
_GROUP = (
    r"(?:everyone|everybody|all(?: of you)?|folks|guys|team|you all|y'?all|the channel|channel)"
)
_BROADCASTS = (
    rf"^\W*(?:hi|hey|hello|hallo|g'?day|good (?:morning|evening|afternoon|day)|dear|welcome)\W+"
    rf"(?:there\W+)?(?:to )?{_GROUP}\b",
    rf"^\W*(?:a )?(?:(?:big|huge) )?(?:thanks?|thank you|thx)(?: you)?\b[^.!?]{{0,30}}\b{_GROUP}\b",
    rf"\b(?:thanks?|thank)\b[^.!?]{{0,20}}\b{_GROUP}\b[^.!?]{{0,40}}\bquestions?\b",
    r"^\W*(?:so many |really appreciate |some )?(?:great|good|awesome|fantastic) questions\b"
    r"[^.!?]{0,30}(?:so far|everyone|all|keep)",
    r"\bkeep (?:them|'?em) coming\b",
    r"\b(?:feel free to|please|do) (?:drop|ask|post|keep asking)\b[^.!?]{0,40}\bquestions?\b",
    r"\b(?:happy|glad|excited|delighted|looking forward)"
    r" to (?:be here|answer(?:ing)?|be answering)\b",
    r"\banswering questions now\b|\bask away\b|\bi(?:'ve| have)? just joined\b",
    r"\b(?:congratulations|congrats)\b[^.!?]{0,60}\b(?:winners?|won|copy|copies|book)\b",
    r"^\W*(?:thanks|thank you)\b[^.?!\n]{0,40}"
    r"\bfor (?:the invitation|inviting|having|hosting) ?(?:me|us)?\b",
    r"\bselected as (?:the |a )?winners?\b",
    r"\bwinners?\b[^.!?]{0,40}\b(?:are|is|of)\b[^?]{0,80}(?:\bbooks?\b|@|:)",
    r"^\W*(?:a )?(?:quick )?(?:message|note|announcement|reminder) (?:for|to) (?:the |all|every)",
    r"\bif anyone would like to (?:listen|watch|read|join)\b",
    r"\bfor every(?:body|one) reading\b",
)
_BROADCAST = re.compile("|".join(f"(?:{pattern})" for pattern in _BROADCASTS), re.IGNORECASE)
_PROMISE = re.compile(
    r"\b(?:i(?:'ll| will|'m going to| am going to)|we(?:'ll| will)|let me)\b[^.?!]{0,40}"
    r"\b(?:answer|reply|respond|get back|come back|circle back|write (?:more|back)|take a look"
    r"|check (?:it|this|that)|think about (?:it|this|that)|follow up)\b"
    r"[^.?!]{0,60}\b(?:tomorrow|later|soon|tonight|today|shortly|this evening|when i|once i|asap"
    r"|in a (?:bit|while|moment|few)|next week|after|morning|afternoon|to you|on (?:this|that))\b"
    r"|(?<!you )\b(?:will|can|shall|may) (?:i )?(?:answer|reply|respond|get back)[^.?!]{0,20}"
    r"\b(?:tomorrow|later|soon)\b"
    r"|\bstay tuned\b\W*$",
    re.IGNORECASE,
)
_APOLOGY = re.compile(
    r"\bsorry (?:for|about) (?:my |the |such a )?(?:late|belated|slow|delayed?)\b", re.IGNORECASE
)
_REACTION = re.compile(
    r"^\W*(?:wow|cool|nice|awesome|great|amazing|interesting|exactly|same here"
    r"|good to know|got it)\b",
    re.IGNORECASE,
)
_MOST_WORDS_OF_A_REACTION = 5
_LINK = re.compile(r"https?://\S")


def asks(text: str, *, names: frozenset[str] = frozenset()) -> bool:
    """Tell whether a post asks anything in its own words; what it quotes does not count."""
    return any(unit.asks for unit in split_units(text, names=names))


def is_broadcast(text: str) -> bool:
    """Tell whether a post speaks to everybody: a greeting, an announcement, winners, thanks."""
    return _BROADCAST.search(clean(text)) is not None


def only_promises(said: str) -> bool:
    """Tell whether a reply's content only says that an answer follows, or that it comes late."""
    if not said or len(said.split()) > _MOST_WORDS_OF_A_PROMISE:
        return False
    return all(_PROMISE.search(line) or _APOLOGY.search(line) for line in said.splitlines())


def only_reacts(said: str) -> bool:
    """Tell whether a reply's content is a short exclamation: "Wow, interesting"."""
    return len(said.split()) <= _MOST_WORDS_OF_A_REACTION and _REACTION.match(said) is not None


def has_link(text: str) -> bool:
    """Tell whether a post holds a link, which can be an answer without words."""
    return _LINK.search(text) is not None

"""Tell statements that praise a book, or say how its reader came to be here, from questions."""

import re

_MOST_WORDS = 25
_GLAD = r"(?:excited|happy|glad|amazed|pleased|thrilled|honou?red|delighted|looking forward)"
_I_AM = r"(?:i(?:'m|’m| am)|we(?:'re| are)|it(?:'s| is))"
_DONE_WITH_IT = (
    r"(?:like[ds]?|lov(?:e|ed|ing)|enjoy(?:ed|ing)?|read(?:ing)?|bought|added|ordered|got"
    r"|looked at|look through|discovered|started)"
)
_IT = r"(?:your|this|the) (?:\w+ ){0,2}(?:book|work|posts?|articles?|blog|talks?|course)"
_INTRODUCTION = re.compile(
    rf"^\W*(?:{_I_AM} )?(?:so |super |really |very |just )*{_GLAD}\b"
    r"|\b(?:just|recently|newly)(?: \w+)? joined\b|\bi joined (?:the|this)\b"
    r"|\bi(?:'m|’m| am) new (?:to|in|here)\b"
    rf"|\bi(?:'ve|’ve| have)?(?: \w+){{0,2}} {_DONE_WITH_IT}(?: \w+){{0,3}} {_IT}\b"
    r"|^\W*(?:what a |such a )?(?:great|nice|awesome|amazing|exciting|excellent|cool|interesting)"
    r" (?:book|work|topic|week)\b",
    re.IGNORECASE,
)


def introduces(sentence: str) -> bool:
    """Tell whether a cleaned statement only praises the book or says why its reader is here."""
    return len(sentence.split()) <= _MOST_WORDS and _INTRODUCTION.search(sentence) is not None

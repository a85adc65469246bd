"""Tell whether a sentence asks, and whether it asks something new."""

import re

from search.text.clean import clean
from search.text.tokens import tokenise

_WH = r"(?:what(?:'s|’s|s)?|which|who|whom|whose|when|where|why|how)"
_AUXILIARY = (
    r"(?:is|are|was|were|am|do|does|did|can|could|will|would|should|shall|may|might|have|has|had"
    r"|isn'?t|aren'?t|don'?t|doesn'?t|didn'?t|can'?t|couldn'?t|won'?t|wouldn'?t|shouldn'?t)"
)
_SUBJECT = (
    r"(?:i|you|we|they|he|she|it|one|there|this|that|these|those|the|a|an|any|anyone|someone"
    r"|somebody|people|your|our|my|both|each|all|some|either|not|[A-Z][\w\-]+)"
)
_LEAD = (
    r"(?:(?:and|but|so|or|also|well|ok|okay|then|now|first(?:ly)?|second(?:ly)?|third(?:ly)?|lastly"
    r"|finally|additionally|besides|next|plus|btw|basically|actually|just|in general|generally"
    r"|in your opinion|in your experience|in your view|for you|from your experience)[\s,:]+){0,3}"
)
_ASKED_IN_ORDER = re.compile(
    rf"^\W*{_LEAD}(?:"
    rf"(?:what(?:'s|’s| exactly| kinds? of| types? of| sorts? of| would| should| could| do| does"
    r"| did| are| is| was| were| can| will| has| have| makes?| made| particular| other| about)\b"
    rf"|which\s+(?:\S+\s+){{0,4}}{_AUXILIARY}\b"
    rf"|how\s+(?:to|do|does|did|can|could|would|should|will|is|are|was|were|have|has|much|many|long"
    r"|often|important|far|about|come|well|big|hard|difficult|easy|relevant|useful|good)\b"
    rf"|(?:why|when|where|who)\s+(?:{_AUXILIARY}|not)\b(?!,))"
    rf"|(?:is|are|do|does|did|can|could|will|would|should|have|has|was|were)\s+(?i:{_SUBJECT})\b)",
    re.IGNORECASE,
)
_INNER_INVERSION = re.compile(
    r"(?:,\s+|\bif\b.{1,80},?\s+|\band\s+)(?:(?:what|which|how|why|where|when)\s+(?:\S+\s+){0,3}?)?"
    r"(?:do|does|did|should|could|would|is|are)\s+(?:you|we|i|one|it|they|there|someone|the)\b",
    re.IGNORECASE,
)
_REQUESTS = (
    r"\bi(?:'m| am|’m|m)?(?: just| also| really| do| was| am)* (?:wonder(?:ing)?|curious)\b",
    r"^\W*(?:and |also |just |so )?(?:wondering|curious)\b",
    r"\b(?:want(?:ed)?|(?:woul)?d? ?(?:like|love)|love|keen|eager|interested|happy|glad|great|nice)"
    r" to (?:know|hear|ask|understand|learn|get your|see how)\b",
    r"\binterested in (?:knowing|hearing|learning|understanding|your|how|what|when|whether)\b",
    r"\b(?:please|pls|plz|kindly)\b[^.?!]{0,30}\b(?:shar|explain|tell|suggest|recommend|advi[sc]e"
    r"|elaborate|describe|clarify|give|provide|comment|guide|point|help|let (?:me|us) know)",
    r"\b(?:share|explain|tell (?:me|us)|suggest|recommend|advi[sc]e|elaborate|describe|clarify"
    r"|help)\b[^.?!]{0,60}\b(?:please|pls|plz)\b",
    r"\b(?:can|could|would|will) (?:you|anyone|someone|somebody|anybody)(?: guys| all| also| both"
    r"| please| kindly)* (?!be\b)\w+",
    r"^\W*(?:and |also |so |or )?(?:any|some)(?: \w+){0,3} (?:tips?|advi[cs]e|suggestions?|ideas?"
    r"|recommendations?|thoughts?|plans?|insights?|pointers?|resources?|examples?|experiences?"
    r"|opinions?|guidance|input|chances?|books?)\b",
    r"^\W*(?:and |also )?(?:any|your) (?:tips?|advi[cs]e|suggestions?|ideas?|recommendations?"
    r"|thoughts?|plans?|insights?|pointers?|opinions?)\b",
    r"\b(?:my|the|another|second|first|next|last|one)(?: \w+){0,2} question(?: \w+){0,4}"
    r"(?: is| was|:)(?! (?:as|the following)\b) (?=\S+ \S+)",
    r"\bif (?:you|anyone|someone|there) (?:can|could|know|would|have|has|is|are|guys)\b",
    r"\b(?:do not|don'?t|not) (?:know|sure|understand)(?: if| whether| how| why| what| which)\b",
    r"\b(?:appreciate|looking for|need|welcome|grateful for) (?:\w+ ){0,3}(?:tips?|advi[cs]e"
    r"|suggestions?|ideas?|recommendations?|thoughts?|insights?|pointers?|guidance|opinions?)\b",
    r"^\W*(?:please |pls )?(?:tell|explain|describe|share|suggest|recommend)\b(?! to\b)",
)
_REQUEST = re.compile("|".join(f"(?:{request})" for request in _REQUESTS), re.IGNORECASE)
_ANNOUNCEMENT = re.compile(
    r"\b(?:questions?|queries|things?|following|the same|topics?)\b[^?.!]{0,70}[:.…!]*\W*$"
    r"|\b(?:know|curious|wondering|wonder|ask|about|hear|interested in)\b\W*$",
    re.IGNORECASE,
)
_ANNOUNCED_CONTENT = re.compile(
    r"\bquestions?\b.{0,40}?\b(?:is|are|was|about|regarding|related to|on|if|whether)\b"
    r"(?: +\w+){4}|\b(?:how|what|why|which|whether|if|when|where)(?: +\w+){3}",
    re.IGNORECASE,
)
_PLEASANTRY = re.compile(
    r"^\W*(?:how (?:are|r) (?:you|u|things)|how(?:'s| is) (?:it going|everyone|everything)"
    r"|(?:(?:can|could|may|shall|should) (?:i|we) (?:please )?(?:just )?ask"
    r"|(?:can|could|would) you (?:please )?(?:answer|help me (?:with|answer)))\b"
    r"(?=[^?]{0,50}\bquestions?\b)|did (?:i|that|this) answer|do(?:es)? (?:that|this|it)"
    r" (?:make sense|help|answer)|what do you (?:all )?think\W*$|make sense\W*$)",
    re.IGNORECASE,
)
_QUESTION_MARK = re.compile(r"[?？]")

_NEW_TOPIC = re.compile(
    r"^\W*(?:(?:and|but|so|ok)[\s,]+)?(?:also\b|another\b|(?:my |the |a |and )?(?:second|third|fourth"
    r"|next|last|final|other|one more|further)(?:ly)?(?: and (?:last|final))?\b(?! of\b)|lastly"
    r"|finally|besides|additionally|in addition|moreover|furthermore|on (?:an|the)other|next|apart"
    r"|other than|btw|by the way|separately|plus|i (?:also|am also)|i'?m also|then,)",
    re.IGNORECASE,
)
_SAME_NEED = re.compile(
    r"^\W*(?:(?:and|but|so|or)[\s,]+)?(?:(?:if|when) (?:so|not|yes|no|yeah|that|this|it|they)\b|or\b"
    r"|for (?:example|instance)|e\.?g\b|i\.?e\b|specifically|in particular|particularly"
    r"|in other words|that is\b|meaning\b|like\b|maybe\b|perhaps\b|i mean|to be (?:more )?specific"
    r"|which (?:one|of (?:these|those|them))\b|why(?: so| not| is that)?\W*$|how(?: so| come)?\W*$"
    r"|(?:do|did) you mean|what (?:if|about)\b|how about\b|i ask|i'?m asking|the reason|because"
    r"|is (?:that|this|it)\b|was (?:that|this|it)\b|should (?:it|that|this|they)\b|will (?:it|that)\b"
    r"|(?:do|does|did|can|could|would|are|has|have) (?:it|that|this|they|those|these)\b|right\W*$)",
    re.IGNORECASE,
)
_ANAPHOR = re.compile(
    r"\b(?:it|its|they|them|their|these|those|such|ones?)\b"
    r"|\b(?:this|that)\b(?=\W*$|[^\w\s]|\s+(?:is|are|was|would|should|could|can|will|case|approach"
    r"|question|topic|problem|issue|kind|type|sort|one|way|technique|method|process|work|mean|help"
    r"|end|regard|context|field|area|view|scenario|situation|skills?|tools?)\b)",
    re.IGNORECASE,
)
_FULL = re.compile(rf"\b{_AUXILIARY}\b|\b{_WH}\b", re.IGNORECASE)
_FEWEST_STEMS = 4
_FEW_STEMS = 3
_MOST_WORDS_OF_A_FRAGMENT = 12
_REPHRASED = 0.6


def is_pleasantry(sentence: str) -> bool:
    """Tell whether a sentence only asks how people are, or whether it may ask."""
    return _PLEASANTRY.match(sentence) is not None


def announces(sentence: str) -> bool:
    """Tell whether a cleaned sentence only says that questions follow."""
    return (
        not _QUESTION_MARK.search(sentence)
        and _ANNOUNCEMENT.search(sentence) is not None
        and _ANNOUNCED_CONTENT.search(sentence) is None
    )


def asks(sentence: str) -> bool:
    """Tell whether a cleaned sentence asks something, with or without a question mark."""
    if is_pleasantry(sentence):
        return False
    if _QUESTION_MARK.search(sentence):
        return True
    return requests(sentence) and not announces(sentence)


def requests(sentence: str) -> bool:
    """Tell whether a cleaned sentence asks without a question mark."""
    return any(
        pattern.search(sentence) is not None
        for pattern in (_ASKED_IN_ORDER, _INNER_INVERSION, _REQUEST)
    )


def opens_topic(sentence: str) -> bool:
    """Tell whether a sentence says that it turns to something else: "Also", "Second question"."""
    return _NEW_TOPIC.match(sentence) is not None


def stays_on_topic(sentence: str) -> bool:
    """Tell whether a sentence explains the one before it: "For example", "I mean"."""
    return _SAME_NEED.match(sentence) is not None


def refers_back(sentence: str) -> bool:
    """Tell whether a sentence needs an earlier one to be understood."""
    return _ANAPHOR.search(sentence) is not None or len(set(tokenise(sentence))) < _FEWEST_STEMS


def continues(question: str, sentence: str) -> bool:
    """Tell whether a sentence that asks belongs to the same need as the question before it.

    So do "Why?", "If so, how?", a choice of answers, a rephrasing, and a question about "it".
    """
    if opens_topic(sentence):
        return False
    if stays_on_topic(sentence) or _is_fragment(sentence):
        return True
    new = set(tokenise(sentence))
    known = set(tokenise(question))
    if _ANAPHOR.search(sentence) and len(new - known) <= _FEW_STEMS:
        return True
    return not new or len(new & known) > _REPHRASED * len(new)


def _is_fragment(sentence: str) -> bool:
    """Tell whether a sentence is a list of choices rather than a question of its own."""
    return len(sentence.split()) <= _MOST_WORDS_OF_A_FRAGMENT and not _FULL.search(sentence)


def cleaned(text: str, start: int, end: int) -> str:
    """Return the cleaned words of a slice of a text."""
    return clean(text[start:end])

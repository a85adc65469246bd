"""Tell whether a sentence asks, and whether it asks something new."""

import re

from search.text.tokens import tokenise

_WH = r"(?:what(?:'s|’s|s)?|which|who|whom|whose|when|where|why|how)"
_AUXILIARY = (
    r"(?:is|are|was|were|am|do|does|did|can|could|will|would|should|shall|may|might|have|has|had"
    r"|isn'?t|aren'?t|don'?t|doesn'?t|didn'?t|can'?t|couldn'?t|won'?t|wouldn'?t|shouldn'?t)"
)
_SUBJECT = (
    r"(?:i|you|we|they|he|she|it|one|there|this|that|these|those|the|a|an|any|anyone|someone"
    r"|somebody|people|your|our|my|both|each|all|some)"
)
_LEAD = (
    r"(?:(?:and|but|so|or|also|well|ok|okay|then|now|first(?:ly)?|second(?:ly)?|third(?:ly)?|lastly"
    r"|finally|additionally|besides|next|plus|btw|basically|actually|just|in general|generally"
    r"|(?:in|from) your (?:opinion|experience|view)|for you"
    r"|(?:(?:my|the|a|another|one|first|second|next|last|other|more|general|quick) ){0,4}"
    r"questions?(?: (?:is|would be|was))?)[\s,:\-–]+){0,3}"
)
_ASKED_IN_ORDER = re.compile(
    rf"^\W*{_LEAD}(?:"
    r"(?:what(?:(?:'s|’s) (?:the|your|a|next)| exactly| kinds? of| types? of| sorts? of| would"
    r"| should| could| do| does| did| are| is| was| were| can| will| has| have| makes?| made"
    r"| particular| other| about)\b"
    r"|what\s+(?:\S+\s+){1,2}(?:could|can|should|would|do|does|did|will|are)\b"
    rf"|which\s+(?:is|are|one|of|(?:\S+\s+){{1,4}}{_AUXILIARY})\b"
    r"|how\s+(?:to|do|does|did|can|could|would|should|will|is|are|was|were|have|has|much|many|long"
    r"|often|important|far|come|well|big|hard|difficult|easy|relevant|useful|good)\b"
    rf"|(?:why|when|where|who)\s+(?:{_AUXILIARY}|not)\b(?!,))"
    rf"|(?:is|are|do|does|did|can|could|will|would|should)\s+{_SUBJECT}\b"
    r"|(?:have|has)\s+(?:you|we|they|i|anyone|anybody|there|the|any)\b)",
    re.IGNORECASE,
)
_INNER_INVERSION = re.compile(
    r"(?:,\s+|\b(?:and|then)\s+)(?:"
    r"(?:(?:what|which|how|why|where|when)\s+(?:\S+\s+){0,3}?)?"
    r"(?:do|does|did|should|could|would|is|are|can)\s+(?:i|you|we|they|it|one|there|this|that|these"
    r"|those|the|a|an|any|anyone|someone|people)\b"
    r"|(?:how|what|where|when|which)\s+to\b|(?:how|what|why)\s+(?:is|are)\b)",
    re.IGNORECASE,
)
_NOUNS = (
    r"(?:tips?|advi[cs]e|suggestions?|ideas?|recommendations?|thoughts?|plans?|insights?|pointers?"
    r"|resources?|examples?|experiences?|opinions?|guidance|input|views?|practices|perspectives?)"
)
_TELL = r"(?:share|explain|tell|suggest|recommend|advi[sc]e|elaborate|describe|clarify|comment)"
_KNOW = r"(?:know|hear|ask|understand|learn|get your|see how)"
_REQUESTS = (
    r"\bi(?:'m|’m|m| am)?(?: just| also| really| do| was| am| been| have)*"
    r" (?:wonder(?:ing)?|curious)\b",
    r"^\W*(?:and |also |just |so |but )?(?:wondering|curious)\b",
    r"\b(?:i|we)(?:'d|’d|d|'m|’m| would| will| am| do| was)?(?: also| really| just| very)*"
    rf" (?:want(?:ed)?|like|love|keen|eager|interested) to {_KNOW}\b",
    rf"^\W*(?:and |also |so )?(?:would (?:like|love)|want|keen|curious|interested) to {_KNOW}\b",
    r"\binterested in (?:knowing|hearing|learning about|understanding|your|how|what|when"
    r"|whether)\b",
    rf"\b(?:please|pls|plz|kindly) (?:also |do |can you |could you |{_TELL} |help)",
    rf"\b{_TELL}\b[^.?!]{{0,60}}\b(?:please|pls|plz)\b",
    r"\b(?:can|could|would|will) (?:you|anyone|someone|somebody|anybody)(?: guys| all| also| both"
    r"| please| kindly)* (?!be\b|find\b|see\b)\w+",
    rf"^\W*(?:and |also |so |or |but )?(?:any|some|your)(?: \w+){{0,3}} {_NOUNS}\b",
    r"^\W*(?:and |also )?any\b[^.?!]{0,60}\b(?:you(?:'d|’d| would| could| can)? recommend|for)\b",
    r"\b(?:my|the|another|second|first|next|last|one)(?: \w+){0,2} question(?: \w+){0,4}"
    rf" (?:is|was) (?:about|related|regarding|on|if|whether|more|{_WH})\b",
    rf"\bif (?:you|anyone|someone|somebody)(?: guys| both| all)? (?:can|could) {_TELL}\b",
    rf"\b(?:do not|don'?t|not) (?:know|sure|understand) {_WH} (?:to|i|we)\b",
    rf"\b(?:appreciate|looking for|need|welcome|grateful for) (?:\w+ ){{0,3}}{_NOUNS}\b",
    rf"^\W*{_TELL}\b(?! to\b)",
)
_REQUEST = re.compile("|".join(f"(?:{request})" for request in _REQUESTS), re.IGNORECASE)
_ANNOUNCEMENT = re.compile(
    r"(?<!your )(?<!these )(?<!those )(?<!this )(?<!that )\b(?:questions?|queries|following"
    r"|(?:few|couple(?: of)?|some|two|three|several|one|other|more) (?:\w+ )?things?"
    r"|the same|topics?)\b[^?.!]{0,70}\W*$"
    r"|\b(?:know|curious|wondering|wonder|ask|hear|interested in)\b(?: about)?\W*$"
    r"|\bask (?:you )?(?:a )?(?:few|couple|some|several|two|three)\W*$"
    r"|\b(?:let me|i(?:'ll| will)) (?:start|begin|ask)\b",
    re.IGNORECASE,
)
_ANNOUNCED_CONTENT = re.compile(
    r"\bquestions?\b.{0,40}?\b(?:is|are|was|about|regarding|related to|on|if|whether)\b"
    r"(?:\W+\w+){4}|\bquestion is (?:about|regarding|related to|on) +\S"
    r"|\b(?:how|what|why|which|whether|if|when|where)(?: +\w+){3}",
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
    r"^\W*(?:(?:and|but|so|ok)[\s,]+)?(?:also\b|another\b|(?:my |the |a |and )?(?:second|third"
    r"|fourth|next|last|final|other|one more|further)(?:ly)?(?: and (?:last|final))?\b(?! of\b)"
    r"|lastly|finally|besides|additionally|moreover|furthermore|on (?:an|the )other|next"
    r"|apart|other than|btw|by the way|p\.?s\b|separately|plus|i (?:also|am also)|i'?m also|then,)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"^\W*(?:and[\s,]+)?(?:my |the |a )?(?:second|2nd|other|next)"
    r"(?:ly,| (?:one|thing|question|query)\b)",
    re.IGNORECASE,
)
_SAME_NEED = re.compile(
    r"^\W*(?:(?:and|but|so|or)[\s,]+)?(?:(?:if|when) (?:so|not|yes|no|yeah|that|this|it|they)\b"
    r"|or\b|for (?:example|instance)|e\.?g\b|i\.?e\b|specifically|in particular|particularly"
    r"|in other words|that is\b|meaning\b|like\b|maybe\b|perhaps\b|i mean|to be (?:more )?specific"
    r"|more specifically|so that\b|in case\b|examples?:|(?:asked|put) differently"
    r"|which (?:one|of (?:these|those|them))\b|why(?: so| not| is that)?\W*$|how(?: so| come)?\W*$"
    r"|(?:do|did) you mean|what (?:if|about)\b|how about\b|i ask|i'?m asking|the reason|because"
    r"|since\b|(?:where|how|what|when) to \w+\W*$"
    r"|(?:is|was|will|should|does|did|can|could|would|has) (?:it|that|this)\b|right\W*$)",
    re.IGNORECASE,
)
_FRAGMENT = re.compile(r"^\W*(?:and|or) (?:to|for|with|by|without|from)\b", re.IGNORECASE)
_OF_TWO = re.compile(
    r"\bthe (?:former|latter|(?:first|1st|second|2nd|other) one)\b(?!,? (?:is|was)\b)",
    re.IGNORECASE,
)
_UNSPECIFIC = re.compile(
    r"^\W*(?:(?:and|or|so|also)[\s,]+)?(?:(?:do you have|have you got|are there|(?:could|can) you"
    rf" (?:please )?(?:share|give|provide))[ ])?(?:any|some|a few)[ ](?:\w+ ){{0,2}}{_NOUNS}\b"
    r"|\b(?:hear(?:ing)?|know|appreciate|get|welcome) (?:(?:from|about|on) )?(?:\w+ ){0,2}"
    r"(?:responses|answers|thoughts|opinions?|views?|perspectives?|insights|input|feedback|answer)\b"
    r"|^\W*(?:please )?(?:let (?:me|us) know|share your|advise|suggest)\b"
    r"|^\W*what (?:do you|are your) (?:think|thoughts)(?: about (?:it|this|that))?\W*$",
    re.IGNORECASE,
)
_HEADS = re.compile(
    r"\bquestions?(?: \w+){0,4} (?:is|was) (?:about|related|regarding|on|more)\b", re.IGNORECASE
)
_THEN = r"^\W*(?:(?:and|but|so|or|then|also|well)[\s,]+){0,2}"
_OPENS_AS_QUESTION = re.compile(rf"{_THEN}(?:{_WH}|{_AUXILIARY})\b", re.IGNORECASE)
_OPENS_WITH_WH = re.compile(rf"{_THEN}{_WH}\b", re.IGNORECASE)
_YES_OR_NO = re.compile(rf"{_THEN}{_AUXILIARY}\b", re.IGNORECASE)
_ASKS_FOR = re.compile(
    rf"{_THEN}(?:(?:is|are|was|were) there|do you (?:have|know|cover|discuss|use|provide|plan)"
    r"|have you|(?:do|does|will) (?:the|your|this) book|(?:can|could|would) you)\b",
    re.IGNORECASE,
)
_ABOUT_IT = re.compile(
    rf"{_THEN}(?:{_WH}\s+(?:\w+\s+)?)?{_AUXILIARY}(?: not)?"
    r"\s+(?:it|they|he|she|this|that|these|those)\b",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    rf"{_THEN}{_WH}\s+(?:is|was|does|would|will|can|should)\s+it\s+(?:make sense|takes?\b"
    r"|(?:be )?(?:\w+ )?(?:possible|necessary|worth|better|best|good|useful|important|appropriate"
    r"|easier)\b)",
    re.IGNORECASE,
)
_WHETHER_THERE = re.compile(r"\W*(?:is|are|was|were|will|would)\s+there\b", re.IGNORECASE)
_ANAPHOR = re.compile(
    r"(?<!\bworth )\b(?:it|its|he|she|they|them|their|these|those|such|ones)\b"
    r"|\bone\b(?=\W*$|[^\w\s])"
    r"|\b(?:this|that|which|the|other|another|new|first|second|1st|2nd|last|same|latter) one\b"
    r"|\b(?:this|that)\b(?=\W*$|[^\w\s]|\s+(?:is|are|was|would|should|could|can|will|case|approach"
    r"|question|topic|problem|issue|kind|type|sort|one|way|technique|method|process|work|mean|help|end"
    r"|considered|normal|common|possible|true|correct|regard|context|field|area|view|scenario|situation|skills?|tools?|in|for|with|on|to"
    r"|about|as|from)\b)"
    r"|\b(?:do|does|did|is|are|was|were|would|should|can|could|will|has|have) "
    r"(?:either|neither|both)\b(?! (?:of|the|a|an)\b)",
    re.IGNORECASE,
)
_BACK_EARLY = re.compile(
    r".{0,60}?(?<!\bworth )\b(?:it|its|he|she|they|them|their|these|those)\b", re.IGNORECASE
)
_FEWEST_NEW_STEMS = 2
_FEWEST_STEMS = 4
_FEWEST_STEMS_ALONE = 2
_FEW_UNSPECIFIC_STEMS = 5
_FEW_STEMS = 3
_FEW_STEMS_OF_A_QUESTION = 1
_REPHRASED = 0.5


def is_pleasantry(sentence: str) -> bool:
    """Tell whether a sentence only asks how people are, or whether it may ask."""
    return _PLEASANTRY.match(sentence) is not None


def announces(sentence: str) -> bool:
    """Tell whether a cleaned sentence only says that questions follow."""
    if _QUESTION_MARK.search(sentence) or _ANNOUNCED_CONTENT.search(sentence):
        return False
    return _ANNOUNCEMENT.search(sentence) is not None


def asks(sentence: str) -> bool:
    """Tell whether a cleaned sentence asks, with or without a question mark."""
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
    """Tell whether a sentence turns to something else: "Also", "Second question"."""
    return _NEW_TOPIC.match(sentence) is not None


def counts_on(sentence: str) -> bool:
    """Tell whether a sentence counts on from an earlier question: "The second thing"."""
    return _COUNTED.match(sentence) is not None


def stays_on_topic(sentence: str) -> bool:
    """Tell whether a sentence explains the one before it: "For example", "I mean"."""
    return _SAME_NEED.match(sentence) is not None


def refers_back(sentence: str) -> bool:
    """Tell whether a sentence needs an earlier one to be understood."""
    return _ANAPHOR.search(sentence) is not None or len(set(tokenise(sentence))) < _FEWEST_STEMS


def stands_alone(sentence: str) -> bool:
    """Tell whether a sentence can be compared with others without the one before it."""
    if _ANAPHOR.search(sentence):
        return False
    fewest = 1 if _WHETHER_THERE.match(sentence) else _FEWEST_STEMS_ALONE
    return len(set(tokenise(sentence))) >= fewest


def continues(question: str, sentence: str, *, new_line: bool = False) -> bool:
    """Tell whether a sentence that asks goes on with the question before it.

    So do "Why?", "If so, how?", a choice of answers, a rephrasing, and a question about "it";
    one that starts a line only where it cannot stand alone.
    """
    if _FRAGMENT.match(sentence) or _OF_TWO.search(sentence):
        return True
    if opens_topic(sentence):
        return False
    if stays_on_topic(sentence) or _is_statement(sentence) or _only_heads(question):
        return True
    if _ABOUT_IT.match(sentence) and not _EXPLETIVE.match(sentence):
        return True
    own, known = set(tokenise(sentence)), set(tokenise(question))
    back, n_new = _ANAPHOR.search(sentence) is not None, len(own - known)
    if _UNSPECIFIC.search(sentence):
        return back or n_new <= _FEW_UNSPECIFIC_STEMS
    if not new_line and _YES_OR_NO.match(sentence):
        early = _BACK_EARLY.match(sentence) and not _ASKS_FOR.match(sentence)
        if n_new < _FEWEST_NEW_STEMS or early:
            return True
    few = _FEW_STEMS_OF_A_QUESTION if _OPENS_WITH_WH.match(sentence) else _FEW_STEMS
    return (back and n_new <= few) or len(own & known) >= max(2, _REPHRASED * len(own))


def _only_heads(question: str) -> bool:
    """Tell whether a sentence names the topic of a question that the next one puts."""
    if _HEADS.search(question) and not _QUESTION_MARK.search(question):
        return True
    return _UNSPECIFIC.search(question) is not None and len(set(tokenise(question))) < _FEW_STEMS


def _is_statement(sentence: str) -> bool:
    """Tell whether a sentence asks only by its mark, such as a list of choices."""
    if not _QUESTION_MARK.search(sentence) or sentence.casefold().startswith("and "):
        return False
    asked = _OPENS_AS_QUESTION.match(sentence) or _INNER_INVERSION.search(sentence)
    return asked is None and _REQUEST.search(sentence) is None

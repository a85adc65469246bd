"""Tell what makes two questions differ although their words are near: names, numbers, books."""

import re
from collections.abc import Iterator, Mapping

from search.text.slugs import name_tokens
from search.text.tokens import tokenise

_WORD = re.compile(r"[^\W_][\w+#.&'’-]*")
_PLURAL = re.compile(r"(?<=[A-Z]{2})s\Z")
_SENTENCE_ENDS = frozenset(".?!:\n(")
_NOT_NAMES = frozenset({"I", "I'm", "I'd", "I've", "I’m", "I’d", "I’ve", "OK"})
_COMPARES = re.compile(
    r"\b(?:vs|versus|differences?|different|compared?|comparison|over|or|instead of|rather than"
    r"|better than|alternatives?)\b",
    re.IGNORECASE,
)
_QUANTITIES = {
    "age": r"age|how old",
    "cost": r"costs?|price|free|charged?|how expensive|salary|how much does",
    "count": r"how many|number of|ratio|(?:what|which) (?:percentage|share|number)",
    "frequency": r"how often",
    "size": r"how (?:big|large|high|far)|size",
    "time": r"how (?:long|fast)|how much time|time (?:commitment|estimate)s?",
}
_QUANTITY = re.compile(
    "|".join(rf"(?P<{name}>\b(?:{words})\b)" for name, words in _QUANTITIES.items()),
    re.IGNORECASE,
)
_OF_A_BOOK = re.compile(
    r"\bbooks?\b|\bchapters?\b|\beditions?\b|\btranslat\w+"
    r"|\b(?:audio ?book|e-?book|kindle|hardcover|paperback|manuscript|publisher|foreword|preface"
    r"|meap)\b"
    r"|\b(?:is|are|was|were) [^?.!]{1,60}\bcovered\b"
    r"|\b(?:do|did|does|will) (?:you|it|they|the authors?) (?:also |even |ever )?(?:cover|discuss"
    r"|talk about|touch|explain|show|mention|describe|include)\b"
    r"|\bcover (?:art|animal|image|picture|design)\b|\b(?:the|your|'s) cover\b"
    r"|\byour (?:little |own |code )*(?:examples?|exercises|code|title|repo|writing|readers"
    r"|audience|patterns|projects)\b"
    r"|\b(?:you|to) writ(?:e|ing) (?:it|this|about)\b"
    r"|\b(?:did|do|while|when|were) you (?:\w+ )?(?:write|writing|wrote)\b"
    r"|\bwho is (?:it|this) for\b|\b(?:target|intended) (?:audience|readers?)\b"
    r"|\bprerequisites?\b",
    re.IGNORECASE,
)
_BOOKISH = frozenset(
    tokenise(
        "book books edition editions chapter chapters cover covered audience reader readers read"
        " reading write writing wrote written author authors publish published publisher version"
        " audiobook ebook kindle page pages paper print translated translation language target"
        " prerequisite prerequisites second third next new long take took time plan plans good"
        " beginner beginners level difficult hardest favourite favorite learn buy get different"
    )
)
_FEWEST_TELLING = 2


def named_things(text: str, *, apart: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """Return the names in a text, of tools above all, with the stems of each.

    A name is a word with a capital letter that opens no sentence, or one with capitals or digits
    inside.

    Args:
        text: A cleaned text.
        apart: Folded words of people's names, which do not count.
    """
    return {
        word: stems
        for word in _names(text)
        if not apart.intersection(name_tokens(word)) and (stems := frozenset(tokenise(word)))
    }


def _names(text: str) -> Iterator[str]:
    """Yield the words that look like names."""
    for match in _WORD.finditer(text):
        word = _PLURAL.sub("", match[0].strip(".'’-"))
        before = text[: match.start()].rstrip(" ")
        opens = not before or before[-1] in _SENTENCE_ENDS
        inside = any(char.isupper() or char.isdigit() for char in word[1:])
        if (
            len(word) > 1
            and word not in _NOT_NAMES
            and (inside or (word[0].isupper() and not opens))
        ):
            yield word


def compares(text: str) -> bool:
    """Tell whether a question weighs one thing against another."""
    return _COMPARES.search(text) is not None


def quantities(text: str) -> frozenset[str]:
    """Return which quantities a text asks for: a number, a time, a price, an age."""
    return frozenset(str(match.lastgroup) for match in _QUANTITY.finditer(text))


def is_of_a_book(text: str) -> bool:
    """Tell whether a question is about a book rather than about its subject."""
    return _OF_A_BOOK.search(text) is not None


def is_of_any_book(text: str) -> bool:
    """Tell whether a question could be asked of every book: "Who is it for?"."""
    return is_of_a_book(text) and len(set(tokenise(text)) - _BOOKISH) < _FEWEST_TELLING

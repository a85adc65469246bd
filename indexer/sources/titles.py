"""Make a title of a file's name."""

import re

_SPELLINGS = {
    "ai": "AI",
    "api": "API",
    "aws": "AWS",
    "datatalksclub": "DataTalks.Club",
    "faq": "FAQ",
    "faqs": "FAQs",
    "gcp": "GCP",
    "llm": "LLM",
    "llms": "LLMs",
    "ml": "ML",
    "mlops": "MLOps",
    "nlp": "NLP",
    "sql": "SQL",
}
_SMALL = frozenset({"a", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to"})
_GAPS = re.compile(r"[\s_-]+")


def title_of(name: str) -> str:
    """Turn `free-ml-courses` into `Free ML Courses`; a name without words stays."""
    words = [word for word in _GAPS.split(name) if word]
    return " ".join(_spell(word, first=not place) for place, word in enumerate(words)) or name


def _spell(word: str, *, first: bool) -> str:
    if word in _SMALL and not first:
        return word
    if word != word.lower():
        return word
    return _SPELLINGS.get(word, word[:1].upper() + word[1:])

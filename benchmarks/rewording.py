"""Reword questions deterministically, as other people could have asked them."""

import random
import re

from search.evaluation.misspelling import swapped

_SYNONYMS = {
    "advantages": "benefits",
    "advice": "suggestions",
    "best": "most suitable",
    "big": "large",
    "books": "titles",
    "build": "create",
    "common": "frequent",
    "companies": "organisations",
    "different": "distinct",
    "difficult": "hard",
    "experience": "practice",
    "good": "decent",
    "hard": "difficult",
    "help": "assist",
    "important": "crucial",
    "learn": "study",
    "main": "key",
    "need": "require",
    "people": "folks",
    "problem": "issue",
    "problems": "issues",
    "recommend": "suggest",
    "start": "begin",
    "suggest": "recommend",
    "think": "believe",
    "tools": "software",
    "use": "employ",
    "useful": "helpful",
    "want": "would like",
    "work": "function",
}
_OPENINGS = ("", "Quick one: ", "Hello everybody! ", "I was wondering: ", "Newbie here. ")
_CLOSINGS = ("", " Thanks in advance!", " Cheers", " Any hint is welcome.")
_WORD = re.compile(r"[A-Za-z]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_TYPO_RATE = 0.04
_SHORTEST_TYPO = 6


def reword(text: str, *, seed: int) -> str:
    """Return a question in other words: synonyms, sentences in another order, typing errors."""
    rng = random.Random(seed)
    sentences = _SENTENCE.split(text.replace("\n", " "))
    if len(sentences) > 1:
        sentences = [*sentences[1:], sentences[0]]
    body = _WORD.sub(lambda match: _typo(_synonym(match[0]), rng), " ".join(sentences))
    return f"{rng.choice(_OPENINGS)}{body}{rng.choice(_CLOSINGS)}"


def _synonym(word: str) -> str:
    """Return another word for a common one."""
    return _SYNONYMS.get(word, word)


def _typo(word: str, rng: random.Random) -> str:
    """Now and then swap two letters in the middle of a long word."""
    if len(word) < _SHORTEST_TYPO or rng.random() >= _TYPO_RATE:
        return word
    place = rng.randrange(1, len(word) - 2)
    return swapped(word, place)

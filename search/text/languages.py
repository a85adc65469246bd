"""Tell which language a text is in, where it is not one that an archive is in.

py3langid guesses it from short sequences of bytes. Its model is read at the first text that needs
it: one that has several words which neither the English list nor the archive has.

References:
    Lui, Baldwin, "langid.py: An Off-the-shelf Language Identification Tool", ACL 2012.
    https://aclanthology.org/P12-3005
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from search.once import Once
from search.text.spelling import Speller

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANGUAGES: Mapping[str, str] = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "ca": "Catalan",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sr": "Serbian",
    "sv": "Swedish",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
"""The languages that are told apart, by their ISO 639-1 codes."""

_NONE = "zxx"
"""No language (ISO 639-2); what is typed at random is nearer to it than to any language."""
_LEAST_PROBABILITY = 0.6
_LEAST_STRANGE = 0.15
_LEAST_SHARE = 0.05
_ENGLISH = LANGUAGES["en"]


@cache
def _identifier() -> "LanguageIdentifier":
    """Read the model, with the table of only these languages (0.5 s and 80 MB)."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*LANGUAGES, _NONE])
    return identifier


def language_of(text: str) -> str | None:
    """Return the name of the language that a text is in; None where that is in doubt."""
    code, probability = _identifier().classify(text)
    return LANGUAGES.get(code) if probability >= _LEAST_PROBABILITY else None


def foreign_warning(language: str) -> str:
    """Say that a text is in a language that the archive is not in."""
    return f"this looks like {language}, and the archive is not: ask in the language of its posts"


class ForeignText:
    """Finds texts in languages that one archive is not in."""

    def __init__(self, speller: Speller, texts: Callable[[], Iterable[str]]) -> None:
        """Know an archive by its words and, read at the first need, some of its texts."""
        self._speller = speller
        self._texts = texts
        self._shares: Once[Mapping[str, float]] = Once()

    def language(self, text: str) -> str | None:
        """Return the name of a text's language where the archive is not in it, else None."""
        if self._speller.share_strange(text) < _LEAST_STRANGE:
            return None
        found = language_of(text)
        if found is None or found == _ENGLISH:
            return None
        return found if self._shares.get(self._count).get(found, 0.0) < _LEAST_SHARE else None

    def _count(self) -> Mapping[str, float]:
        """Return the share that each language has in the archive's texts."""
        counts = Counter(filter(None, map(language_of, self._texts())))
        return {name: count / counts.total() for name, count in counts.items()}

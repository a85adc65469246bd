"""Tell which language a text is in, where it is not one that an archive is in.

py3langid guesses it from short sequences of bytes. Its model is read at the first text that needs
it: one that has several words which neither the English list nor the archive has.

References:
    Lui, Baldwin, "langid.py: An Off-the-shelf Language Identification Tool", ACL 2012.
    https://aclanthology.org/P12-3005
"""

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from lzma import LZMAError
from typing import TYPE_CHECKING

from search.once import Once
from search.text.clean import clean
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
_FEWEST_STRANGE = 2
_MOST_WORDS = 200
_LONG = 4
_LONG_IN_IDEOGRAPHS = 2
_FIRST_IDEOGRAPH = "\u2e80"
_LAST_LATIN = "\u024f"
_LETTERS = re.compile(r"[^\W\d_]+")
_LEAST_SHARE = 0.05
_ENGLISH = LANGUAGES["en"]


_IDENTIFIER: "Once[LanguageIdentifier | None]" = Once()


def _load() -> "LanguageIdentifier | None":
    """Read the model, with the table of only these languages (0.5 s, 60 MB, 70 MB on disk)."""
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    except (ImportError, OSError, ValueError, EOFError, LZMAError) as exc:
        message = f"languages are not told apart: {exc}"
        warnings.warn(message, RuntimeWarning, stacklevel=2)
        return None
    identifier.set_languages([*LANGUAGES, _NONE])
    # Another one of the smaller table, because the first keeps all of its languages.
    return LanguageIdentifier(
        identifier.nb_ptc,
        identifier.nb_pc,
        identifier.nb_classes,
        identifier.tk_nextmove,
        identifier.tk_output,
        norm_probs=True,
        tk_row=identifier.tk_row,
    )


def language_of(text: str) -> str | None:
    """Return the name of the language that a text is in; None where that is in doubt."""
    identifier = _IDENTIFIER.get(_load)
    if identifier is None:
        return None
    code, probability = identifier.classify(text)
    return LANGUAGES.get(code) if probability >= _LEAST_PROBABILITY else None


def _is_question_of_its_own(word: str) -> bool:
    """Tell whether a word is long for a script that is not Latin, and perhaps a whole question."""
    long = _LONG_IN_IDEOGRAPHS if word[0] >= _FIRST_IDEOGRAPH else _LONG
    return word[0] > _LAST_LATIN and len(word) >= long


class ForeignText:
    """Finds texts in languages that one archive is not in."""

    def __init__(self, speller: Speller, texts: Callable[[], Iterable[str]]) -> None:
        """Know an archive by its words and, read at the first need, some of its texts."""
        self._speller = speller
        self._texts = texts
        self._shares: Once[Mapping[str, float]] = Once()

    def language(self, text: str) -> str | None:
        """Return the name of a text's language where the archive is not in it, else None."""
        if not self._is_strange(text):
            return None
        found = language_of(text)
        if found is None or found == _ENGLISH:
            return None
        return found if self._spoken.get(found, 0.0) < _LEAST_SHARE else None

    def _is_strange(self, text: str) -> bool:
        """Tell whether a text has several words that nobody here would know, besides names.

        A single one counts where it is written as Latin letters are not, as a whole question. The
        first word may have its capital from where it stands. Two hundred words tell.
        """
        said = clean(text)
        first, *others = _LETTERS.findall(said.lower() if said.isupper() else said) or [""]
        words = [first.lower() if first.istitle() else first, *others]
        words = [word for word in words if word and not word[0].isupper()][:_MOST_WORDS]
        strange = [word for word in words if not self._speller.understands(word)]
        few = len(strange) < _FEWEST_STRANGE
        if few and not any(map(_is_question_of_its_own, strange)):
            return False
        return len(strange) >= _LEAST_STRANGE * len(words)

    def warning(self, text: str) -> str | None:
        """Say which language a text is in and which to use, None where the archive is in it."""
        found = self.language(text)
        if found is None:
            return None
        own = max(self._spoken, key=lambda name: (self._spoken[name], name), default=_ENGLISH)
        return f"this looks like {found}, and the archive is in {own}: ask in {own}"

    @property
    def _spoken(self) -> Mapping[str, float]:
        return self._shares.get(self._count)

    def _count(self) -> Mapping[str, float]:
        """Return the share that each language has in the archive's texts."""
        counts = Counter(filter(None, map(language_of, self._texts())))
        return {name: count / counts.total() for name, count in counts.items()}

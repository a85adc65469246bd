"""Say what was made of what was typed."""

from collections.abc import Iterator, Mapping

from search.models import Collection
from search.phrases import PhraseFinder
from search.ranking import Query

_LONGEST_NOTED = 60


def notes(
    query: Query, phrases: PhraseFinder | None, collections: Mapping[str, Collection]
) -> Iterator[str]:
    """Say what words were read as, what is left out, and which quoted phrases nobody says.

    Args:
        query: What was read.
        phrases: Finds what is quoted; None where quotation marks mean nothing.
        collections: Those of the archive, by slug.
    """
    repaired = [f'"{word}" as "{other}"' for word, other in query.repaired.items()]
    if repaired:
        yield f"read {', '.join(repaired)}"
    for phrase in query.left_out:
        yield f'threads that say "{_brief(phrase)}" are left out'
    for slug in sorted(query.left_out_books):
        yield f'threads of "{collections[slug].title}" are left out'
    for phrase in query.phrases:
        if phrases and not phrases.n_saying(phrase):
            yield f'nobody in the archive says "{_brief(phrase)}"'


def _brief(phrase: str) -> str:
    """Return a phrase short enough for a note."""
    return phrase if len(phrase) <= _LONGEST_NOTED else f"{phrase[:_LONGEST_NOTED]}…"

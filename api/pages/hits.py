"""What the pages say of hits beside what a hit says itself."""

from collections.abc import Sequence

from api.pages.facts import Facts
from search.engine import Engine
from search.models import Hit


def names_by_book(engine: Engine, facts: Facts, hits: Sequence[Hit]) -> dict[str, frozenset[str]]:
    """Return for each collection of some hits the words by which its authors are addressed."""
    slugs = {hit.collection.slug for hit in hits}
    return {slug: facts.names(engine.collection(slug).authors) for slug in slugs}

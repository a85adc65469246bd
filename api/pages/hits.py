"""What the pages say of hits beside what a hit says itself."""

from collections.abc import Iterable
from typing import Protocol

from api.pages.facts import Facts
from search.engine import Engine
from search.models import CollectionRef
from search.results import SearchResult, VoicesResult


class Filed(Protocol):
    """Whatever says under which collection it is filed."""

    @property
    def collection(self) -> CollectionRef:
        """The collection."""


def names_by_book(
    engine: Engine, facts: Facts, found: Iterable[Filed]
) -> dict[str, frozenset[str]]:
    """Return for each collection of some threads the words by which its authors are addressed."""
    slugs = {each.collection.slug for each in found}
    return {slug: facts.names(engine.collection(slug).authors) for slug in slugs}


def reasons(engine: Engine, result: SearchResult | VoicesResult | None) -> list[str]:
    """Return why a query met silence: the warnings that not every result of this engine has."""
    return [each for each in result.warnings if each not in engine.warnings] if result else []

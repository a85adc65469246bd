"""What the pages say of hits beside what a hit says itself."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from api.pages.facts import Facts
from search.engine import Engine
from search.models import CollectionRef, Hit


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


def further_questions(engine: Engine, hits: Sequence[Hit]) -> dict[str, str]:
    """Return by thread the further question that a hit's answer replies to, where it does."""
    answers = {hit.thread_id: hit.answer.message_id for hit in hits if hit.answer}
    found: dict[str, str] = {}
    for thread in engine.store.threads(list(answers)):
        for further in thread.follow_ups:
            replies = {thread.messages[place].message_id for place in further.answers}
            if answers[thread.thread_id] in replies:
                found[thread.thread_id] = thread.messages[further.question].text
    return found

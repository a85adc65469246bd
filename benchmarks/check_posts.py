"""The labelled posts that checking is fitted and measured on."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rewording import reword
from search.engine import Engine
from search.evaluation import read_collection
from search.models import AnsweredBy, Thread
from search.text.parts import split_parts

OWN = Path(__file__).parent.parent / "tests" / "golden" / "check" / "rewordings.jsonl"
AUDITED = OWN.parent / "audit.jsonl"
SEED = 7
N_REWORDED = 300
_QUESTIONS = frozenset({"nl", "answer", "typo", "none"})


@dataclass(frozen=True, slots=True)
class LabelledPost:
    """A post and the rows of the threads that settle it; empty where none does.

    `judged` are the rows whose labels are known, None where all others are taken not to settle
    it. `without` are the rows that are treated as if they were not there. `book` is the one that
    the post is meant for.
    """

    source: str
    text: str
    targets: frozenset[int]
    judged: frozenset[int] | None = None
    without: frozenset[int] = frozenset()
    book: str | None = None


class PostReader:
    """Reads labelled posts for one archive."""

    def __init__(self, engine: Engine) -> None:
        """Number the archive's threads."""
        self._engine = engine
        self._books = engine.store.books_of_rows()
        self._threads = list(engine.store.iter_threads())
        self._rows = {
            ref: row for row, each in enumerate(self._threads) for ref in each.source_refs
        }

    def dupes(self, path: Path, source: str) -> list[LabelledPost]:
        """Read a file of new posts, `label` duplicate or new, `target` and `also`."""
        posts = []
        for line in path.read_text("utf-8").splitlines():
            raw: Mapping[str, object] = json.loads(line)
            refs = [str(raw["target"]), *map(str, raw.get("also", []))]  # type: ignore[call-overload]
            same = raw["label"] == "duplicate"
            rows = frozenset(self._rows[ref] for ref in refs) if same else frozenset[int]()
            book = self._books[self._rows[refs[0]]]
            posts.append(LabelledPost(source, str(raw["text"]), rows, book=book))
        return posts

    def queries(self, folder: Path) -> list[LabelledPost]:
        """Read the queries of a test collection that are questions; grade 2 settles one."""
        collection = read_collection(folder)
        posts = []
        for query in collection.queries:
            if query.type not in _QUESTIONS:
                continue
            grades = collection.qrels.get(query.qid, {})
            known = {self._rows[ref]: grade for ref, grade in grades.items()}
            right = frozenset(row for row, grade in known.items() if grade == 2)
            judged = None if query.type == "none" else frozenset(known)
            posts.append(LabelledPost("queries", query.query, right, judged))
        return posts

    def reworded(self) -> tuple[list[LabelledPost], list[LabelledPost]]:
        """Reword questions of the archive, once with their thread in it and once without."""
        chosen = random.Random(SEED).sample(list(self._answered()), N_REWORDED)
        found, removed = [], []
        for number, row in enumerate(chosen):
            parts = split_parts(self._threads[row].question.text, names=self._names)
            text = reword(random.Random(number).choice(parts).text, seed=number)
            own, book = frozenset({row}), self._books[row]
            found.append(LabelledPost("find", text, own, book=book))
            without = own | self._linked(row)
            removed.append(LabelledPost("noise", text, frozenset(), without=without, book=book))
        return found, removed

    @property
    def _names(self) -> frozenset[str]:
        return self._engine.duplicates.comparer.books.names

    def _answered(self) -> Iterator[int]:
        """Yield the rows that ask something and have an author's answer."""
        for row, thread in enumerate(self._threads):
            if thread.answered_by is AnsweredBy.AUTHOR and split_parts(
                thread.question.text, names=self._names
            ):
                yield row

    def _linked(self, row: int) -> frozenset[int]:
        """Return the rows of the threads that are linked with one."""
        thread: Thread = self._threads[row]
        refs = [ref for link in thread.links for ref in (link.source_ref, link.target_ref)]
        return frozenset(self._rows[ref] for ref in refs if ref in self._rows)


def read_pairs(path: Path = AUDITED) -> Sequence[Mapping[str, str]]:
    """Read the judged pairs of the audit."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

"""What readers say of results: which thread answered which query, and which did not.

Only the query, the thread, the verdict and the day are kept: no address, no name, no cookie.

Run: python -m api.feedback BUNDLE FOLDER

Writes the verdicts to FOLDER as a test collection for `answers eval`.
"""

import hashlib
import json
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from search.errors import NotFoundError, StorageError

FEEDBACK_FILE = "feedback.sqlite"
TYPE = "feedback"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS verdicts (
    day TEXT NOT NULL,
    query TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    source_ref TEXT NOT NULL,
    verdict TEXT NOT NULL,
    generation TEXT NOT NULL
) STRICT
"""
_INSERT = (
    "INSERT INTO verdicts VALUES (:day, :query, :thread_id, :source_ref, :verdict, :generation)"
)
_SUMMED = """
SELECT query, source_ref, SUM(CASE verdict WHEN 'answered' THEN 1 ELSE -1 END) AS votes
FROM verdicts GROUP BY query, source_ref ORDER BY query, source_ref
"""
_TIMEOUT_S = 5.0


class Verdict(StrEnum):
    """What a reader says of a result."""

    ANSWERED = "answered"
    NOT_IT = "not-it"


@dataclass(frozen=True, slots=True)
class Feedback:
    """One verdict on one thread for one query."""

    query: str
    thread_id: str
    source_ref: str
    verdict: Verdict
    generation: str


class FeedbackStore:
    """A file of verdicts; created when the first one comes."""

    def __init__(self, path: Path) -> None:
        """Name the file; nothing is opened yet."""
        self.path = path

    def add(self, feedback: Feedback) -> None:
        """Keep a verdict.

        Raises:
            StorageError: If it cannot be written.
        """
        values = {
            "day": datetime.now(UTC).date().isoformat(),
            "query": " ".join(feedback.query.split()),
            "thread_id": feedback.thread_id,
            "source_ref": feedback.source_ref,
            "verdict": feedback.verdict.value,
            "generation": feedback.generation,
        }
        with self._opened() as connection:
            connection.execute(_SCHEMA)
            connection.execute(_INSERT, values)

    def judgements(self) -> list[tuple[str, str, int]]:
        """Return query, source ref and grade: 2 where more readers agree than not, else 0.

        Raises:
            NotFoundError: If nobody has said anything yet.
        """
        if not self.path.is_file():
            raise NotFoundError(f"{self.path}: no feedback yet")
        with self._opened() as connection:
            rows = connection.execute(_SUMMED).fetchall()
        return [(query, ref, 2 if votes > 0 else 0) for query, ref, votes in rows]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction."""
        try:
            with closing(sqlite3.connect(self.path, timeout=_TIMEOUT_S)) as connection, connection:
                yield connection
        except sqlite3.Error as exc:
            raise StorageError(f"{self.path}: cannot keep or read feedback: {exc}") from exc


def export(store: FeedbackStore, folder: Path) -> int:
    """Write the verdicts as a test collection; return how many queries it has.

    A query that nobody found an answer to is left out: nothing is known to be relevant to it.
    """
    judged: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for query, ref, grade in store.judgements():
        judged[query].append((ref, grade))
    useful = {query: refs for query, refs in judged.items() if any(grade for _, grade in refs)}
    queries, qrels = [], []
    for query, refs in useful.items():
        qid = f"f{hashlib.sha256(query.encode()).hexdigest()[:10]}"
        record = {"qid": qid, "type": TYPE, "query": query}
        queries.append(json.dumps(record, ensure_ascii=False) + "\n")
        qrels += [f"{qid}\t{ref}\t{grade}\n" for ref, grade in refs]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "queries.jsonl").write_text("".join(queries), "utf-8")
    (folder / "qrels.tsv").write_text("".join(qrels), "utf-8")
    return len(queries)


def main() -> None:
    """Export the feedback of a bundle."""
    bundle, folder = map(Path, sys.argv[1:3])
    print(f"{export(FeedbackStore(bundle / FEEDBACK_FILE), folder)} queries written to {folder}")


if __name__ == "__main__":
    main()

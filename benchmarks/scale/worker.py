"""Build an archive on the disk, or open it and search: each in a process of its own.

Run: python -m benchmarks.scale.worker (build | search | records | index) N FOLDER SEED

`records` writes an archive as files of records, and `index` indexes these as `answers index`
does, with an encoder that counts words.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.scale.archive import DIM, Asked, ask, make_archive
from indexer.build import build as index_sources
from indexer.options import BuildOptions
from search.books import BookFinder
from search.bundle import Bundle
from search.dense import FaissDenseIndex, write_dense
from search.encoders.hashing import HashEncoder
from search.engine import Engine
from search.late import TokenIndex, write_tokens
from search.lexical import BM25Index, write_lexical
from search.lists import ListedDenseIndex, make_lists
from search.models import PassageKind
from search.opening import LEXICAL, LISTS, PASSAGES, THREADS, TOKENS
from search.ranking import DENSE_LEGS, Query, Ranker
from search.sqlite_store import SqliteStore
from search.stages import profile
from search.store_writer import write_store

N_QUERIES = 200
N_EXACT = 50
_DEPTH = 10
_ASKED = "asked.npz"
_RECORDS_A_FILE = 50_000


def build(n_passages: int, folder: Path, seed: int) -> dict[str, Any]:
    """Write everything that a search reads, and the queries; return seconds and recall."""
    archive = make_archive(n_passages, seed)
    made: dict[str, Any] = {}
    seconds: dict[str, float] = {}

    def timed(name: str, work: Callable[[], object]) -> None:
        started = time.perf_counter(), time.process_time()
        made[name] = work()
        seconds[name] = time.process_time() - started[1]

    timed(
        "threads",
        lambda: write_store(
            folder / THREADS,
            collections=archive.collections,
            authors=[],
            threads=archive.threads,
            passages=archive.passages(),
        ),
    )
    timed("words", lambda: write_lexical(folder / LEXICAL, archive.texts()))
    timed("tokens", lambda: write_tokens(folder / TOKENS, archive.records()))
    timed("embeddings", lambda: write_dense(folder / PASSAGES, archive.embeddings))
    timed("lists", lambda: make_lists(archive.embeddings, archive.kinds))
    made["lists"].write(folder / LISTS)
    asked = ask(archive, N_QUERIES, seed + 1)
    np.savez(
        folder / _ASKED,
        texts=[each.text for each in asked],
        embeddings=[each.embedding for each in asked],
        tokens=[each.tokens for each in asked],
    )
    files = [each for each in folder.rglob("*") if each.is_file() and each.name != _ASKED]
    return {
        "seconds": seconds,
        "lists": made["lists"].facts(),
        "disk_bytes": sum(each.stat().st_size for each in files),
    }


def records(n_passages: int, folder: Path, seed: int) -> dict[str, Any]:
    """Write an archive as files of records."""
    threads = make_archive(n_passages, seed).threads
    for start in range(0, len(threads), _RECORDS_A_FILE):
        lines = [
            json.dumps({"id": thread.thread_id, "question": question.text, "answer": answer.text})
            for thread in threads[start : start + _RECORDS_A_FILE]
            for question, answer in [thread.messages]
        ]
        (folder / f"{start:07d}.jsonl").write_text("\n".join(lines), "utf-8")
    return {"n_records": len(threads)}


def index(_: int, folder: Path, __: int) -> dict[str, Any]:
    """Index files of records; return what it took."""
    started = time.process_time()
    options = BuildOptions(model=f"hash:{DIM}")
    report = index_sources(sorted(folder.glob("*.jsonl")), Bundle(folder / "bundle"), options)
    return {
        "cpu_s": time.process_time() - started,
        "n_passages": report.counts["passages"],
    }


class _Prepared:
    """Knows the embeddings of queries, so that none is computed."""

    def __init__(self, asked: list[Asked]) -> None:
        self._queries = {each.text: Query(each.text, each.embedding, each.tokens) for each in asked}

    def read(self, query: str) -> Query:
        """Return a query as it was prepared."""
        return self._queries[query]


def search(_: int, folder: Path, __: int) -> dict[str, Any]:
    """Open an archive and search it; return times, memory and recall."""
    data = np.load(folder / _ASKED)
    columns = (data[name] for name in ("texts", "embeddings", "tokens"))
    asked = [Asked(str(text), *rest) for text, *rest in zip(*columns, strict=True)]
    started = time.process_time()
    engine, dense = _open(folder, asked)
    opened_s = time.process_time() - started
    taken = _times(engine, [each.text for each in asked])
    legs = _leg_times(dense, asked)
    resident = _resident_bytes()
    return {
        "opened_s": opened_s,
        "resident_bytes": resident,
        "wall_ms": taken["wall"],
        "cpu_ms": taken["cpu"],
        "dense_ms": legs,
        "stages_ms": taken["stages"],
        "recall": _recall(dense, folder, asked) if isinstance(dense, ListedDenseIndex) else 1.0,
    }


def _open(folder: Path, asked: list[Asked]) -> tuple[Engine, FaissDenseIndex]:
    """Open all indexes as `search.opening` does."""
    store = SqliteStore(folder / THREADS)
    table, n_threads = store.passage_table(), len(store.thread_ids())
    dense: FaissDenseIndex
    if (folder / LISTS).is_dir():
        dense = ListedDenseIndex(folder / PASSAGES, table, n_threads=n_threads, mask_of=store.mask)
        dense.open_lists(folder / LISTS)
    else:
        dense = FaissDenseIndex(folder / PASSAGES, table, n_threads=n_threads, mask_of=store.mask)
    lexical = BM25Index(folder / LEXICAL, n_threads=n_threads, mask_of=store.mask)
    late = TokenIndex(folder / TOKENS, table, n_threads=n_threads)
    engine = Engine(
        store=store,
        dense=dense,
        ranker=Ranker(dense, lexical, late=late, answered=store.answered(), mask_of=store.mask),
        lexical=lexical,
        encoder=HashEncoder(8),
        books=BookFinder((), ()),
        reader=_Prepared(asked),  # type: ignore[arg-type]
    )
    return engine, dense


def _times(engine: Engine, queries: list[str]) -> dict[str, Any]:
    """Return what whole searches take: percentiles, and the median of each stage, in ms."""
    walls, cpus = [], []
    stages: dict[str, list[float]] = {}
    for query in queries[:10]:
        engine.search(query)
    for query in queries:
        wall, cpu = time.perf_counter(), time.process_time()
        with profile() as found:
            engine.search(query)
        walls.append(1_000 * (time.perf_counter() - wall))
        cpus.append(1_000 * (time.process_time() - cpu))
        for stage, taken in found.stages.items():
            stages.setdefault(stage.value, []).append(1_000 * taken.cpu_s)
    return {
        "wall": np.percentile(walls, [50, 99]).tolist(),
        "cpu": np.percentile(cpus, [50, 99]).tolist(),
        "stages": {name: float(np.median(values)) for name, values in stages.items()},
    }


def _leg_times(dense: FaissDenseIndex, asked: list[Asked]) -> float:
    """Return the median milliseconds of processor that finding the best ten of a kind takes."""
    taken = []
    for each in asked:
        for kind in DENSE_LEGS.values():
            started = time.process_time()
            dense.top(each.embedding, kind=kind, depth=_DEPTH, where=None)
            taken.append(1_000 * (time.process_time() - started))
    return float(np.median(taken))


def _recall(dense: FaissDenseIndex, folder: Path, asked: list[Asked]) -> float:
    """Return which share of the ten best threads of a kind is found."""
    store = SqliteStore(folder / THREADS)
    exact = FaissDenseIndex(
        folder / PASSAGES,
        store.passage_table(),
        n_threads=len(store.thread_ids()),
        mask_of=store.mask,
    )
    shares = [
        np.isin(
            exact.top(each.embedding, kind=kind, depth=_DEPTH, where=None).rows,
            dense.top(each.embedding, kind=kind, depth=_DEPTH, where=None).rows,
        ).mean()
        for each in asked[:N_EXACT]
        for kind in (PassageKind.QUESTION, PassageKind.ANSWER, PassageKind.THREAD)
    ]
    return float(np.mean(shares))


def _resident_bytes() -> int:
    """Return how much memory the process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Do one kind of work and print what was measured."""
    name, n_passages, folder, seed = sys.argv[1:]
    work = {"build": build, "search": search, "records": records, "index": index}[name]
    found = work(int(n_passages), Path(folder), int(seed))
    found["peak_bytes"] = 1_024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(found))


if __name__ == "__main__":
    main()

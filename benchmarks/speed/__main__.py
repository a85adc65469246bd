"""Measure speed and size beside what a user would take instead.

Run: python -m benchmarks.speed COLLECTION --bundle BUNDLE [--archive SOURCE] [--peer NAME ...]

All systems have the same model (all-MiniLM-L6-v2) and the same threads; peers embed a thread as
one text. Systems take turns query by query, so that whatever else the machine does meets all.
Writes `docs/performance.md`.
"""

import argparse
import os
import platform
import random
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from benchmarks.document import DOCUMENT, write_speed
from benchmarks.serving import COMMAND, server
from benchmarks.speed.corpus import Corpus, write_corpus
from benchmarks.speed.load import Load, run_load
from benchmarks.speed.processes import PEERS, ROOT, WORKER, Worker, python_of, spent, worker
from benchmarks.speed.report import render
from search.evaluation import (
    RankedThread,
    Scores,
    TestCollection,
    evaluate_run,
    expand,
    read_collection,
)

SEED = 7
ENVIRONMENTS = ROOT / ".venv" / "peers"
_BULK_TEXTS = 128
_BULK_ROUNDS = 3
_COLD_RUNS = 3
_CLIENTS = (1, 8, 32)
_WARM_UP = 8
_CACHE_MB = 32
_COLD_QUERY = "how can I test a model in production without users seeing its output?"


@dataclass
class Figures:
    """What was measured of one system; times in seconds, an entry a query or a run."""

    query: list[dict[str, Any]] = field(default_factory=list)
    bulk_wall_s: list[float] = field(default_factory=list)
    bulk_cpu_s: list[float] = field(default_factory=list)
    cold: list[tuple[float, float]] = field(default_factory=list)
    resident_bytes: int = 0
    disk_bytes: int = 0
    scores: Scores | None = None
    rows: NDArray[np.float64] | None = None
    agreement: float = 1.0


@dataclass
class Measured:
    """Everything that a run of the benchmark has found out."""

    systems: dict[str, Figures]
    missing: list[str] = field(default_factory=list)
    in_16_bits: Figures | None = None
    loads: list[Load] = field(default_factory=list)
    health: list[Load] = field(default_factory=list)
    remembered: list[Load] = field(default_factory=list)
    side_by_side: Load | None = None
    encodings_per_s: dict[int, float] = field(default_factory=dict)
    server_bytes: tuple[int, int] = (0, 0)
    n_asked: int = 0
    unchanged: list[tuple[float, float]] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)


def take_turns(
    workers: Mapping[str, Worker], queries: Sequence[str], rounds: int, found: Mapping[str, Figures]
) -> None:
    """Ask all systems each query, in an order that changes from query to query."""
    for query in queries[:_WARM_UP]:
        for each in workers.values():
            each.ask("query", text=query)
    generator = random.Random(SEED)
    for _ in range(rounds):
        for query in queries:
            for name in generator.sample(sorted(workers), len(workers)):
                found[name].query.append(workers[name].ask("query", text=query))


def encode_in_turns(
    workers: Mapping[str, Worker], passages: Sequence[str], found: Mapping[str, Figures]
) -> None:
    """Let all systems embed the same texts in bulk."""
    texts = random.Random(SEED).sample(list(passages), min(_BULK_TEXTS, len(passages)))
    for number in range(_BULK_ROUNDS):
        for name, each in workers.items():
            taken = each.ask("encode", texts=texts, rows=number == 0)
            found[name].bulk_wall_s.append(taken["wall_s"])
            found[name].bulk_cpu_s.append(taken["cpu_s"])
            if number == 0:
                found[name].rows = np.array(taken["rows"])


def encode_in_16_bits(
    each: Worker, passages: Sequence[str], found: Mapping[str, Figures]
) -> Figures:
    """Let Answers embed the same texts with OpenVINO; the first round is not counted."""
    texts = random.Random(SEED).sample(list(passages), min(_BULK_TEXTS, len(passages)))
    figures = Figures()
    for number in range(_BULK_ROUNDS + 1):
        taken = each.ask("encode_16_bits", texts=texts, rows=number == 0)
        if number == 0:
            figures.rows = np.array(taken["rows"])
        else:
            figures.bulk_wall_s.append(taken["wall_s"])
    exact = found["answers"].rows
    assert exact is not None
    assert figures.rows is not None
    pairs = zip(_nearest(exact), _nearest(figures.rows), strict=True)
    figures.agreement = float(np.mean([np.isin(*pair).mean() for pair in pairs]))
    return figures


def _nearest(rows: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the ten nearest others of each row."""
    return np.argsort(-(rows @ rows.T) + 2 * np.eye(len(rows)), axis=1, kind="stable")[:, :10]


def judge(each: Worker, collection: TestCollection, corpus: Corpus) -> Scores | None:
    """Return the means of a system's ranking on a collection."""
    run = {
        query.qid: expand(
            RankedThread(corpus.refs[row], score)
            for row, score in each.ask("rank", text=query.query)["rows"]
        )
        for query in collection.queries
    }
    known = {ref for refs in corpus.refs for ref in refs}
    return evaluate_run(run, collection, known_refs=known).overall.means


def start_cold(
    pythons: Mapping[str, str], bundle: Path, data: Path, found: Mapping[str, Figures]
) -> None:
    """Start each system for one query, in turns."""
    for _ in range(_COLD_RUNS):
        for name, python in pythons.items():
            command = [python, str(WORKER), name, str(data), "--once", _COLD_QUERY]
            if name == "answers":
                command = [*COMMAND, "search", "--bundle", str(bundle), _COLD_QUERY]
            found[name].cold.append(spent(command))


def serve(measured: Measured, bundle: Path, queries: Sequence[str], seconds: float) -> None:
    """Measure the server under clients, and its memory before and after."""
    path = "/v1/search?q={query}"
    with server(bundle) as (address, pid):
        _ask_all(address, queries[:_WARM_UP])
        before = _resident(pid)
        for n_clients in _CLIENTS:
            ask = partial(run_load, [address], queries, n_clients=n_clients, seconds=seconds)
            measured.loads.append(ask(path=path))
            measured.health.append(ask(path="/healthz"))
        measured.server_bytes = before, _resident(pid)
        measured.n_asked = sum(load.n_answered for load in measured.loads)
        with server(bundle) as (other, _):
            _ask_all(other, queries[:_WARM_UP])
            measured.side_by_side = run_load(
                [address, other], queries, n_clients=_CLIENTS[-1], seconds=seconds, path=path
            )
    with server(bundle, cache_mb=_CACHE_MB) as (address, _):
        _ask_all(address, queries)
        for n_clients in _CLIENTS:
            ask = partial(run_load, [address], queries, n_clients=n_clients, seconds=seconds)
            measured.remembered.append(ask(path=path))


def _ask_all(address: str, queries: Sequence[str]) -> None:
    """Ask a server some queries, one after the other."""
    for query in queries:
        httpx.get(f"{address}/v1/search", params={"q": query}, timeout=60)


def _resident(pid: int) -> int:
    """Return how much memory a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def measure(arguments: argparse.Namespace) -> Measured:
    """Run everything."""
    collection = read_collection(arguments.collection)
    queries = [query.query for query in collection.queries]
    random.Random(SEED).shuffle(queries)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        data = Path(folder)
        corpus = write_corpus(arguments.bundle, data)
        pythons = {"answers": sys.executable, "sentence-transformers": sys.executable}
        missing = []
        for peer in arguments.peer:
            try:
                pythons[peer] = python_of(peer, ENVIRONMENTS, data)
            except subprocess.CalledProcessError as exc:
                print(f"{peer}: {exc}", file=sys.stderr)
                missing.append(peer)
        found = {name: Figures() for name in pythons}
        measured = Measured(found, missing=missing)
        start_cold(pythons, arguments.bundle, data, found)
        workers = {
            name: stack.enter_context(worker(name, data, python))
            for name, python in pythons.items()
        }
        take_turns(workers, queries, arguments.rounds, found)
        for name, each in workers.items():
            found[name].resident_bytes = each.ask("memory")["resident_bytes"]
            found[name].scores = judge(each, collection, corpus)
        encode_in_turns(workers, corpus.passages, found)
        if find_spec("openvino"):
            measured.in_16_bits = encode_in_16_bits(workers["answers"], corpus.passages, found)
        for n_threads in (1, 2, 8):
            count = workers["answers"].ask(
                "encodings", texts=queries, n_threads=n_threads, seconds=arguments.seconds
            )["count"]
            measured.encodings_per_s[n_threads] = count / arguments.seconds
        for name in workers:
            found[name].disk_bytes = _on_disk(name, data, corpus)
        n_threads, n_passages = len(corpus.refs), len(corpus.passages)
    serve(measured, arguments.bundle, queries, arguments.seconds)
    for _ in range(3 if arguments.archive else 0):
        command = [*COMMAND, "index", *arguments.archive, "--bundle", str(arguments.bundle)]
        measured.unchanged.append(spent([*command, "--keep-going"]))
    measured.facts = {
        "threads": f"{n_threads:,}",
        "passages": f"{n_passages:,}",
        "queries": f"{len(queries):,}",
        "rounds": str(arguments.rounds),
        "bulk": str(_BULK_TEXTS),
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[1]:.1f}",
        "python": platform.python_version(),
        "cold": str(_COLD_RUNS),
    }
    return measured


def _on_disk(name: str, data: Path, corpus: Corpus) -> int:
    """Return the size of what a system searches."""
    if name == "answers":
        return corpus.bundle_bytes
    place = {"sentence-transformers": "threads.faiss", "lancedb": "lance"}.get(name, name)
    path = data / place
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files)


def main() -> None:
    """Measure and write the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--archive", nargs="*", default=[], help="What the bundle was built from.")
    parser.add_argument("--peer", action="append", default=[], choices=sorted(PEERS))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0, help="Of each load on the server.")
    parser.add_argument("--out", type=Path, default=DOCUMENT)
    arguments = parser.parse_args()
    text = render(measure(arguments))
    write_speed(arguments.out, text)
    print(text)


if __name__ == "__main__":
    main()

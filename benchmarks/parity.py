"""Compare hits and scores from Python, command line and HTTP, and reload under load.

Run: python -m benchmarks.parity COLLECTION --bundle BUNDLE [--reloads N]

Every query of the collection is asked through all three front doors; prints the number of
queries whose threads differ and the largest difference of a score. With `--reloads` a copy of
the bundle is switched between its generations while clients ask.
"""

import argparse
import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from api.output import to_plain
from benchmarks.serving import COMMAND, server
from search import open_engine
from search.bundle import Bundle
from search.evaluation import read_collection

_TOP_K = 10
_N_CLIENTS = 4

Scores = list[tuple[str, float]]


def scores(result: dict[str, Any]) -> Scores:
    """Return what a result shows, silent or not."""
    return [(hit["thread_id"], hit["score"]) for hit in result["hits"] or result["closest"]]


def by_command(bundle: Path, query: str) -> Scores:
    """Ask the command line."""
    options = ["--bundle", str(bundle), "--json", "--top-k", str(_TOP_K)]
    done = subprocess.run(
        [*COMMAND, "search", *options, "--", query], capture_output=True, text=True, check=True
    )
    return scores(json.loads(done.stdout))


def compare(queries: Sequence[str], bundle: Path) -> None:
    """Ask every query in three ways and print how much the answers differ."""
    engine = open_engine(bundle)
    n_different, largest = 0, 0.0
    with server(bundle) as (address, _), httpx.Client(base_url=address, timeout=60) as client:
        for query in queries:
            here = scores(to_plain(engine.search(query, top_k=_TOP_K)))
            there = client.get("/v1/search", params={"q": query, "top_k": _TOP_K}).json()
            for other in (scores(there), by_command(bundle, query)):
                n_different += [name for name, _ in here] != [name for name, _ in other]
                gaps = [abs(a - b) for (_, a), (_, b) in zip(here, other, strict=False)]
                largest = max([largest, *gaps])
    print(
        f"{len(queries)} queries in three ways: {n_different} with other threads, "
        f"largest difference of a score {largest:.1e}"
    )


def reload_under_load(queries: Sequence[str], bundle: Path, n_reloads: int) -> None:
    """Switch generations while clients ask, and print how the requests ended."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "bundle"
        shutil.copytree(bundle, copy)
        names = _two_generations(copy)
        ended: Counter[str] = Counter()
        generations: set[str] = set()
        stop = threading.Event()

        def ask(address: str) -> None:
            with httpx.Client(base_url=address, timeout=60) as client:
                while not stop.is_set():
                    for query in queries:
                        response = client.get("/v1/search", params={"q": query})
                        ended[str(response.status_code)] += 1
                        generations.add(response.json().get("generation", "none"))
                        if stop.is_set():
                            return

        with server(copy) as (address, _):
            askers = [threading.Thread(target=ask, args=(address,)) for _ in range(_N_CLIENTS)]
            for asker in askers:
                asker.start()
            _switch(copy, names, address, n_reloads)
            stop.set()
            for asker in askers:
                asker.join()
    print(
        f"{n_reloads} reloads under {_N_CLIENTS} clients: {dict(ended)} responses by status, "
        f"{len(generations)} generations seen"
    )


def _two_generations(bundle: Path) -> list[str]:
    """Make a second generation under another number of the live one."""
    home = Bundle(bundle)
    first = home.current()
    number, digest = first.name.split("-")
    second = f"{int(number) + 1}-{digest}"
    shutil.copytree(first.path, home.generations_folder / second)
    return [first.name, second]


def _switch(bundle: Path, names: Sequence[str], address: str, n_reloads: int) -> None:
    """Switch to and fro, waiting each time until the server has followed."""
    home = Bundle(bundle)
    for number in range(n_reloads):
        wanted = names[(number + 1) % len(names)]
        home.switch_to(wanted)
        while httpx.get(f"{address}/readyz").json()["generation"] != wanted:
            time.sleep(0.05)


def main() -> None:
    """Run both checks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--reloads", type=int, default=0)
    arguments = parser.parse_args()
    queries = [query.query for query in read_collection(arguments.collection).queries]
    compare(queries, arguments.bundle)
    if arguments.reloads:
        reload_under_load(queries, arguments.bundle, arguments.reloads)


if __name__ == "__main__":
    main()

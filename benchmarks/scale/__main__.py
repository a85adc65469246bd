"""Measure what archives of growing size cost.

Run: python -m benchmarks.scale [--sizes N ...] [--indexed N ...] [--folder FOLDER] [--seed N]

Archives are generated (`benchmarks.scale.archive`). Each is built and searched in processes of
their own; those of the sizes `--indexed` are also written as records and indexed as `answers index`
does. Writes the part on scale of `docs/performance.md`, and `docs/scale.svg`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.document import DOCUMENT, write_scale
from benchmarks.scale.plot import Panel, draw
from benchmarks.scale.worker import N_QUERIES
from benchmarks.speed.processes import environment
from benchmarks.speed.report import MEGABYTE, table

SIZES = (2_000, 100_000, 1_000_000)
INDEXED = (2_000, 30_000, 100_000)
SEED = 7
PLOT = "scale.svg"
_STAGES = ("rank", "late", "show")


def measure(n_passages: int, folder: Path, seed: int, works: Sequence[str]) -> dict[str, Any]:
    """Do some work of `benchmarks.scale.worker` on an archive; return what each found out."""
    found: dict[str, Any] = {"n": n_passages}
    for name in works:
        command = [sys.executable, "-m", "benchmarks.scale.worker", name, str(n_passages)]
        done = subprocess.run(
            [*command, str(folder), str(seed)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment(), "OPENBLAS_NUM_THREADS": "1"},
        )
        found[name] = json.loads(done.stdout.splitlines()[-1])
    return found


def _build_s(found: dict[str, Any]) -> float:
    return float(sum(found["build"]["seconds"].values()))


def render(measured: Sequence[dict[str, Any]], indexed: Sequence[dict[str, Any]], seed: int) -> str:
    """Return the tables."""
    costs = table(
        (
            "passages",
            "build, processor s",
            "of which lists",
            "disk, MB",
            "open, processor s",
            "memory, MB",
        ),
        [
            [
                f"{found['n']:,}",
                f"{_build_s(found):.1f}",
                f"{found['build']['seconds']['lists']:.1f}",
                f"{found['build']['disk_bytes'] / MEGABYTE:,.0f}",
                f"{found['search']['opened_s']:.2f}",
                f"{found['search']['resident_bytes'] / MEGABYTE:,.0f}",
            ]
            for found in measured
        ],
    )
    searches = table(
        (
            "passages",
            "clock p50 / p99, ms",
            "processor p50 / p99, ms",
            *(f"{stage}, ms" for stage in _STAGES),
            "ten best of one kind, ms",
            "lists read",
            "recall@10",
        ),
        [_search_row(found) for found in measured],
    )
    return "\n\n".join(
        (
            f"Written by `python -m benchmarks.scale` (`make bench-full`), seed {seed}; do not "
            "edit. Generated archives: a third of the passages each are questions, answers and "
            "whole threads, with clustered embeddings of 384 numbers, words by Zipf's law, and "
            "twelve tokens a passage. Building counts everything but reading and embedding. "
            f"Load average at the end {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores.",
            costs,
            f"{N_QUERIES} queries without encoding, hybrid, with late interaction and evidence, "
            "ten hits; stages and single kinds are medians of processor time. Recall is that of "
            "the ten best threads of each kind against exact search.",
            searches,
            "Indexing the same texts from files of records, reading and embedding included, with "
            "an encoder that counts words; an archive of more than 30,000 threads has no topics.",
            table(
                ("passages", "processor s", "most memory, MB"),
                [
                    [
                        f"{found['index']['n_passages']:,}",
                        f"{found['index']['cpu_s']:.1f}",
                        f"{found['index']['peak_bytes'] / MEGABYTE:,.0f}",
                    ]
                    for found in indexed
                ],
            ),
            f"![Costs by size]({PLOT})",
        )
    )


def _search_row(found: dict[str, Any]) -> list[str]:
    searched, lists = found["search"], found["build"]["lists"]
    return [
        f"{found['n']:,}",
        " / ".join(f"{each:.1f}" for each in searched["wall_ms"]),
        " / ".join(f"{each:.1f}" for each in searched["cpu_ms"]),
        *(f"{searched['stages_ms'][stage]:.1f}" for stage in _STAGES),
        f"{searched['dense_ms']:.2f}",
        ", ".join(f"{each['n_probes']} of {each['n_lists']:,}" for each in lists.values())
        or "exact",
        f"{searched['recall']:.3f}",
    ]


def plot(measured: Sequence[dict[str, Any]]) -> str:
    """Return the plot."""
    sizes = [found["n"] for found in measured]
    return draw(
        sizes,
        [
            Panel("build, processor s", [_build_s(found) for found in measured]),
            Panel("disk, MB", [found["build"]["disk_bytes"] / MEGABYTE for found in measured]),
            Panel(
                "memory, MB", [found["search"]["resident_bytes"] / MEGABYTE for found in measured]
            ),
            Panel("search, processor ms", [found["search"]["cpu_ms"][0] for found in measured]),
        ],
    )


def main() -> None:
    """Measure and write the documents."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--indexed", type=int, nargs="*", default=INDEXED)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--folder", type=Path, help="Where archives are written, and removed from.")
    parser.add_argument("--out", type=Path, default=DOCUMENT)
    arguments = parser.parse_args()
    if arguments.folder is not None:
        arguments.folder.mkdir(parents=True, exist_ok=True)

    def of_sizes(sizes: Sequence[int], works: Sequence[str]) -> list[dict[str, Any]]:
        measured = []
        for n_passages in sizes:
            with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
                measured.append(measure(n_passages, Path(folder), arguments.seed, works))
        return measured

    measured = of_sizes(arguments.sizes, ("build", "search"))
    indexed = of_sizes(arguments.indexed, ("records", "index"))
    text = render(measured, indexed, arguments.seed)
    write_scale(arguments.out, text)
    arguments.out.with_name(PLOT).write_text(plot(measured), "utf-8")
    print(text)


if __name__ == "__main__":
    main()

"""Write what was measured as a document."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmarks.speed.__main__ import Figures, Measured

OURS, PLAIN = "answers", "sentence-transformers"
TITLES = {
    OURS: "Answers",
    PLAIN: "sentence-transformers + FAISS",
    "txtai": "txtai",
    "lancedb": "LanceDB + sentence-transformers",
}
STAGES = ("read", "embed", "rank", "late", "judge", "show")
MEGABYTE = 1_000_000
_HEAD = " ".join(
    (
        "Written by `python -m benchmarks.speed` (`make bench`), seed 7; do not edit. All",
        "systems have the same model (all-MiniLM-L6-v2) and the same {threads} threads ({passages}",
        "passages in Answers, one text a thread in the others). They take turns query by query:",
        "{queries} queries, rounds: {rounds}; medians, in brackets the ratio to",
        "sentence-transformers with FAISS. {cores} cores, Python {python}, load average {load}:",
        "where that exceeds what the benchmark itself needs, 2 to 4, other work made clock times",
        "longer, and processor times and ratios mean more.",
    )
)


def render(measured: "Measured") -> str:
    """Return the document."""
    sections = [
        "# Performance",
        _HEAD.format(**measured.facts),
        "## One query, warm",
        _queries(measured),
        *(f"{TITLES[name]} could not be installed or indexed." for name in measured.missing),
        "Answers does more: four legs, late interaction, a probability and the sentence that "
        "answers; its stages, median milliseconds on the clock (`answers search --profile`):",
        _stages(measured.systems[OURS]),
        "## Start, bulk encoding, size",
        _sizes(measured),
        *_in_16_bits(measured),
        "## HTTP",
        _http(measured),
        *_unchanged(measured),
    ]
    return "\n\n".join(sections) + "\n"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _ms(seconds: float) -> str:
    """Return a time in milliseconds."""
    return f"{1_000 * seconds:.1f}"


def _against(
    measured: "Measured", value: Callable[["Figures"], float], show: Callable[[float], str]
) -> dict[str, str]:
    """Return a figure of each system with its ratio to the plain one's."""
    plain = value(measured.systems[PLAIN])
    return {
        name: show(value(figures)) + (f" ({value(figures) / plain:.2f})" if name != PLAIN else "")
        for name, figures in measured.systems.items()
    }


def _walls(figures: "Figures") -> list[float]:
    return [each["wall_s"] for each in figures.query]


def _rests(figures: "Figures") -> list[float]:
    return [each["wall_s"] - each["encode_s"] for each in figures.query if "encode_s" in each]


def _queries(measured: "Measured") -> str:
    """Return the table of queries."""
    p50 = _against(measured, lambda each: float(np.median(_walls(each))), _ms)
    cpu = _against(
        measured, lambda each: float(np.median([one["cpu_s"] for one in each.query])), _ms
    )
    rows = []
    for name, each in measured.systems.items():
        rest = _rests(each)
        rows.append(
            [
                TITLES[name],
                p50[name],
                _ms(float(np.percentile(_walls(each), 99))),
                cpu[name],
                f"{_ms(float(np.median(rest)))} / {_ms(float(np.percentile(rest, 99)))}"
                if rest
                else "not told apart",
                f"{each.scores.ndcg_10:.3f}" if each.scores else "",
            ]
        )
    heads = (
        "system",
        "p50, ms",
        "p99, ms",
        "processor, ms",
        "without encoding, p50 / p99, ms",
        "nDCG@10",
    )
    return table(heads, rows)


def _stages(figures: "Figures") -> str:
    """Return the table of stages."""
    medians = [
        float(np.median([each["stages"][stage] for each in figures.query])) for stage in STAGES
    ]
    return table(STAGES, [list(map(_ms, medians))])


def _sizes(measured: "Measured") -> str:
    """Return the table of cold starts, bulk encoding, memory and disk."""
    cold = _against(
        measured,
        lambda each: float(np.median([cpu_s for _, cpu_s in each.cold])),
        lambda seconds: f"{seconds:.2f}",
    )
    n_texts = int(measured.facts["bulk"])
    bulk = _against(
        measured,
        lambda each: n_texts / float(np.median(each.bulk_wall_s)),
        lambda rate: f"{rate:.0f}",
    )
    memory = _against(
        measured,
        lambda each: each.resident_bytes / MEGABYTE,
        lambda size: f"{size:.0f}",
    )
    rows = [
        [
            TITLES[name],
            cold[name],
            bulk[name],
            _smallest_cosine(each, measured.systems[PLAIN]),
            memory[name],
            f"{each.disk_bytes / MEGABYTE:.1f}",
        ]
        for name, each in measured.systems.items()
    ]
    heads = (
        "system",
        "cold start to an answer, processor s",
        f"bulk encoding of {n_texts} passages, texts/s",
        "smallest cosine",
        "memory, MB",
        "index, MB",
    )
    return table(heads, rows)


def _in_16_bits(measured: "Measured") -> list[str]:
    """Return what encoding with OpenVINO gives, if it was measured."""
    figures = measured.in_16_bits
    if figures is None:
        return []
    n_texts = int(measured.facts["bulk"])
    plain_s, own_s = (
        float(np.median(each.bulk_wall_s)) for each in (measured.systems[PLAIN], figures)
    )
    return [
        f"With `answers index --device openvino`: {n_texts / own_s:.0f} texts/s "
        f"({plain_s / own_s:.2f}), smallest cosine "
        f"{_smallest_cosine(figures, measured.systems[PLAIN])}, of the ten nearest among these "
        f"texts {figures.agreement:.3f} are the same."
    ]


def _smallest_cosine(figures: "Figures", plain: "Figures") -> str:
    """Return how far two systems' embeddings of the same texts are apart at the most."""
    if figures.rows is None or plain.rows is None:
        return ""
    return f"{float(np.sum(figures.rows * plain.rows, axis=1).min()):.6f}"


def _http(measured: "Measured") -> str:
    """Return the table of the server under load."""
    rows = [
        [
            str(load.n_clients),
            f"{load.per_second:.0f}",
            f"{load.p50_ms:.0f}",
            f"{load.p99_ms:.0f}",
            str(load.n_failed),
            f"{remembered.per_second:.0f}",
            f"{health.per_second:.0f}",
        ]
        for load, remembered, health in zip(
            measured.loads, measured.remembered, measured.health, strict=True
        )
    ]
    heads = (
        "clients",
        "searches/s",
        "p50, ms",
        "p99, ms",
        "failed",
        "asked before/s",
        "`/healthz`/s",
    )
    limits = ", ".join(
        f"{rate:.0f}/s with {n_threads} threads"
        for n_threads, rate in measured.encodings_per_s.items()
    )
    before, after = (size / MEGABYTE for size in measured.server_bytes)
    return (
        table(heads, rows)
        + f"\n\nClients of the benchmark run on the same cores. Encoding alone: {limits}. "
        + f"Memory of the server before and after {measured.n_asked:,} searches: "
        + f"{before:.0f} and {after:.0f} MB."
        + _side_by_side(measured)
    )


def _side_by_side(measured: "Measured") -> str:
    """Return what two servers of one bundle answer together."""
    together = measured.side_by_side
    if together is None:
        return ""
    alone = next(load for load in measured.loads if load.n_clients == together.n_clients)
    return (
        f" Two servers of one bundle answer {together.n_clients} clients "
        f"{together.per_second:.0f} searches/s ({together.per_second / alone.per_second:.2f} "
        f"of one), {together.n_failed} failed."
    )


def _unchanged(measured: "Measured") -> list[str]:
    """Return what indexing an unchanged archive takes."""
    if not measured.unchanged:
        return []
    wall_s, cpu_s = np.median(measured.unchanged, axis=0)
    return [
        "## Indexing an unchanged archive",
        f"`answers index` again: {wall_s:.1f} s on the clock, {cpu_s:.1f} s of processor; "
        "nothing is embedded.",
    ]

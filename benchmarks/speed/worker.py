"""One search system in a process of its own, asked line by line; runs in any environment.

Run: python worker.py SYSTEM DATA [--once QUERY]

DATA is a folder that `benchmarks.speed.corpus` wrote. A line of standard input is a JSON object
with `do`; a line of standard output is what came of it.
"""
# ruff: noqa: ANN401, D102

import argparse
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


class Answers:
    """This project, with everything that a search does."""

    def __init__(self, data: Path, facts: dict[str, Any]) -> None:
        from search import open_engine

        self.engine = open_engine(facts["bundle"])
        self._exported = Path(facts["bundle"]) / "encoders" / self.engine.encoder.fingerprint
        self._bulk: Any = None
        self._rows = {name: row for row, name in enumerate(facts["ids"])}

    def query(self, text: str) -> dict[str, Any]:
        from search import profile

        with profile() as stages:
            found = self.engine.search(text, top_k=10)
        seconds = {stage.value: taken.wall_s for stage, taken in stages.stages.items()}
        return {"encode_s": seconds["embed"], "stages": seconds, "hits": len(found.hits)}

    def rank(self, text: str) -> list[tuple[int, float]]:
        return [(self._rows[thread.thread_id], score) for thread, score in self.engine.rank(text)]

    def encode(self, texts: list[str]) -> Any:
        return self.engine.encoder.encode_passages(texts)

    def encode_16_bits(self, texts: list[str]) -> Any:
        from search.encoders.registry import open_bulk_encoder

        self._bulk = self._bulk or open_bulk_encoder(self._exported)
        return self._bulk.encode_passages(texts)

    def encode_query(self, text: str) -> None:
        encoder: Any = self.engine.encoder
        encoder.encode_queries_with_tokens([text])


class SentenceTransformers:
    """sentence-transformers and FAISS, exact; one embedding a thread."""

    def __init__(self, data: Path, facts: dict[str, Any]) -> None:
        import faiss
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(facts["model"], device="cpu")
        self._index = faiss.read_index(str(data / "threads.faiss"))

    def _search(self, text: str, depth: int) -> tuple[float, list[tuple[int, float]]]:
        started = time.perf_counter()
        embedding = self._model.encode([text], normalize_embeddings=True, show_progress_bar=False)
        encoded_s = time.perf_counter() - started
        scores, rows = self._index.search(embedding, depth)
        return encoded_s, list(zip(rows[0].tolist(), scores[0].tolist(), strict=True))

    def query(self, text: str) -> dict[str, float]:
        return {"encode_s": self._search(text, 10)[0]}

    def rank(self, text: str) -> list[tuple[int, float]]:
        return self._search(text, 100)[1]

    def encode(self, texts: list[str]) -> Any:
        return self._model.encode(texts, normalize_embeddings=True, show_progress_bar=False)

    def encode_query(self, text: str) -> None:
        self._model.encode([text], normalize_embeddings=True, show_progress_bar=False)


class Txtai(SentenceTransformers):
    """txtai over its FAISS index, with its own vectors of the same model."""

    def __init__(self, data: Path, facts: dict[str, Any]) -> None:
        from txtai import Embeddings

        self._embeddings = Embeddings()
        self._embeddings.load(str(data / "txtai"))

    @staticmethod
    def build(data: Path, facts: dict[str, Any], texts: list[str]) -> None:
        from txtai import Embeddings

        made = Embeddings(path=facts["model"], content=False, gpu=False)
        made.index(list(enumerate(texts)))
        made.save(str(data / "txtai"))

    def query(self, text: str) -> dict[str, float]:
        self._embeddings.search(text, 10)
        return {}

    def rank(self, text: str) -> list[tuple[int, float]]:
        return [(int(row), float(score)) for row, score in self._embeddings.search(text, 100)]

    def encode(self, texts: list[str]) -> Any:
        return self._embeddings.batchtransform(texts)


class LanceDB(SentenceTransformers):
    """sentence-transformers and LanceDB, exact, cosine."""

    def __init__(self, data: Path, facts: dict[str, Any]) -> None:
        import lancedb
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(facts["model"], device="cpu")
        self._table = lancedb.connect(str(data / "lance")).open_table("threads")

    @staticmethod
    def build(data: Path, facts: dict[str, Any], texts: list[str]) -> None:
        import lancedb
        import numpy as np

        rows = np.load(data / "embeddings.npy")
        lancedb.connect(str(data / "lance")).create_table(
            "threads",
            [
                {"row": row, "vector": vector, "text": text}
                for row, (vector, text) in enumerate(zip(rows, texts, strict=True))
            ],
            mode="overwrite",
        )

    def _search(self, text: str, depth: int) -> tuple[float, list[tuple[int, float]]]:
        started = time.perf_counter()
        embedding = self._model.encode([text], normalize_embeddings=True, show_progress_bar=False)
        encoded_s = time.perf_counter() - started
        found = self._table.search(embedding[0]).distance_type("cosine").limit(depth).to_list()
        return encoded_s, [(each["row"], 1.0 - each["_distance"]) for each in found]


SYSTEMS: dict[str, Any] = {
    "answers": Answers,
    "sentence-transformers": SentenceTransformers,
    "txtai": Txtai,
    "lancedb": LanceDB,
}


def timed(work: Any, *arguments: Any) -> tuple[Any, dict[str, float]]:
    """Run something; return its result and the seconds that it took."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    result = work(*arguments)
    return result, {
        "wall_s": time.perf_counter() - wall_s,
        "cpu_s": time.process_time() - cpu_s,
    }


def resident_bytes() -> int:
    """Return how much memory the process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def encodings(system: Any, texts: list[str], n_threads: int, seconds: float) -> int:
    """Count the queries that some threads encode in a time."""
    counts = [0] * n_threads
    end = time.perf_counter() + seconds

    def work(number: int) -> None:
        while time.perf_counter() < end:
            system.encode_query(texts[(number + counts[number]) % len(texts)])
            counts[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def answer(system: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Do what a line asks for."""
    if asked["do"] == "query":
        found, taken = timed(system.query, asked["text"])
        return {**found, **taken}
    if asked["do"] == "rank":
        return {"rows": system.rank(asked["text"])}
    if asked["do"] in ("encode", "encode_16_bits"):
        rows, taken = timed(getattr(system, asked["do"]), asked["texts"])
        return taken | {"rows": [list(map(float, row)) for row in rows] if asked["rows"] else []}
    if asked["do"] == "encodings":
        count = encodings(system, asked["texts"], asked["n_threads"], asked["seconds"])
        return {"count": count}
    return {"resident_bytes": resident_bytes()}


def main() -> None:
    """Open a system and answer line by line, or once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("data", type=Path)
    parser.add_argument("--once", metavar="QUERY")
    parser.add_argument("--build", action="store_true")
    arguments = parser.parse_args()
    facts = json.loads((arguments.data / "facts.json").read_text("utf-8"))
    kind = SYSTEMS[arguments.system]
    if arguments.build:
        texts = json.loads((arguments.data / "texts.json").read_text("utf-8"))
        kind.build(arguments.data, facts, texts)
        return
    system = kind(arguments.data, facts)
    if arguments.once:
        print(system.rank(arguments.once)[:10])
        return
    for line in sys.stdin:
        print(json.dumps(answer(system, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()

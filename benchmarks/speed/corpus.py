"""Write what every system searches: one text a thread, with the embeddings of the bundle."""

import json
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np

from search.bundle import Bundle
from search.encoders.locate import locate_model
from search.models import PassageKind
from search.opening import open_engine


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder of data, the source_refs of each thread, and all passages for encoding."""

    folder: Path
    refs: tuple[tuple[str, ...], ...]
    passages: tuple[str, ...]
    generation: str
    bundle_bytes: int


def write_corpus(bundle: Path, folder: Path) -> Corpus:
    """Write texts, embeddings and an exact FAISS index of the live generation's threads."""
    engine = open_engine(bundle)
    table = engine.store.passage_table()
    kinds = list(PassageKind)
    best: dict[int, int] = {}
    for kind in (PassageKind.QUESTION, PassageKind.THREAD):
        for passage in np.flatnonzero(table.kinds == kinds.index(kind)).tolist():
            best[int(table.rows[passage])] = passage
    chosen = [best[row] for row in range(len(engine.store.thread_ids()))]
    generation = Bundle(bundle).current()
    index = faiss.read_index(str(generation.file("passages.faiss")))
    embeddings = index.reconstruct_batch(np.array(chosen))
    np.save(folder / "embeddings.npy", embeddings)
    threads = faiss.IndexFlatIP(embeddings.shape[1])
    threads.add(embeddings)
    faiss.write_index(threads, str(folder / "threads.faiss"))
    texts = [each.text for each in engine.store.passages(chosen)]
    (folder / "texts.json").write_text(json.dumps(texts), "utf-8")
    facts = {
        "bundle": str(bundle.resolve()),
        "model": str(locate_model(None)),
        "ids": list(engine.store.thread_ids()),
    }
    (folder / "facts.json").write_text(json.dumps(facts), "utf-8")
    return Corpus(
        folder=folder,
        refs=tuple(thread.source_refs for thread in engine.store.iter_threads()),
        passages=tuple(each.text for each in engine.store.passages(range(len(table.rows)))),
        generation=generation.name,
        bundle_bytes=sum(
            each.stat().st_size for each in generation.path.rglob("*") if each.is_file()
        ),
    )

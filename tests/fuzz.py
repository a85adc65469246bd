"""Fuzz the readers, guided by coverage, and what is made of the texts that they read.

Run: python -m tests.fuzz FOLDER SECONDS

The first byte of an input chooses the format, the rest is the file. Anything but a complaint, or
the refusal of an archive in which nothing is left, ends the run with a traceback and a status that
is not 0; so do an input that takes ten seconds and a process that takes a gigabyte. Needs atheris:
https://github.com/google/atheris
"""

import json
import shutil
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["api.pages.markup", "indexer", "search.text", "yaml"]):
    from api.pages.markup.blocks import parse
    from api.pages.markup.html import to_html
    from api.pages.markup.markdown import to_markdown
    from indexer.people import resolve_people
    from indexer.sources import read_sources
    from indexer.sources.printing import is_printable
    from indexer.threads import build_threads
    from search.text.display import excerpt
    from search.text.parts import split_parts
    from search.text.sentences import sentences

from search.errors import CorpusError
from tests.source_samples import BOOK, FAQ, FULL, SHORT, USERS, jsonl, message, table
from tests.test_indexer_sources_mutations import SAMPLE

FORMATS = ("book.md", "faq.yaml", "pairs.jsonl", "pairs.csv", "export/general/2021-03-01.json")
LONGEST = 8_192
_SEEDS = (
    (0, SAMPLE),
    (0, BOOK.encode()),
    (1, FAQ.encode()),
    (2, jsonl(FULL, SHORT).encode()),
    (3, table(FULL, SHORT).encode()),
    (3, table(FULL, SHORT, delimiter=";").encode()),
    (4, json.dumps([message("1614600000.000100", text="Hi <@U2>, *how* is `it`?")]).encode()),
)


class Target:
    """Reads one input as an archive of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.n_inputs = 0
        self.n_texts = 0

    def __call__(self, data: bytes) -> None:
        self.n_inputs += 1
        source = self.folder / "sources"
        shutil.rmtree(source, ignore_errors=True)
        path = source / FORMATS[data[0] % len(FORMATS) if data else 0]
        path.parent.mkdir(parents=True)
        path.write_bytes(data[1:])
        if path.suffix == ".json":
            (source / "export" / "users.json").write_text(json.dumps(USERS))
        try:
            archive = read_sources([source])
        except CorpusError:
            return
        assert all(is_printable(str(complaint)) for complaint in archive.complaints)
        for thread in build_threads(archive, resolve_people(archive)):
            for said in thread.messages:
                self.read(said.text)

    def read(self, text: str) -> None:
        """Do with a text what searching and showing do."""
        self.n_texts += 1
        nodes = parse(text)
        to_html(nodes)
        to_markdown(nodes)
        spans = sentences(text)
        assert all(0 <= span.start < span.end <= len(text) for span in spans)
        excerpt(text, spans[-1:], 200)
        split_parts(text)


def main(folder: Path, seconds: int) -> None:
    """Fuzz for a while; findings and the inputs that reached most stay in the folder."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, (kind, data) in enumerate(_SEEDS):
        (corpus / f"seed{number}").write_bytes(bytes([kind]) + data)
    target = Target(folder)
    atheris.Setup(
        [
            *[sys.argv[0], str(corpus), "-seed=7", f"-max_len={LONGEST}", "-timeout=10"],
            *[f"-max_total_time={seconds}", "-rss_limit_mb=1024", f"-artifact_prefix={folder}/"],
        ],
        target,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

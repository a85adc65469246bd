"""What different authors said: one passage of each, verbatim, relevant or absent."""

from pathlib import Path

import pytest

from search import open_engine
from search.engine import Engine
from search.errors import InvalidQueryError
from search.models import Role, Span
from search.voices import passage_around
from tests.support import THREADS, build_hashed, write_book

QUERY = "How do I deploy a model without downtime?"
OTHER = (
    ("Hal Tester", "How can I deploy a model without any downtime?"),
    [
        ("Ben Tester", "Deploy a model without downtime at night."),
        ("Grace Hopper", "Deploy the model behind a flag, without downtime."),
    ],
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder: Path = tmp_path_factory.mktemp("voices")
    (folder / "books").mkdir()
    write_book(folder / "books", "20211122-a-small-book", THREADS)
    write_book(folder / "books", "20211129-another-book", [OTHER], authors=["Grace Hopper"])
    build_hashed(folder / "books", folder / "bundle")
    return open_engine(folder / "bundle")


def test_each_author_is_quoted_once_and_nobody_else(engine: Engine) -> None:
    found = engine.voices(QUERY).voices
    assert sorted(voice.author.name for voice in found) == ["Ada Lovelace", "Grace Hopper"]
    assert [voice.rank for voice in found] == [1, 2]
    assert all(voice.answer.role is Role.AUTHOR for voice in found)


def test_words_are_those_of_the_archive(engine: Engine) -> None:
    for voice in engine.voices(QUERY).voices:
        texts = {message.text for message in engine.thread(voice.thread_id).messages}
        assert voice.answer.text in texts
        assert voice.answer.text[voice.passage.start : voice.passage.end]
        assert voice.answer.author == voice.author.slug


def test_fewer_are_a_prefix(engine: Engine) -> None:
    assert engine.voices(QUERY, top_k=1).voices == engine.voices(QUERY).voices[:1]


def test_what_nobody_said_has_no_voices(engine: Engine) -> None:
    assert engine.voices("underwater basket weaving for pigeons").voices == ()


@pytest.mark.parametrize(("query", "top_k", "words"), [(" ", 3, "empty"), ("x", 0, "top_k is 0")])
def test_bad_queries_are_refused(engine: Engine, query: str, top_k: int, words: str) -> None:
    with pytest.raises(InvalidQueryError, match=words):
        engine.voices(query, top_k=top_k)


def test_a_passage_is_whole_sentences_around_what_is_marked() -> None:
    text = " ".join(f"Sentence {n} {'x' * 180}." for n in range(5))
    passage = passage_around(text, (Span(text.index("Sentence 3"), len(text)),))
    assert text[passage.start : passage.end].startswith("Sentence 3")
    assert passage.end == len(text)
    assert passage_around("  Short.  ", ()) == Span(2, 8)

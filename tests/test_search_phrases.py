"""Phrases in quotation marks: threads that say them come first, with the sentence that does."""

from pathlib import Path

import numpy as np
import pytest

from search.engine import Engine
from search.models import ThreadFilter
from search.opening import open_engine
from search.phrases import says
from tests.support import build_hashed, write_book

TREES, FORESTS = "growing-trees", "walking-in-forests"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("books")
    for slug, author, asked, answer in (
        (
            TREES,
            "Ada Lovelace",
            "How should the roots of a tree be watered?",
            "Water the roots of a tree in summer. Leave the leaf mould there.",
        ),
        (
            FORESTS,
            "Grace Hopper",
            "Do the roots of a tree need water in a forest?",
            "Roots of a tree need no water. The mould of a leaf is enough.",
        ),
    ):
        write_book(folder, slug, [(("Cid", asked), [(author, answer)])], authors=(author,))
    build_hashed(folder, folder / "bundle")
    return open_engine(folder / "bundle")


@pytest.mark.parametrize(
    ("text", "phrase", "is_said"),
    [
        ("We built a feature store.", "feature store", True),
        ("We built FEATURE *stores*, twice", "feature store", True),
        ("We built a feature store.", "feature stores", True),
        ("We built a feature-store.", "feature store", True),
        ("We built a _feature store_.", "feature store", True),
        ("a store of features", "feature store", False),
        ("a feature in a store", "feature store", False),
        ("features store", "feature store", False),
        ("a feature storefront", "feature store", False),
        ("R&amp;D teams", "R&D teams", True),
        ("I don’t know", "don't know", True),
        ("C++ code", "C++", True),
        ("a classes", "class", False),
        ("the class", "class", True),
        ("the clas", "class", False),
        ("state of the art", "state of the art", True),
        ("état de l’art", "ÉTAT de l'art", True),
        ("a (b* c", "(b*", True),
    ],
)
def test_a_text_says_a_phrase(text: str, phrase: str, is_said: bool) -> None:
    assert says(text, phrase) is is_said


@pytest.mark.parametrize(
    ("phrase", "book", "sentence"),
    [
        ("leaf mould", TREES, "Leave the leaf mould there."),
        ("mould of a leaf", FORESTS, "The mould of a leaf is enough."),
        ("Roots", None, None),
    ],
)
def test_threads_that_say_the_phrase_come_first(
    engine: Engine, phrase: str, book: str | None, sentence: str | None
) -> None:
    result = engine.search(f'how to water the roots of a tree with "{phrase}"')
    assert len(result.hits) == 2
    for hit in result.hits:
        assert sum(hit.why.values()) == pytest.approx(hit.score, abs=1e-5)
        assert (hit.why["quoted"] > 0.0) is (book in (None, hit.collection.slug))
    if book is not None:
        first = result.hits[0]
        assert first.collection.slug == book
        assert first.answer is not None
        (marked,) = first.answer.highlights
        assert first.answer.text[marked.start : marked.end] == sentence


def test_who_only_quotes_has_threads_that_say_it_first_however_far(engine: Engine) -> None:
    for query in ('"mould of a leaf"', '"leaf mould"'):
        first, other = engine.search(query).hits
        assert first.why["quoted"] == pytest.approx(12 / 36, abs=1e-5)
        assert other.why["quoted"] == 0.0


def test_one_word_that_is_no_english_is_looked_for_as_if_quoted(tmp_path: Path) -> None:
    threads = [
        (
            ("Cid", "Which tool finds bias?"),
            [("Ada Lovelace", "See https://aequitas.example.org.")],
        ),
        (("Dan", "Who paints brigdes?"), [("Ada Lovelace", "Ask about bridges and quantisation.")]),
        *(
            ((f"P{n}", f"Bridges, part {n}?"), [("Ada Lovelace", "Quantization.")])
            for n in range(9)
        ),
    ]
    write_book(tmp_path, TREES, threads, authors=("Ada Lovelace",))
    build_hashed(tmp_path, tmp_path / "bundle")
    engine = open_engine(tmp_path / "bundle")

    def phrases(query: str) -> tuple[str, ...]:
        return engine._reader.read(query).phrases

    assert phrases("Aequitas") == ("Aequitas",)
    assert engine.search("aequitas").hits[0].question.text == "Which tool finds bias?"
    assert not engine.search("aequitas").notes
    assert phrases("bridges") == ()
    assert phrases("aequitas bridges") == ()
    assert engine._reader.read("brigdes").text == "bridges"  # said, but misspelt
    assert phrases("brigdes") == ()
    assert phrases("Lovelace") == ()  # names an author, and asks nothing


def test_a_phrase_that_nobody_says_changes_no_score_and_is_named(engine: Engine) -> None:
    plain = engine.search("how to water the roots of a tree with mould leaf")
    quoted = engine.search('how to water the roots of a tree with "mould leaf"')
    assert [hit.score for hit in quoted.hits] == pytest.approx([hit.score for hit in plain.hits])
    assert all("quoted" not in hit.why for hit in quoted.hits)
    assert 'nobody in the archive says "mould leaf"' in quoted.notes
    assert not any("nobody" in note for note in plain.notes)


def test_scores_with_a_phrase_do_not_depend_on_the_filter(engine: Engine) -> None:
    query = 'water a tree with "leaf mould"'
    everywhere = {hit.thread_id: hit.score for hit in engine.search(query).hits}
    where = ThreadFilter(collection=FORESTS)
    (hit,) = engine.search(query, where=where).hits
    assert hit.collection.slug == FORESTS
    assert hit.score == everywhere[hit.thread_id]


def test_a_phrase_changes_nothing_that_probabilities_are_made_of(engine: Engine) -> None:
    reader, ranker = engine._reader, engine._ranker
    plain = ranker.score(reader.read("water a tree with leaf mould"))
    quoted = ranker.score(reader.read('water a tree with "leaf mould"'))
    assert quoted.scores.tolist() != plain.scores.tolist()
    relevance = dict(zip(quoted.rows.tolist(), quoted.relevance, strict=True))
    assert relevance == pytest.approx(dict(zip(plain.rows.tolist(), plain.scores, strict=True)))


def test_a_quoted_title_is_a_book_and_no_phrase(engine: Engine) -> None:
    query = engine._reader.read('leaf mould in the book "Growing Trees"')
    assert query.books == {TREES}
    assert query.phrases == ()
    query = engine._reader.read('leaf mould "walking in forests"')
    assert (query.books, query.phrases, query.text) == ({FORESTS}, (), "leaf mould")
    query = engine._reader.read('"growing trees" with leaf mould')
    assert (query.books, query.phrases) == (frozenset(), ("growing trees",))


def test_a_phrase_far_below_the_best_is_found(tmp_path: Path) -> None:
    """A thread that no other leg has among its best is found by its phrase."""
    threads = [
        (("Cid", f"How is tree {n} watered in summer?"), [("Ada Lovelace", f"With can {n}.")])
        for n in range(300)
    ]
    far = (("Dan", "Who paints bridges?"), [("Ada Lovelace", "Somebody with a steady hand.")])
    write_book(tmp_path, TREES, [*threads, far], authors=("Ada Lovelace",))
    build_hashed(tmp_path, tmp_path / "bundle")
    ranker = open_engine(tmp_path / "bundle")._ranker
    reader = open_engine(tmp_path / "bundle")._reader
    scored = ranker.score(reader.read('how is a tree watered in summer with a "steady hand"'))
    assert ranker.phrases is not None
    (row,) = ranker.phrases.rows_saying("steady hand")
    assert row in scored.rows
    assert np.count_nonzero(scored.parts["quoted"]) <= 1


def test_threads_that_say_what_is_behind_a_minus_are_left_out(engine: Engine) -> None:
    query = "how to water the roots of a tree"
    assert len(engine.search(query).hits) == 2
    for unwanted, left in (
        ("-mould", []),
        ('"roots" -mould', []),
        ('-"leaf mould"', [FORESTS]),
        ("-bridges", None),
    ):
        result = engine.search(f"{query} {unwanted}")
        found = [hit.collection.slug for hit in (*result.hits, *result.closest)]
        assert found == left or (left is None and len(found) == 2)
        assert any("are left out" in note for note in result.notes)
    assert not any("left out" in note for note in engine.search(query).notes)


def test_quotation_marks_are_not_embedded_and_keep_a_word_as_it_is(engine: Engine) -> None:
    reader = engine._reader
    assert reader.read('the "roots" of trees').text == "the roots of trees"
    assert reader.read("#roots").text == "roots"
    assert reader.read("leaf -mould").text == "leaf"


def test_what_was_repaired_is_told(sample: Engine) -> None:
    assert sample.search("evaluate a modle").notes == ('read "modle" as "model"',)
    assert not any("read" in note for note in sample.search('evaluate a "modle"').notes)
    (note,) = sample.search("evaluate a modle wtih shadw traffic").notes
    assert note == 'read "modle" as "model", "wtih" as "with", "shadw" as "shadow"'


def test_a_query_of_a_quoted_phrase_alone_is_answered_by_who_says_it(sample: Engine) -> None:
    said = "your candidate model"
    assert sample.search(f'"{said}"').answerable is True
    assert sample.explain(f'"{said}"').judgement.answerable is True
    elsewhere = ThreadFilter(answered=False)
    assert sample.search(f'"{said}"', where=elsewhere).answerable is True
    asked = sample.search(f'"{said}" for sourdough bread and zebra stripes')
    assert asked.answerable is False
    assert asked.closest[0].why["quoted"] > 0.0
    assert sample.search('"sourdough bread"').answerable is False


def test_words_near_each_other_are_counted(engine: Engine) -> None:
    finder = engine._ranker.phrases
    assert finder is not None
    assert finder.n_near("leaf mould") == 2
    assert finder.n_saying("leaf mould") == 1
    assert finder.n_near("water leaf") == 1
    assert finder.n_near("forest mould") == 0

import random
from dataclasses import replace
from pathlib import Path

import pytest

from search import open_engine
from search.engine import Engine
from search.errors import (
    BundleMismatchError,
    BundleNotFoundError,
    InvalidQueryError,
    NotFoundError,
)
from search.models import AnsweredBy, Role, ThreadFilter
from tests.support import THREADS, Post, build_hashed, build_twins, write_book

SLUG = "20211122-a-small-book"
QUERIES = ["deploy a model", "database for time series", "learn statistics", "second edition"]


def test_the_answered_question_is_found_with_the_authors_words(hashed: Engine) -> None:
    result = hashed.search("How can I deploy a model without downtime?", top_k=2)
    hit = result.hits[0]
    assert hit.source_refs == (f"{SLUG}#0",)
    assert hit.rank == 1
    assert hit.asker == "Ben Tester"
    assert hit.collection.slug == SLUG
    assert hit.answered_by is AnsweredBy.AUTHOR
    assert hit.answer is not None
    assert (hit.answer.speaker, hit.answer.role) == ("Ada Lovelace", Role.AUTHOR)
    assert hit.answer.author == "ada-lovelace"
    assert len(result.hits) == 2


def test_the_author_answers_before_the_community_at_about_equal_nearness(hashed: Engine) -> None:
    hit = hashed.search("columnar database for time series", top_k=1).hits[0]
    assert hit.answer is not None
    assert hit.answer.speaker == "Ada Lovelace"


def test_highlights_are_spans_of_the_verbatim_text(hashed: Engine) -> None:
    hit = hashed.search("deploy a model without downtime", top_k=1).hits[0]
    words = [hit.question.text[span.start : span.end] for span in hit.question.highlights]
    assert words == ["deploy", "model", "without", "downtime"]
    assert hit.answer is not None
    assert hit.answer.text[slice(*_ends(hit.answer.highlights[0]))].endswith(".")


def _ends(span) -> tuple[int, int]:
    return span.start, span.end


@pytest.mark.parametrize("query", QUERIES)
def test_why_adds_up_to_the_score(hashed: Engine, query: str) -> None:
    for hit in hashed.search(query).hits:
        assert sum(hit.why.values()) == pytest.approx(hit.score, abs=1e-5)
        assert 0.0 <= hit.score <= 1.0


@pytest.mark.parametrize("query", QUERIES)
def test_fewer_hits_are_a_prefix_of_more(hashed: Engine, query: str) -> None:
    everything = hashed.search(query, top_k=100).hits
    for top_k in (1, 2, 3):
        assert hashed.search(query, top_k=top_k).hits == everything[:top_k]


@pytest.mark.parametrize("query", QUERIES)
def test_filters_choose_but_never_score(hashed: Engine, query: str) -> None:
    scores = {hit.thread_id: hit.score for hit in hashed.search(query, top_k=100).hits}
    where = ThreadFilter(answered=True, collection=SLUG, year=2021)
    filtered = hashed.search(query, top_k=100, where=where).hits
    assert filtered
    for hit in filtered:
        assert hit.answered_by is not AnsweredBy.NOBODY
        assert hit.score == pytest.approx(scores[hit.thread_id], abs=1e-9)


def test_filters_find_what_is_far_down(hashed: Engine) -> None:
    hits = hashed.search("deploy a model", where=ThreadFilter(answered=False)).hits
    assert [hit.source_refs for hit in hits] == [(f"{SLUG}#2",)]
    assert hashed.search("deploy", where=ThreadFilter(author="ada-lovelace")).hits
    assert not hashed.search("deploy", where=ThreadFilter(year=1999)).hits


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (ThreadFilter(collection="20211122-a-smal-book"), f"did you mean '{SLUG}'"),
        (ThreadFilter(author="ada"), "did you mean 'ada-lovelace'"),
        (ThreadFilter(author="zzz"), "no author 'zzz'"),
    ],
)
def test_unknown_filter_values_name_the_nearest(
    hashed: Engine, where: ThreadFilter, message: str
) -> None:
    with pytest.raises(InvalidQueryError, match=message):
        hashed.search("deploy", where=where)


@pytest.mark.parametrize("query", ["", "  \n", "x" * 1_001], ids=["empty", "blank", "long"])
def test_queries_that_cannot_be_searched_are_refused(hashed: Engine, query: str) -> None:
    with pytest.raises(InvalidQueryError, match=r"empty|1,001 characters"):
        hashed.search(query)


@pytest.mark.parametrize("top_k", [0, -1, 101, 10**9])
def test_top_k_has_bounds(hashed: Engine, top_k: int) -> None:
    with pytest.raises(InvalidQueryError, match="it goes from 1 to 100"):
        hashed.search("deploy", top_k=top_k)


@pytest.mark.parametrize(
    "query", ["🙂🙂", "the of and", "\u202e\x00", "((((", "日本語の質問", "a" * 1_000]
)
def test_any_text_is_a_query(hashed: Engine, query: str) -> None:
    result = hashed.search(query)
    assert all(0.0 <= hit.score <= 1.0 for hit in result.hits)


def test_an_encoder_without_calibration_says_so(hashed: Engine) -> None:
    result = hashed.search("deploy a model")
    assert result.answerable is None
    assert all(hit.probability is None for hit in result.hits)
    assert "no calibration" in result.warnings[0]


def test_threads_are_found_by_id(hashed: Engine) -> None:
    thread_id = hashed.search("deploy a model").hits[0].thread_id
    thread = hashed.thread(thread_id)
    assert [message.role for message in thread.messages] == [Role.ASKER, Role.AUTHOR, Role.ASKER]
    assert [message.answers for message in thread.messages] == [False, True, False]
    with pytest.raises(NotFoundError, match=f"did you mean '{thread_id}'"):
        hashed.thread(thread_id[:-1] + "x")
    with pytest.raises(NotFoundError, match="did you mean"):
        hashed.collection("small")


def test_the_same_post_in_two_books_is_one_thread(tmp_path: Path) -> None:
    engine = open_engine(build_twins(tmp_path))
    hits = engine.search("batch or streaming pipeline").hits
    assert [hit.source_refs for hit in hits] == [("b-second#0", "a-first#0")]
    assert hits[0].also_in == ("a-first",)
    thread = engine.thread(hits[0].thread_id)
    assert engine.thread(thread.aliases[0]) == thread


def _random_threads(seed: int) -> list[tuple[Post, list[Post]]]:
    chosen = random.Random(seed)
    words = ["model", "data", "deploy", "drift", "test", "team", "python", "spark", "graph", "cost"]

    def text(n_words: int) -> str:
        return " ".join(chosen.choices(words, k=n_words)) + f" number {chosen.randrange(10**6)}."

    return [
        (("Ben Tester", text(8)), [("Ada Lovelace", text(20))] * chosen.randrange(1, 3))
        for _ in range(12)
    ]


@pytest.mark.parametrize("seed", range(6))
def test_deleting_replies_never_raises_a_thread(tmp_path: Path, seed: int) -> None:
    threads = _random_threads(seed)
    target = seed % len(threads)
    question = threads[target][0]
    write_book(tmp_path, "with", threads)
    build_hashed(tmp_path / "with.md", tmp_path / "before")
    threads[target] = (question, [])
    write_book(tmp_path, "with", threads)
    build_hashed(tmp_path / "with.md", tmp_path / "after")
    before, after = open_engine(tmp_path / "before"), open_engine(tmp_path / "after")
    for query in (question[1], "deploy the model", "cost of spark"):
        scores = [
            {hit.source_refs[0]: hit.score for hit in engine.search(query, top_k=100).hits}
            for engine in (before, after)
        ]
        ref = f"with#{target}"
        assert scores[1].get(ref, 0.0) <= scores[0].get(ref, 0.0) + 1e-9


@pytest.mark.parametrize("query", [THREADS[0][0][1], "deploy a model", "downtime"])
def test_an_answered_thread_is_above_its_unanswered_twin(tmp_path: Path, query: str) -> None:
    (_, text), replies = THREADS[0]
    twins = [(("Zoe Tester", text), []), (("Ben Tester", text), replies)]
    write_book(tmp_path, "twins", [*twins, *THREADS[1:]])
    build_hashed(tmp_path, tmp_path / "bundle")
    hits = open_engine(tmp_path / "bundle").search(query, top_k=100).hits
    ranks = {hit.source_refs[0]: hit.rank for hit in hits}
    assert ranks["twins#1"] < ranks.get("twins#0", 101)


def test_no_bundle_names_the_command_that_builds_one(tmp_path: Path) -> None:
    with pytest.raises(BundleNotFoundError, match="answers index SOURCE"):
        open_engine(tmp_path / "nothing")


def test_a_damaged_generation_is_never_searched(tmp_path: Path) -> None:
    write_book(tmp_path, "book", THREADS)
    build_hashed(tmp_path / "book.md", tmp_path / "bundle")
    passages = next((tmp_path / "bundle" / "generations").glob("*/passages.faiss"))
    data = bytearray(passages.read_bytes())
    data[len(data) // 2] ^= 1
    passages.write_bytes(data)
    with pytest.raises(BundleMismatchError, match=r"passages\.faiss: content differs"):
        open_engine(tmp_path / "bundle")


def test_an_older_generation_answers_for_a_damaged_one_and_says_so(tmp_path: Path) -> None:
    write_book(tmp_path, "book", THREADS[:3])
    first = build_hashed(tmp_path / "book.md", tmp_path / "bundle")
    write_book(tmp_path, "book", THREADS)
    second = build_hashed(tmp_path / "book.md", tmp_path / "bundle")
    assert first.generation != second.generation
    (tmp_path / "bundle" / "generations" / second.generation / "passages.faiss").unlink()
    result = open_engine(tmp_path / "bundle").search("deploy a model")
    assert result.generation == first.generation
    assert "an older one answers" in result.warnings[0]


def test_the_sample_archive_answers_by_meaning(sample: Engine) -> None:
    book = "20211122-building-machine-learning-powered-applications"
    query = "how can I test a model in production without users seeing its output?"
    hit = sample.search(query, top_k=1).hits[0]
    assert hit.source_refs == (f"{book}#12",)
    assert hit.answer is not None
    assert "shadow" in hit.answer.text
    hit = sample.search("can one engineer ship a model alone?", top_k=1).hits[0]
    assert hit.source_refs == (f"{book}#13",)
    assert hit.answer is not None
    assert hit.answer.author == "emmanuelameisen"


def test_probabilities_exist_for_the_default_model_whatever_is_asked_for(sample: Engine) -> None:
    one = sample.search("minimal size of a team", top_k=1)
    many = sample.search("minimal size of a team", top_k=14)
    assert one.hits[0] == replace(many.hits[0])
    assert one.hits[0].probability is not None
    assert 0.0 < one.hits[0].probability < 1.0


def test_silence_offers_at_most_three_closest(sample: Engine) -> None:
    result = sample.search("sourdough starter feeding schedule")
    assert result.answerable is False
    assert result.hits == ()
    assert 1 <= len(result.closest) <= 3

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from api.cli import app
from search import open_engine
from search.encoders.cross import CrossEncoderScorer
from search.encoders.locate import locate_model
from search.engine import Engine
from search.errors import AnswersError, ModelUnavailableError
from search.models import ThreadFilter
from search.reranking import Reranking
from search.stages import Stage, profile

QUERY = "how do I deploy a model for time series?"


class Likes:
    """A scorer that likes passages with a word, and remembers what it read."""

    name = "likes"

    def __init__(self, word: str) -> None:
        self.word = word
        self.read: list[str] = []

    def scores(self, query: str, passages: Sequence[str]) -> NDArray[np.float64]:
        self.read = list(passages)
        return np.array([float(self.word in passage) for passage in passages])


def reranked(bundle: Path, scorer: Likes, **options: float) -> Engine:
    return open_engine(bundle, reranking=Reranking(scorer, **options))


def test_what_the_reranker_likes_comes_first_and_why_adds_up(hashed_bundle: Path) -> None:
    plain = open_engine(hashed_bundle).search(QUERY)
    last = plain.hits[-1]
    scorer = Likes(last.question.text.split()[-1])
    result = reranked(hashed_bundle, scorer, share=0.9).search(QUERY)
    assert result.hits[0].thread_id == last.thread_id
    assert [hit.rank for hit in result.hits] == list(range(1, len(result.hits) + 1))
    for hit in result.hits:
        assert sum(hit.why.values()) == pytest.approx(hit.score, abs=1e-9)
        assert hit.why["rerank"] in (0.0, pytest.approx(0.9))


def test_a_share_of_nothing_changes_nothing_but_the_label(hashed_bundle: Path) -> None:
    plain = open_engine(hashed_bundle).search(QUERY)
    result = reranked(hashed_bundle, Likes("series"), share=0.0).search(QUERY)
    assert [(hit.thread_id, hit.score) for hit in result.hits] == [
        (hit.thread_id, hit.score) for hit in plain.hits
    ]


def test_it_reads_the_question_with_the_passage_that_is_nearest(hashed_bundle: Path) -> None:
    scorer = Likes("x")
    hits = reranked(hashed_bundle, scorer).search(QUERY).hits
    assert len(scorer.read) >= len(hits)
    first = scorer.read[0]
    assert "\n" in first
    assert first.splitlines()[0]


def test_no_more_threads_are_returned_than_it_reads(hashed_bundle: Path) -> None:
    scorer = Likes("x")
    engine = reranked(hashed_bundle, scorer, depth=2)
    assert len(engine.search(QUERY, top_k=10).hits) == 2
    assert len(scorer.read) == 2
    assert len(engine.rank(QUERY)) == 2


def test_top_k_and_a_filter_do_not_change_a_score(hashed_bundle: Path) -> None:
    engine = reranked(hashed_bundle, Likes("model"))
    many = {hit.thread_id: hit.score for hit in engine.search(QUERY, top_k=10).hits}
    few = engine.search(QUERY, top_k=1, where=ThreadFilter(answered=True)).hits[0]
    assert few.score == many[few.thread_id]


def test_its_time_is_a_stage_of_its_own(hashed_bundle: Path) -> None:
    engine = reranked(hashed_bundle, Likes("model"))
    with profile() as found:
        engine.search(QUERY)
    assert Stage.RERANK in found.stages


@pytest.mark.parametrize(
    ("command", "exit_code"),
    [("search", 5), ("check", 0), ("voices", 0)],
)
def test_only_a_search_loads_the_reranker_of_the_settings(
    hashed_bundle: Path, monkeypatch: pytest.MonkeyPatch, command: str, exit_code: int
) -> None:
    monkeypatch.setenv("ANSWERS_RERANKER", "./no-such-model")
    done = CliRunner().invoke(app, [command, QUERY, "--bundle", str(hashed_bundle)])
    code = done.exception.exit_code if isinstance(done.exception, AnswersError) else done.exit_code
    assert code == exit_code


def make_cross_encoder(folder: Path, *, n_labels: int = 1) -> Path:
    """Save a small cross-encoder with random weights and the words of the default model."""
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, set_seed

    set_seed(7)
    tokenizer = AutoTokenizer.from_pretrained(locate_model(None))
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=n_labels,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_cross_encoder_from_a_folder_reads_pairs(tmp_path: Path, hashed_bundle: Path) -> None:
    scorer = CrossEncoderScorer(str(make_cross_encoder(tmp_path / "cross")))
    together = scorer.scores(QUERY, ["Use two servers.", "No idea, sorry.", ""])
    assert together.shape == (3,)
    assert ((together >= 0.0) & (together <= 1.0)).all()
    assert len(set(together.round(6).tolist())) == 3
    alone = scorer.scores(QUERY, ["No idea, sorry."])
    assert alone[0] == pytest.approx(together[1], abs=1e-5)
    assert scorer.scores(QUERY, []).shape == (0,)
    hits = open_engine(hashed_bundle, reranking=Reranking(scorer)).search(QUERY).hits
    assert all(0.0 < hit.why["rerank"] < 0.3 for hit in hits)


@pytest.mark.parametrize("spoil", ["missing", "several outputs", "pickled"])
def test_what_is_no_cross_encoder_is_refused_by_name(tmp_path: Path, spoil: str) -> None:
    folder = tmp_path / "cross"
    if spoil != "missing":
        make_cross_encoder(folder, n_labels=3 if spoil == "several outputs" else 1)
    if spoil == "pickled":
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelUnavailableError, match="cross"):
        CrossEncoderScorer(str(folder))

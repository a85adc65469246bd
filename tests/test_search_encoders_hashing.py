"""The hashing encoder: unit rows, literal values, words and their places."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.encoders import HashEncoder, load_encoder
from search.errors import ModelUnavailableError

encoder = HashEncoder(16)


@given(st.lists(st.text(), max_size=5))
def test_rows_have_length_one_or_zero(texts: list[str]) -> None:
    rows = encoder.encode_passages(texts)
    assert rows.shape == (len(texts), 16)
    assert rows.dtype == np.float32
    norms = np.linalg.norm(rows, axis=1)
    assert np.all((np.abs(norms - 1) < 1e-6) | (norms == 0))


@given(st.text(), st.lists(st.text(), max_size=3))
def test_a_text_is_the_same_alone_and_in_company(text: str, others: list[str]) -> None:
    (alone,) = encoder.encode_queries([text])
    assert np.array_equal(encoder.encode_passages([*others, text])[-1], alone)


@pytest.mark.parametrize("text", ["", "  \n", "?!", "🙂"], ids=["empty", "blank", "marks", "emoji"])
def test_a_text_without_words_becomes_zeros(text: str) -> None:
    assert not encoder.encode_queries([text]).any()


def test_no_texts_become_no_rows() -> None:
    assert encoder.encode_queries([]).shape == (0, 16)


def test_values_are_those_of_the_formula() -> None:
    number = int.from_bytes(hashlib.blake2b(b"kafka", digest_size=8).digest(), "big")
    assert (number >> 1) % 16 == 8
    assert number % 2 == 1
    expected = np.zeros(16, dtype=np.float32)
    expected[8] = 1.0
    assert np.array_equal(encoder.encode_queries(["Kafka!"])[0], expected)


def test_embeddings_do_not_change_between_versions() -> None:
    (row,) = HashEncoder(8).encode_queries(["learn python, learn sql"])
    python, sql, learn = 1 / 6**0.5, 1 / 6**0.5, 2 / 6**0.5
    assert row.tolist() == pytest.approx([python, 0, 0, 0, sql, 0, 0, learn])


def test_texts_that_share_words_are_alike() -> None:
    query, near, far = HashEncoder().encode_passages(
        ["learn machine learning", "how to learn machine learning", "graph databases"]
    )
    assert query @ near == pytest.approx(3 / (3 * 5) ** 0.5)
    assert query @ far == 0


def test_fingerprint_depends_on_the_width_alone() -> None:
    assert HashEncoder(8).fingerprint == (
        "df19a3e7e603635e7afe9bb51297d6683559f5e667084c54b3f062ce39dd9191"
    )
    assert HashEncoder(8).fingerprint != HashEncoder(16).fingerprint


def test_tokens_are_words_with_their_places() -> None:
    text = "Naïve 🙂 Bayes?"
    _, (tokens,) = encoder.encode_queries_with_tokens([text])
    assert [text[start:end] for start, end in tokens.offsets] == ["Naïve", "Bayes"]
    assert np.array_equal(tokens.embeddings[1], encoder.encode_queries(["bayes"])[0])
    _, (none,) = encoder.encode_passages_with_tokens([""])
    assert none.offsets.shape == (0, 2)
    assert none.embeddings.shape == (0, 16)


def test_width_must_be_positive() -> None:
    with pytest.raises(ValueError, match="dim is 0"):
        HashEncoder(0)


def test_name_chooses_the_width() -> None:
    assert load_encoder("hash:8").spec == HashEncoder(8).spec


@pytest.mark.parametrize("name", ["hash:", "hash:x", "hash:0", "hash:-1"])
def test_a_wrong_width_is_named(name: str) -> None:
    with pytest.raises(ModelUnavailableError, match=f"{name} does not exist"):
        load_encoder(name)

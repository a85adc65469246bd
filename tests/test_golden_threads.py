"""Floors for the hand-labelled data in `tests/golden/people` and `tests/golden/repairs`."""

import pytest

from benchmarks import threads as measured
from search.models import LinkKind


@pytest.fixture(scope="module")
def indexed(corpus):
    return measured.understand(corpus)


def test_authors_are_recognised(indexed):
    authors = measured.people(indexed)
    assert authors.n_messages >= 300
    assert authors.precision >= 0.99
    assert authors.recall >= 0.97


def test_the_sample_of_applied_repairs_is_right(indexed):
    counts = measured.judged(indexed)
    assert sum(counts["sample 1 when drawn"].values()) >= 100
    assert measured.share_right(counts["sample 1 when drawn"]) >= 0.95
    assert sum(counts["all, applied now"].values()) >= 180
    assert measured.share_right(counts["all, applied now"]) >= 0.98


@pytest.mark.parametrize(
    ("half", "kind", "precision", "recall"),
    [
        ("dev", LinkKind.ANSWER, 0.98, 0.88),
        ("dev", LinkKind.CONTINUATION, 0.80, 0.80),
        ("dev", LinkKind.SEE, 0.95, 0.25),
        ("dev", LinkKind.COVERS, 0.95, 0.75),
        ("test", LinkKind.ANSWER, 0.97, 0.58),
        ("test", LinkKind.CONTINUATION, 0.90, 0.75),
        ("test", LinkKind.SEE, 0.95, 0.15),
        ("test", LinkKind.COVERS, 0.95, 0.50),
    ],
)
def test_repairs_in_the_books_that_were_read_completely(indexed, half, kind, precision, recall):
    score = measured.half(indexed, measured.Pairs.read(), half)[kind]
    assert score.precision >= precision
    assert score.recall >= recall


def test_noise_is_recognised(indexed):
    for name, (right, total) in measured.noise(indexed).items():
        assert right >= 0.94 * total, name


def test_follow_ups_are_questions_with_answers(indexed):
    right, total = measured.follow_ups(indexed)
    assert total >= 36
    assert right >= 0.9 * total


def test_posts_filed_under_two_books_are_one_thread(indexed):
    assert sum(len(thread.collections) > 1 for thread in indexed.threads) == 7

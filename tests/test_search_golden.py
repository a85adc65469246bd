"""Floors under the quality of search, with the data they were measured on."""

from pathlib import Path

import pytest

from api.evaluation import Options, evaluate_collections
from benchmarks import follow_ups
from search.evaluation import Metric
from tests.needs import BUILD_S

SAMPLE = Path(__file__).parent / "golden" / "sample"
SECOND = Path(__file__).parent / "golden" / "second"


def test_the_sample_collection_on_the_sample_archive(sample_bundle: Path) -> None:
    (result,) = evaluate_collections([SAMPLE], sample_bundle)
    means = result.report.overall.means
    assert means is not None
    assert means.value(Metric.NDCG_10) >= 0.84
    assert means.value(Metric.P_1) >= 0.75
    silence = result.report.silence
    assert silence is not None
    assert silence.n_answered >= 0.6 * silence.n_answerable


@pytest.mark.timeout(BUILD_S)
def test_the_development_collection_on_the_whole_archive(
    archive_bundle: Path, test_data: Path
) -> None:
    options = Options(baselines=True)
    (result,) = evaluate_collections([test_data / "eval" / "dev"], archive_bundle, options)
    means = result.report.overall.means
    assert means is not None
    assert means.value(Metric.NDCG_10) >= 0.72
    assert means.value(Metric.P_1) >= 0.76
    assert means.value(Metric.P_1_GRADE_2) >= 0.66
    for name, other in result.baselines.items():
        assert other.overall.means is not None
        assert means.value(Metric.NDCG_10) > other.overall.means.value(Metric.NDCG_10), name


@pytest.mark.timeout(BUILD_S)
def test_the_second_collection_on_the_whole_archive(archive_bundle: Path) -> None:
    (result,) = evaluate_collections([SECOND], archive_bundle)
    means = result.report.overall.means
    assert means is not None
    assert means.value(Metric.NDCG_10) >= 0.73
    assert means.value(Metric.P_1_GRADE_2) >= 0.75


@pytest.mark.timeout(BUILD_S)
@pytest.mark.usefixtures("corpus")
def test_every_post_of_the_archive_is_indexed(archive) -> None:
    refs = [ref for thread in archive.store.iter_threads() for ref in thread.source_refs]
    assert len(refs) == len(set(refs)) == 1_881
    assert len(archive.store.collections()) == 98


@pytest.mark.timeout(BUILD_S)
def test_a_search_shows_the_follow_up_that_was_meant(archive) -> None:
    queries = follow_ups.read_queries(archive, follow_ups.QUERIES)
    outcomes = follow_ups.search_all(archive, queries)
    later = [each for each in outcomes if each.asked.is_follow_up]
    opening = [each for each in outcomes if not each.asked.is_follow_up]
    assert (len(later), len(opening)) == (44, 29)
    assert sum(each.is_right for each in later) >= 36
    assert sum(each.is_right for each in opening) >= 25

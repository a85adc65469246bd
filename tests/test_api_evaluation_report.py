"""The page that `answers eval --report` writes: what it says, and that nothing else gets in."""

import re
from datetime import date
from pathlib import Path

import pytest

from api.cli import main
from api.evaluation_report import (
    Bar,
    as_html,
    check_report_name,
    first_relevant,
    histogram,
    likeliest_first,
    worst_first,
    write_report,
)
from api.pages.markup.inline import visible
from search.errors import InvalidQueryError, StorageError
from tests.evaluations import evaluation
from tests.test_pages_hostile import HOSTILE, Seen, seen

DAY = date(2021, 11, 22)
URL = "https://example.org/books/a.html#:~:text=how%20to"
ROOT = Path(__file__).parent.parent

_FETCHING = {"src", "srcset", "poster", "action", "formaction", "xlink:href", "background", "data"}
_INERT = (
    "html head meta title style body main header footer section h1 h2 h3 h4 p a bdi time code span "
    "strong ul ol li dl dt dd div table caption thead tbody tr th td details summary figure "
    "figcaption svg desc line polyline circle rect text"
)


def text_of(html: str) -> str:
    """Return what a reader sees, without the style sheet, on one line."""
    apart = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL).replace("<", " <")
    return " ".join(seen(apart).text.split())


@pytest.fixture(scope="module")
def plain() -> str:
    return as_html([evaluation(url=URL)], day=DAY)


def test_it_says_what_was_measured(plain: str) -> None:
    text = text_of(plain)
    for expected in (
        "22 November 2021",
        "1-0123456789ab",
        "model how to deploy a model",
        "ffffffffffff",
        "seed 7. Of a collection that is named here",
        "author-answers 0.1.0",
        "Python 3.",
    ):
        assert expected in text


def test_it_has_every_figure(plain: str) -> None:
    """Of four queries the engine answers two, and a third meets silence wrongly."""
    text = text_of(plain)
    assert "something helps 2 1" in text
    assert "nothing helps 0 1" in text
    assert "ROC-AUC 0.833" in text
    assert "(rrf) 3 0.631 0.500" in text
    assert "nDCG@10 0.631 1.000 +0.369 +0.369 to +0.369 3 0" in text
    assert "all 0.631 1.000 -58.5%" in text
    assert "wrongly silent learning statistics2 learning statistics" in text
    assert "grade 2" in text
    assert "Calibration error" in text


def test_what_wants_a_grade_is_listed_the_likeliest_first(plain: str) -> None:
    text = text_of(plain).rpartition("Unjudged hits ")[2]
    assert text.startswith("4 threads among the first ten hold a post without a grade")
    assert "rank 2, probability 0.20, how to deploy a model#1" in text
    found = evaluation(url=URL).report.unjudged
    ordered = likeliest_first(found)
    said = [hit.thread.probability for _, hit in ordered]
    assert said == sorted(said, reverse=True)
    assert len(ordered) == len(found) == 4


def test_plots_have_a_name_a_description_and_a_table(plain: str) -> None:
    """What a picture shows can be heard and read."""
    named = re.findall(r'<svg [^>]*role="img" aria-labelledby="([^ ]+) ([^"]+)"', plain)
    assert len(named) == plain.count("<svg") == 3
    for title, description in named:
        assert plain.count(f'id="{title}"') == plain.count(f'id="{description}"') == 1
    hits = evaluation().report.hits
    assert hits is not None
    for each in hits.bins:
        low, high = each.share.low, each.share.high
        row = f"{each.said:.3f} {each.share.value:.3f} {low:.3f} to {high:.3f} {each.n}"
        assert row in text_of(plain)


def test_ids_are_unique_over_several_collections() -> None:
    html = as_html([evaluation(), evaluation()], day=DAY)
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids)) > 10
    assert "on 2 collections" in text_of(html)
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_links_lead_to_the_anchors_of_the_posts(plain: str) -> None:
    links = set(re.findall(r'<a href="(http[^"]+)"', plain))
    assert links == {URL}
    assert "<a href" not in as_html([evaluation(url="javascript:alert(1)")], day=DAY)
    assert "<a href" not in as_html([evaluation(url="")], day=DAY)


def test_without_a_calibration_it_says_so_and_plots_nothing() -> None:
    html = as_html([evaluation(calibrated=False)], day=DAY)
    assert "None exists for this encoder" in text_of(html)
    assert "<svg" not in html
    assert "probability" not in text_of(html)


def check_inert(html: str) -> Seen:
    """Check that a page holds nothing that runs, loads or leaves, whatever is in it."""
    found = seen(html)
    assert set(found.tags) <= set(_INERT.split())
    for name, value in found.attributes:
        assert not name.startswith("on"), (name, value)
        assert name not in _FETCHING, (name, value)
        if name == "href":
            assert value is not None
            assert re.match(r"#|https?://|mailto:", value), value
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert not re.search(r"@import|expression\(|url\((?!\"data:image/svg)", style)
    policy = dict(found.attributes)["content"] or ""
    assert "http" not in policy
    return found


def test_nothing_runs_and_nothing_is_fetched(plain: str) -> None:
    check_inert(plain)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in plain


def test_hostile_text_stays_text() -> None:
    """As query, id, type, question, book, address, model and collection."""
    found = check_inert(as_html([evaluation(HOSTILE)], day=DAY))
    text = " ".join(found.text.split())
    missing = [each for each in HOSTILE if text.count(" ".join(visible(each).split())) < 5]
    assert missing == []
    clean = seen(as_html([evaluation(["safe"] * len(HOSTILE), url=URL)], day=DAY))
    assert set(found.tags) - {"a"} == set(clean.tags) - {"a"}
    assert {name for name, _ in found.attributes} <= {name for name, _ in clean.attributes}


def test_what_is_no_unicode_is_written_all_the_same(tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", [evaluation(["broken \ud800 text", *"bcd"])])
    assert visible("broken \ud800 text") in (tmp_path / "report.html").read_text("utf-8")


def test_bars_count_every_query_once() -> None:
    rows = evaluation().report.queries
    bars = histogram(rows, n_bars=4)
    assert bars == [
        Bar(0, 0.25, 1, 1),
        Bar(0.25, 0.5, 0, 0),
        Bar(0.5, 0.75, 0, 0),
        Bar(0.75, 1, 2, 0),
    ]
    assert sum(bar.n_answerable + bar.n_unanswerable for bar in histogram(rows)) == 4
    assert histogram([]) == []
    assert histogram(evaluation(calibrated=False).report.queries) == []


def test_queries_found_worst_come_first() -> None:
    against = evaluation().against
    assert against is not None
    mixed = [evaluation().report.queries[0], against.report.queries[1], against.report.queries[3]]
    ordered = worst_first(mixed)
    assert [row.query for row in ordered] == [mixed[1].query, mixed[0].query, mixed[2].query]
    assert [first_relevant(row) for row in ordered] == [2, 1, None]


def test_a_report_replaces_the_one_before_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    write_report(path, [evaluation()])
    assert path.read_text("utf-8").startswith("<!doctype html>")
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(StorageError, match=r"folder\.html"):
        write_report(tmp_path / "folder.html", [evaluation()])


@pytest.mark.parametrize(
    ("name", "message"),
    [("report.pdf", "must end in .html"), ("nowhere/report.html", "there is no folder nowhere")],
)
def test_a_name_is_refused_before_the_work(name: str, message: str) -> None:
    with pytest.raises(InvalidQueryError, match=message):
        check_report_name(Path(name))


def test_the_command_writes_a_report(
    sample_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sample = ROOT / "tests" / "golden" / "sample"
    arguments = ["eval", str(sample), "--bundle", str(sample_bundle), "--report"]
    assert main([*arguments, "report.txt"]) == 2
    assert main([*arguments, "report.html"]) == 0
    html = (tmp_path / "report.html").read_text("utf-8")
    check_inert(html)
    assert html.count("<svg") == 3
    assert re.search(r'<a href="https://datatalks\.club/books/[^"]+#:~:text=', html)

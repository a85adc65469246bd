"""How near what was found comes, in words: on the page and on the terminal."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.output import print_result
from api.search_outcome import n_near
from search.engine import Engine
from search.results import Hit, SearchResult
from tests.support import make_hit


@pytest.fixture(scope="module")
def client(hashed_bundle: Path) -> Iterator[TestClient]:
    with TestClient(create_app(hashed_bundle, watch=False)) as client:
        yield client


def hits_of(*probabilities: float | None) -> tuple[Hit, ...]:
    return tuple(make_hit(f"{place}", each) for place, each in enumerate(probabilities, start=1))


def silence_of(*probabilities: float | None) -> SearchResult:
    return SearchResult("x", "1", answerable=False, hits=(), closest=hits_of(*probabilities))


def found(*probabilities: float | None) -> SearchResult:
    return SearchResult("x", "1", answerable=True, hits=hits_of(*probabilities))


def page_of(client: TestClient, monkeypatch: pytest.MonkeyPatch, result: SearchResult) -> str:
    """Return the page of a search that finds this result."""
    monkeypatch.setattr(Engine, "search", lambda *given, **options: result)
    response = client.get("/?q=x")
    assert response.status_code == 200
    return response.text


@pytest.mark.parametrize(
    ("probabilities", "is_near"),
    [
        ((0.2, 0.01), True),
        ((0.5,), True),
        ((0.19, 0.3), False),
        ((0.0,), False),
        ((), False),
    ],
    ids=["least", "likely", "the second", "nothing", "none"],
)
def test_silence_is_only_as_sure_as_it_may_be(
    probabilities: tuple[float, ...], is_near: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    print_result(silence_of(*probabilities), as_json=False)
    line = (
        "Probably no author has answered this, but the nearest thread may help:"
        if is_near
        else "No author has answered this. Closest, but probably not an answer:"
    )
    assert capsys.readouterr().out.splitlines()[0] == line


@pytest.mark.parametrize(
    ("probability", "headline", "words"),
    [
        (
            0.3,
            "Probably no author has answered this",
            "Nothing in 4 questions is likely enough to be called an answer, but the first "
            "thread below may help.",
        ),
        (
            0.1,
            "No author has answered this",
            "Nothing in 4 questions comes near enough to be called an answer, so none is shown "
            "as one.",
        ),
    ],
    ids=["near", "far"],
)
def test_the_page_of_silence_is_as_sure(
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    probability: float,
    headline: str,
    words: str,
) -> None:
    text = page_of(client, monkeypatch, silence_of(probability, 0.01))
    assert f'data-status="{headline}"' in text
    assert f"<h2>{headline}</h2>" in text
    assert f"<p>{words}</p>" in text


@pytest.mark.parametrize(
    ("probabilities", "n"),
    [
        ((), 0),
        ((0.5, 0.08), 2),
        ((0.5, 0.079, 0.3), 3),
        ((0.5, 0.079, 0.1, 0.01), 1),
        ((0.01, 0.3, 0.01), 2),
        ((0.07, 0.06), 2),
        ((None, None), 2),
    ],
    ids=["none", "near", "likely below", "related below", "first is far", "all far", "unknown"],
)
def test_a_line_stands_below_what_is_related(
    probabilities: tuple[float | None, ...], n: int
) -> None:
    assert n_near(hits_of(*probabilities)) == n


@pytest.mark.parametrize(
    ("probabilities", "tally", "status", "order"),
    [
        (
            (0.5, 0.2, 0.01, 0.1),
            "2 threads, the nearest first, and 2 further afield",
            "2 threads found, and 2 further afield",
            ["1", "2", "", "3", "4"],
        ),
        (
            (0.5, 0.01),
            "1 thread, and 1 further afield",
            "1 thread found, and 1 further afield",
            ["1", "", "2"],
        ),
        ((0.5, 0.2), "2 threads, the nearest first", "2 threads found", ["1", "2"]),
        ((0.5,), "1 thread", "1 thread found", ["1"]),
        ((None, None), "2 threads, the nearest first", "2 threads found", ["1", "2"]),
    ],
    ids=["line", "one", "near", "alone", "unknown"],
)
def test_page_and_terminal_draw_the_line_at_the_same_place(
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    probabilities: tuple[float | None, ...],
    tally: str,
    status: str,
    order: list[str],
) -> None:
    result = found(*probabilities)
    text = page_of(client, monkeypatch, result)
    assert f'<p class="tally"><span>{tally}</span>' in text
    assert f'data-status="{status}"' in text
    marks = r'<article class="card" id="t-(\w+)"|<p class="rule"><span>Further afield</span>'
    assert re.findall(marks, text) == order
    print_result(result, as_json=False)
    marks = r"^   thread (\w+)|^Further afield$"
    assert re.findall(marks, capsys.readouterr().out, re.MULTILINE) == order


def test_there_is_no_line_where_nothing_answers(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    silence = silence_of(0.3, 0.01)
    print_result(silence, as_json=False)
    assert "Further afield" not in capsys.readouterr().out
    assert "Further afield" not in page_of(client, monkeypatch, silence)

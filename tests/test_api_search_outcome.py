"""How near what was found comes, in words: on the page and on the terminal."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.output import print_result
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

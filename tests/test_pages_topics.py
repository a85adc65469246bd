"""Topics, the map, and books and authors by topic."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.pages import books
from tests.support import BOOK

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def client(topical_bundle: Path) -> Iterator[TestClient]:
    with TestClient(create_app(topical_bundle, watch=False), headers=HTML) as client:
        yield client


def topics(client: TestClient) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get("/v1/topics").json()["topics"]
    return found


def test_topics_lead_to_their_questions(client: TestClient) -> None:
    text = client.get("/topics").text
    for topic in topics(client):
        assert f'<a href="/topics/{topic["topic_id"]}">{topic["label"]}</a>' in text
    first = topics(client)[0]
    page = client.get(f"/topics/{first['topic_id']}").text
    assert f"{first['n_answered']} of {first['n_threads']} questions answered" in page
    assert page.count('<li class="author">') == first["n_answered"]


def test_an_unknown_topic_is_a_helpful_page(client: TestClient) -> None:
    response = client.get(f"/topics/{topics(client)[0]['topic_id']}x")
    assert response.status_code == 404
    assert "did you mean" in response.text


def test_a_book_has_its_questions_by_topic(client: TestClient) -> None:
    text = client.get(f"/books/{BOOK}").text
    groups = client.get(f"/v1/books/{BOOK}/topics").json()["groups"]
    shown = re.findall(r'<h3 id="g-\d+">(?:<a href="/topics/[^"]+">)?([^<]+)', text)
    assert shown == [group["label"] for group in groups]
    for group in groups:
        assert f"{group['n_answered']} of {len(group['threads'])}</span>" in text
        for thread in group["threads"]:
            assert f'href="/threads/{thread["thread_id"]}"' in text


def test_a_book_of_very_many_questions_comes_a_page_at_a_time(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "GROUPED", range(8, 9))
    monkeypatch.setattr(books, "N_QUESTIONS", 5)
    text = client.get(f"/books/{BOOK}").text
    assert text.count('<a href="/threads/') == 5
    following = re.search(r'href="(\?cursor=[^"]+)">More questions', text)
    assert following
    more = client.get(f"/books/{BOOK}{following[1]}").text
    assert more.count('<a href="/threads/') == 5
    assert "More questions</h2>" in more


def test_an_author_has_everything_they_said_by_topic(client: TestClient) -> None:
    text = client.get("/authors/ada-lovelace").text
    groups = client.get("/v1/authors/ada-lovelace/topics").json()["groups"]
    said = [each for group in groups for each in group["said"]]
    assert text.count('<article class="spoken"') == len(said) == 15
    for each in said:
        for message in each["messages"]:
            assert message["text"] in text


def test_the_map_draws_every_thread_and_lists_every_topic(client: TestClient) -> None:
    text = client.get("/map").text
    for topic in topics(client):
        assert f'<a href="/topics/{topic["topic_id"]}" data-topic="{topic["topic_id"]}">' in text
    drawn = client.get("/fragments/map").json()
    points = client.get("/v1/map").json()["points"]
    labels = client.get("/v1/map").json()["labels"]
    assert drawn["ids"].split() == [point["thread_id"] for point in points]
    for row, point in enumerate(points):
        assert drawn["x"][row] == round(1000 * point["x"])
        assert drawn["y"][row] == round(1000 * point["y"])
        topic = drawn["topic"][row]
        assert (labels[topic]["topic_id"] if topic >= 0 else None) == point["topic_id"]
        assert (drawn["answered"][row] == "1") is point["answered"]
        title = drawn["books"][drawn["book"][row]]
        assert title.replace(" ", "-").lower() == point["collection"]


def test_the_map_fetches_what_is_asked(client: TestClient) -> None:
    points = client.get("/v1/map").json()["points"][:3]
    ids = [point["thread_id"] for point in points]
    found = client.get("/fragments/questions", params={"thread": [*ids, "gone"]}).json()
    assert found == {point["thread_id"]: point["question"] for point in points}
    many = client.get("/fragments/questions", params={"thread": ids * 20})
    assert many.status_code == 422


def test_few_questions_have_no_topics_and_the_pages_say_so(hashed_bundle: Path) -> None:
    with TestClient(create_app(hashed_bundle, watch=False), headers=HTML) as client:
        assert topics(client) == []
        assert "too few questions" in client.get("/topics").text
        assert "too few questions" in client.get("/map").text
        assert client.get("/fragments/map").status_code == 200
        assert "Use a shadow deployment first." in client.get("/authors/ada-lovelace").text

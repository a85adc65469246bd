"""A draft comes back in its parts, under an address of its own where it fits into one."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.pages.check import MOST_SHARED_CHARS
from api.pages.markup.inline import visible
from search.limits import MAX_POST_CHARS
from tests.test_pages_hostile import HOSTILE

ANSWERED = "What are the most common pitfalls during the process of building ML applications?"
NEW = "Which sourdough starter do you use at home?"
LONG = f"{NEW} " + "We have a platform that grew over the years. " * 100


@pytest.fixture(scope="module")
def client(sample_bundle: Path) -> Iterator[TestClient]:
    with TestClient(create_app(sample_bundle, watch=False)) as client:
        yield client


@pytest.fixture(scope="module")
def hashed_client(hashed_bundle: Path) -> Iterator[TestClient]:
    with TestClient(create_app(hashed_bundle, watch=False)) as client:
        yield client


def parts_of(text: str) -> list[str]:
    return text.split('<li class="checked-part"')[1:]


def draft_in(text: str) -> str:
    found = re.search(r'<textarea id="text"[^>]*>\n(.*?)</textarea>', text, re.DOTALL)
    assert found
    return unescape(found[1])


def test_each_part_has_its_verdict_and_what_answers_it(client: TestClient) -> None:
    text = client.get("/check", params={"text": f"Hi! {ANSWERED} {NEW}"}).text
    answered, new = parts_of(text)
    assert '<p class="ruling answered" title="Estimated chance that a thread already' in answered
    assert "Already answered" in answered
    assert ">Emmanuel Ameisen</a>" in answered
    assert "<mark>" in answered
    assert re.search(r'class="open" href="/threads/\w+#m2(:~:text=[^"]+)?"', answered)
    assert re.search(r'href="/threads/\w+">Whole thread', answered)
    assert '<p class="ruling new"' in new
    assert "<article" not in new
    assert "The nearest there is" in new


def test_what_is_left_is_a_draft_to_copy(client: TestClient) -> None:
    text = client.get("/check", params={"text": f"Hi! {ANSWERED} {NEW}"}).text
    assert '<h2 id="outcome">1 of 2 questions has been answered</h2>' in text
    left = re.search(r"<textarea readonly[^>]*>\n(.*?)</textarea>", text)
    assert left
    assert left[1] == NEW


@pytest.mark.parametrize(
    ("draft", "outcome"),
    [
        (ANSWERED, "This has been answered"),
        (f"1. {ANSWERED}\n2. {ANSWERED}", "All 2 questions have been answered"),
        (NEW, "Nobody has asked this yet"),
        ("Which deployment options are there?", "Not answered yet, but worth reading first"),
    ],
    ids=["answered", "all", "new", "related"],
)
def test_the_outcome_is_said_in_words(client: TestClient, draft: str, outcome: str) -> None:
    text = client.get("/check", params={"text": draft}).text
    assert f'<h2 id="outcome">{outcome}</h2>' in text
    assert f"<title>{outcome} · Check a question · Answers</title>" in text


def test_a_short_draft_moves_to_an_address_that_shows_the_same(client: TestClient) -> None:
    response = client.post("/check", data={"text": "One?\r\nTwo?"}, follow_redirects=False)
    assert response.status_code == 303
    address = response.headers["location"]
    assert parse_qs(urlsplit(address).query) == {"text": ["One?\nTwo?"]}
    assert draft_in(client.get(address).text) == "One?\nTwo?"


def test_a_long_draft_is_answered_where_it_was_sent(client: TestClient) -> None:
    assert len(LONG) > MOST_SHARED_CHARS
    response = client.post("/check", data={"text": LONG}, follow_redirects=False)
    assert response.status_code == 200
    assert "too long for an address" in response.text
    assert draft_in(response.text) == LONG
    assert parts_of(response.text)


@pytest.mark.parametrize(
    ("draft", "problem"),
    [
        ("Hi all, thanks!", "only greets"),
        ("x" * (MAX_POST_CHARS + 1), "20,001 characters"),
    ],
    ids=["greeting", "long"],
)
def test_what_cannot_be_checked_is_kept_and_explained(
    client: TestClient, draft: str, problem: str
) -> None:
    response = client.post("/check", data={"text": draft})
    assert response.status_code == 422
    assert problem in response.text
    assert draft_in(response.text) == draft
    assert 'aria-describedby="problem"' in response.text


@pytest.mark.parametrize("fields", [{}, {"text": ""}, {"text": " \n"}, {"other": "x"}])
def test_nothing_to_check_leads_to_the_empty_form(
    client: TestClient, fields: dict[str, str]
) -> None:
    response = client.post("/check", data=fields, follow_redirects=False)
    assert response.headers["location"] == "/check"
    assert 'id="outcome"' not in client.get("/check").text


def test_the_book_that_is_meant_is_said_and_kept(client: TestClient) -> None:
    book = client.get("/v1/books").json()["items"][0]
    leads = client.get(f"/books/{book['slug']}").text
    assert f'href="/check?book={book["slug"]}"' in leads
    form = client.get("/check", params={"book": book["slug"]}).text
    assert re.findall(r"<option value=\"([^\"]*)\" selected>", form) == [book["slug"]]
    assert f'href="/books/{book["slug"]}"' in form
    assert "selected" not in client.get("/check").text
    sent = client.post("/check", data={"text": NEW, "book": book["slug"]}, follow_redirects=False)
    asked = parse_qs(urlsplit(sent.headers["location"]).query)
    assert asked == {"text": [NEW], "book": [book["slug"]]}
    assert "Nobody has asked this yet" in client.get(sent.headers["location"]).text


def test_a_book_of_too_long_a_name_is_refused(client: TestClient) -> None:
    assert client.get("/check", params={"book": "x" * 201}).status_code == 422
    sent = client.post("/check", data={"book": "x" * 5_000}, follow_redirects=False)
    assert sent.headers["location"] == f"/check?book={'x' * 200}"


@pytest.mark.parametrize("text", ["", NEW])
def test_a_book_that_the_archive_does_not_have(client: TestClient, text: str) -> None:
    shown = client.get("/check", params={"text": text, "book": "no-such-book"})
    assert shown.status_code == 422
    assert "book or collection" in shown.text
    assert draft_in(shown.text) == text


def test_a_search_in_a_book_leads_to_a_check_for_it(client: TestClient) -> None:
    slug = client.get("/v1/books").json()["items"][0]["slug"]
    text = client.get("/", params={"q": NEW, "book": slug}).text
    links = [unescape(each) for each in re.findall(r'href="(/check\?[^"]+)"', text)]
    assert {"text": [NEW], "book": [slug]} in [parse_qs(urlsplit(each).query) for each in links]


def test_silence_leads_to_a_check_of_the_same_words(client: TestClient) -> None:
    text = client.get("/", params={"q": NEW}).text
    assert "No author has answered this" in text
    assert '<article class="card"' in text
    assert 'class="confidence' not in text
    assert 'href="/check?text=Which+sourdough+starter+do+you+use+at+home%3F"' in text


def test_a_search_that_names_an_author_leads_into_the_book(client: TestClient) -> None:
    book = client.get("/v1/books").json()["items"][0]
    query = f"What does Emmanuel Ameisen say? {ANSWERED}"
    shown = client.get("/", params={"q": query}).text
    (only,) = re.findall(rf'you named <a href="([^"]+)" dir="auto">{book["title"]}</a>', shown)
    assert f"book={book['slug']}" in only
    narrowed = client.get(unescape(only)).text
    assert "the nearest first" in narrowed
    assert "you named" not in narrowed


@pytest.mark.parametrize("address", ["/", "/voices", "/check"])
def test_another_language_is_named(client: TestClient, address: str) -> None:
    asked = "Wie kann ich ein Modell in der Produktion überwachen?"
    text = client.get(address, params={"q": asked, "text": asked}).text
    assert "This looks like German, and the archive is in English: ask in English." in text


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_every_string_is_shown_as_it_was_written(hashed_client: TestClient, text: str) -> None:
    sent = text.encode("utf-8", "replace").decode()
    response = hashed_client.get("/check", params={"text": sent})
    assert response.status_code in {200, 422}
    assert draft_in(response.text).replace("\r\n", "\n") == visible(sent).replace("\r\n", "\n")
    assert not re.search(r"<script(?![^>]*src=\"/static/)", response.text)

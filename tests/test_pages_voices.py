"""What different authors say stands side by side, in their own words."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.pages.markup.inline import visible
from tests.support import build_hashed, write_book
from tests.test_pages_hostile import HOSTILE

LONG = "Embedded sensors do well with a columnar database. " + " ".join(
    f"Sentence number {number:02} says something else entirely." for number in range(30)
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("voices")
    asked = ("Ben Tester", "Hi! Which database suits embedded sensors?")
    for slug, author, said in (
        ("20211122-one", "Ada Lovelace", LONG),
        ("20220103-two", "Grace Hopper", "Any database suits embedded sensors. Start small."),
    ):
        write_book(folder, slug, [(asked, [(author, said)])], authors=[author])
    build_hashed(folder, folder / "bundle")
    with TestClient(create_app(folder / "bundle", watch=False)) as client:
        yield client


def test_each_author_is_quoted_once_with_the_words_marked(client: TestClient) -> None:
    text = client.get("/voices?q=database+for+embedded+sensors").text
    assert sorted(re.findall(r'<li class="card voice" id="v-([\w-]+)"', text)) == [
        "ada-lovelace",
        "grace-hopper",
    ]
    assert "2 authors, the likeliest first" in text
    assert "<mark>Any database suits embedded sensors.</mark> Start small." in text
    assert len(re.findall(r'href="/threads/\w+#m2:~:text=[^"]+">This message', text)) == 2


def test_a_long_answer_is_quoted_in_part_and_whole_on_demand(client: TestClient) -> None:
    text = client.get("/voices?q=database+for+embedded+sensors").text
    card = text[text.index('id="v-ada-lovelace"') :]
    excerpt, whole = card.split('<details class="whole">')[:2]
    assert "number 00" in excerpt
    assert "number 29" not in excerpt
    assert "Whole answer" in whole
    assert "number 29" in whole


def test_more_authors_can_be_asked_for(client: TestClient) -> None:
    text = client.get("/voices?q=database+for+embedded+sensors&top_k=1").text
    assert 'href="/voices?q=database+for+embedded+sensors&amp;top_k=10"' in text


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/voices", 200, "One subject"),
        ("/voices?q=+", 200, "One subject"),
        ("/voices?q=zebras", 200, "No author is near enough to be quoted"),
        ("/voices?q=" + "x" * 1001, 422, "1,001 characters"),
    ],
    ids=["none", "blank", "silence", "long"],
)
def test_without_voices_the_page_says_why(
    client: TestClient, address: str, status: int, words: str
) -> None:
    response = client.get(address)
    assert response.status_code == status
    assert words in response.text


def test_results_and_voices_lead_to_each_other(client: TestClient) -> None:
    assert 'href="/voices?q=embedded+sensors"' in client.get("/?q=embedded+sensors").text
    assert 'href="/?q=embedded+sensors"' in client.get("/voices?q=embedded+sensors").text


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_every_string_is_shown_as_it_was_written(client: TestClient, text: str) -> None:
    sent = text.encode("utf-8", "replace").decode()
    response = client.get("/voices", params={"q": sent})
    assert response.status_code in {200, 422}
    found = re.search(r'<input id="q"[^>]* value="([^"]*)"', response.text, re.DOTALL)
    assert found
    assert unescape(found[1]) == visible(sent)
    assert not re.search(r"<script(?![^>]*src=\"/static/)", response.text)


def test_who_only_names_somebody_is_not_told_that_nobody_speaks(sample_bundle: Path) -> None:
    with TestClient(create_app(sample_bundle, watch=False)) as client:
        shown = client.get("/voices?q=Emmanuel+Ameisen").text
    assert "This names somebody and asks nothing" in shown
    assert "no answer is plainly about this subject" not in shown

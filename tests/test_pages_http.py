import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.pages.headers import CONTENT_SECURITY_POLICY
from search.engine import Engine
from tests.support import THREADS, build_hashed, build_twins, write_book

SLUG = "20211122-a-small-book"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def client(hashed_bundle: Path) -> Iterator[TestClient]:
    app = create_app(hashed_bundle, watch=False)
    with TestClient(app, headers=HTML, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def thread_id(hashed: Engine) -> str:
    return hashed.search("deploy a model").hits[0].thread_id


def shown(response: httpx.Response, status: int = 200) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response.text


PAGES = [
    ("/", 200),
    ("/?q=deploy+a+model", 200),
    (f"/?q=deploy&book={SLUG}&author=ada-lovelace&year=2021&answered=true", 200),
    ("/?q=deploy&year=nonsense", 422),
    ("/?q=deploy&book=nothing", 422),
    ("/?q=" + "x" * 1001, 422),
    ("/fragments/results?q=deploy", 200),
    ("/books", 200),
    (f"/books/{SLUG}", 200),
    ("/books/nothing", 404),
    ("/books?x=%00", 200),
    (f"/books/{SLUG}?cursor=%00", 422),
    ("/authors", 200),
    ("/authors/ada-lovelace", 200),
    ("/authors/nothing", 404),
    ("/threads/nothing", 404),
    ("/threads/nothing.md", 404),
    ("/check", 200),
    ("/check?text=How+do+I+deploy+a+model%3F", 200),
    ("/check?text=Thanks!", 422),
    ("/voices", 200),
    ("/voices?q=deploy+a+model", 200),
    ("/voices?q=" + "x" * 1001, 422),
    ("/topics", 200),
    ("/topics/nothing", 404),
    ("/map", 200),
    ("/static/nothing.css", 404),
    ("/static/..%2f..%2fpyproject.toml", 404),
    ("/nothing", 404),
    ("/docs", 404),
    ("/feedback", 405),
]


@pytest.mark.parametrize(("path", "status"), PAGES, ids=[path[:50] for path, _ in PAGES])
def test_every_page_is_html_with_strict_headers(client: TestClient, path: str, status: int) -> None:
    response = client.get(path)
    text = shown(response, status)
    assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert not re.search(r"<script(?![^>]*(?:src=\"/static/|application/ld\+json))", text)
    assert " style=" not in text
    assert "<style" not in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    "path", ["/v1/search?q=deploy", "/v1/threads/nothing", "/healthz", "/openapi.json", "/v1/x"]
)
def test_the_api_answers_people_as_it_answers_programs(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert "json" in response.headers["content-type"]
    assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("path", ["/nothing", "/threads/nothing", "/books/nothing"])
def test_programs_get_problems(client: TestClient, path: str) -> None:
    response = client.get(path, headers={"Accept": "application/json"})
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["vary"] == "Accept"


def test_an_unexpected_error_is_a_page_without_its_trace(
    hashed_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(Engine, "search", fail)
    app = create_app(hashed_bundle, watch=False)
    with TestClient(app, headers=HTML, raise_server_exceptions=False) as client:
        response = client.get("/?q=x")
    assert "secret" not in shown(response, 500)
    assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_a_result_shows_the_author_and_the_sentence_that_answers(client: TestClient) -> None:
    text = shown(client.get("/", params={"q": "deploy a model without downtime"}))
    card = text[text.index("<article") : text.index("</article>")]
    assert "<mark>Use a shadow deployment first.</mark> Then shift traffic slowly." in card
    assert ">Ada Lovelace</a>" in card
    assert '<span class="role role-author">Author</span>' in card
    assert f'href="/books/{SLUG}"' in card
    assert "22 Nov 2021" in card
    assert "how do I <mark>deploy</mark> a <mark>model</mark>" in card
    assert "#m2" in card


def test_filters_show_counts_and_what_is_chosen(client: TestClient) -> None:
    text = shown(client.get("/", params={"q": "x", "answered": "false"}))
    assert re.search(r'<option value="false" selected>\s*Still open \(1\)', text)
    assert re.search(r'<option value="true">\s*Answered \(3\)', text)
    assert re.search(rf'<option value="{SLUG}">\s*20211122 A Small Book \(1\)', text)
    assert "ada-lovelace" not in text[text.index("<fieldset") : text.index("</fieldset>")]


def test_empty_controls_mean_any(client: TestClient) -> None:
    empty = client.get("/?q=deploy&book=&author=&year=&answered=").text
    assert re.search(r"4 threads", empty)


def test_wrong_filters_keep_the_query_and_say_what_is_wrong(client: TestClient) -> None:
    text = shown(client.get("/?q=deploy&book=20211122-a-smal-book"), 422)
    assert "did you mean" in text
    assert 'value="deploy"' in text
    assert 'href="/?q=deploy"' in text


def test_titles_say_where_one_is(client: TestClient, thread_id: str) -> None:
    def title(path: str) -> str:
        found = re.search(r"<title>(.*?)</title>", client.get(path).text)
        assert found
        return found[1]

    assert title("/?q=deploy") == "deploy · Answers"
    assert title(f"/threads/{thread_id}") == (
        "how do I deploy a model without downtime? · 20211122 A Small Book · Answers"
    )
    assert title(f"/books/{SLUG}") == "20211122 A Small Book · Answers"
    assert title("/authors/ada-lovelace") == "Ada Lovelace · Answers"


def test_a_thread_shows_roles_and_places(client: TestClient, thread_id: str) -> None:
    text = shown(client.get(f"/threads/{thread_id}"))
    for place, role in enumerate(["asker", "author", "asker aside"], start=1):
        assert re.search(rf'<li class="turn {role}" id="m{place}"', text), text
        assert f'href="#m{place}"' in text


def test_a_thread_carries_structured_data(client: TestClient, thread_id: str) -> None:
    text = client.get(f"/threads/{thread_id}").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text)
    assert found
    data = json.loads(found[1])
    assert data["@type"] == "QAPage"
    assert data["mainEntity"]["acceptedAnswer"]["author"]["name"] == "Ada Lovelace"
    assert data["mainEntity"]["answerCount"] == 1


def test_a_thread_as_markdown(client: TestClient, thread_id: str) -> None:
    response = client.get(f"/threads/{thread_id}.md")
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert response.text == (
        "# how do I deploy a model without downtime?\n\n*20211122 A Small Book*\n\n"
        "## Ben Tester (asked)\n\nHi Ada, how do I deploy a model without downtime?\n\n"
        "## Ada Lovelace (author)\n\nUse a shadow deployment first. Then shift traffic slowly.\n\n"
        "## Ben Tester (asked)\n\nThanks a lot!\n\n"
        f"Original: <https://datatalks.club/books/{SLUG}.html>\n"
    )


def test_an_alias_moves_permanently(tmp_path: Path) -> None:
    with TestClient(create_app(build_twins(tmp_path), watch=False)) as client:
        hit = client.get("/v1/search", params={"q": "batch or streaming"}).json()["hits"][0]
        alias = client.get(f"/v1/threads/{hit['thread_id']}").json()["aliases"][0]
        for suffix in ("", ".md"):
            moved = client.get(f"/threads/{alias}{suffix}", follow_redirects=False)
            assert moved.status_code == 308
            assert moved.headers["location"] == f"/threads/{hit['thread_id']}{suffix}"


def test_books_and_authors_lead_to_each_other(client: TestClient, thread_id: str) -> None:
    assert f'href="/books/{SLUG}"' in shown(client.get("/books"))
    book = shown(client.get(f"/books/{SLUG}"))
    assert 'href="/authors/ada-lovelace"' in book
    assert f'href="/threads/{thread_id}"' in book
    assert "3 of 4 questions answered" in book
    author = shown(client.get("/authors/ada-lovelace"))
    assert "Use a shadow deployment first." in author
    assert f'href="/books/{SLUG}"' in author


def test_navigation_lists_pages_that_exist(client: TestClient) -> None:
    text = client.get("/books").text
    assert '<a href="/books" aria-current="page">Books</a>' in text
    for path in re.findall(r'<nav aria-label="Pages">.*?</nav>', text, re.DOTALL):
        for address in re.findall(r'href="([^"]+)"', path):
            assert client.get(address).status_code == 200


def test_pages_answer_head(client: TestClient) -> None:
    response = client.head("/books")
    assert response.status_code == 200
    assert response.text == ""


def test_a_fragment_is_what_the_page_holds(client: TestClient) -> None:
    fragment = client.get("/fragments/results?q=deploy").text
    assert "<html" not in fragment
    assert fragment.strip() in client.get("/?q=deploy").text


def test_assets_may_be_kept_by_version(client: TestClient) -> None:
    page = client.get("/").text
    page += client.get("/map").text + client.get("/check").text
    names = ("answers.css", "browse.css", "tools.css", "map.css", "answers.js", "map.js")
    for name in (*names, "icon.svg"):
        found = re.search(rf'"(/static/{re.escape(name)}\?v=[0-9a-f]{{12}})"', page)
        assert found
        assert "immutable" in client.get(found[1]).headers["cache-control"]
    assert client.get("/static/answers.css").headers["cache-control"] == "no-cache"


def test_machines_are_told(client: TestClient) -> None:
    xml = client.get("/opensearch.xml")
    assert xml.headers["content-type"] == "application/opensearchdescription+xml"
    assert 'template="http://testserver/?q={searchTerms}"' in xml.text
    guide = client.get("/llms.txt").text
    assert 'those in "quotation marks" are looked for as they are' in guide
    for address in re.findall(r"\]\(http://testserver(/[^)]*)\)", guide):
        assert client.get(address).status_code == 200


def test_a_host_header_cannot_write_markup(client: TestClient) -> None:
    xml = client.get("/opensearch.xml", headers={"Host": "x.example"}).text
    assert 'template="http://x.example/?q={searchTerms}"' in xml


def test_without_a_bundle_the_page_says_how_to_build_one(tmp_path: Path) -> None:
    app = create_app(tmp_path / "bundle", watch=False)
    with TestClient(app, headers=HTML) as client:
        for path in ("/", "/books", "/threads/x", "/llms.txt"):
            response = client.get(path)
            assert "answers index SOURCE" in shown(response, 503)
            assert response.headers["retry-after"] == "5"
        assert client.get("/static/answers.css").status_code == 200
        write_book(tmp_path, "book", THREADS)
        build_hashed(tmp_path / "book.md", tmp_path / "bundle")
        assert app.state.service.reload()
        assert "4 questions" in shown(client.get("/"))


def test_an_answer_to_a_further_question_shows_that_question(tmp_path: Path) -> None:
    replies = [
        ("Ada Lovelace", "Use a shadow deployment first."),
        ("Ben Tester", "Thanks! And which database suits embedded sensors?"),
        ("Ada Lovelace", "Embedded sensors do well with a columnar database."),
    ]
    write_book(tmp_path, "book", [(("Ben Tester", "How do I deploy a model?"), replies)])
    build_hashed(tmp_path / "book.md", tmp_path / "bundle")
    with TestClient(create_app(tmp_path / "bundle", watch=False)) as client:
        text = client.get("/?q=columnar+database+for+embedded+sensors").text
        opening = client.get("/?q=how+do+I+deploy+a+model").text
        thread_id = client.app.state.service.engine().store.thread_ids()[0]
        thread = client.get(f"/threads/{thread_id}").text
    assert "Follow-up to: How do I deploy a model?" in text
    assert re.search(rf'class="open" href="/threads/{thread_id}#m4[^"]*">And which ', text)
    assert "Follow-up to" not in opening
    assert re.search(rf'class="open" href="/threads/{thread_id}#m2[^"]*">', opening)
    assert '<li class="turn asker nested" id="m3"' in thread
    assert '<li class="turn author nested" id="m4"' in thread

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from api import openapi
from api.app import create_app
from api.body_limit import MAX_BODY_BYTES
from search.engine import Engine
from search.errors import BundleMismatchError
from search.models import ThreadFilter
from tests.support import THREADS, build_hashed, build_twins, nearly, write_book

SLUG = "20211122-a-small-book"


@pytest.fixture(scope="module")
def client(hashed_bundle: Path) -> Iterator[TestClient]:
    with TestClient(create_app(hashed_bundle, watch=False)) as client:
        yield client


def problem(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert "Traceback" not in response.text
    return str(body["detail"])


def test_search_is_what_the_engine_says(client: TestClient, hashed: Engine) -> None:
    got = client.get("/v1/search", params={"q": "deploy a model", "top_k": 3}).json()
    expected = hashed.search("deploy a model", top_k=3)
    assert [hit["thread_id"] for hit in got["hits"]] == [hit.thread_id for hit in expected.hits]
    assert [hit["score"] for hit in got["hits"]] == [hit.score for hit in expected.hits]
    assert got["hits"][0]["answer"]["speaker"] == "Ada Lovelace"
    assert got["hits"][0]["collection"]["start"] == "2021-11-22"
    assert got["generation"] == expected.generation


@pytest.mark.parametrize("name", ["book", "collection"])
def test_filters(client: TestClient, hashed: Engine, name: str) -> None:
    params = {"q": "deploy", name: SLUG, "answered": "false", "year": 2021}
    got = client.get("/v1/search", params=params).json()
    where = ThreadFilter(collection=SLUG, answered=False, year=2021)
    assert [hit["thread_id"] for hit in got["hits"]] == [
        hit.thread_id for hit in hashed.search("deploy", where=where).hits
    ]
    assert got["hits"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v1/search", 422, "query.q"),
        ("/v1/search?q=", 422, "query.q"),
        ("/v1/search?q=%20", 422, "the query is empty"),
        (f"/v1/search?q={'x' * 1001}", 422, "1000"),
        ("/v1/search?q=x&top_k=0", 422, "query.top_k"),
        ("/v1/search?q=x&top_k=101", 422, "query.top_k"),
        ("/v1/search?q=x&top_k=1e400", 422, "query.top_k"),
        ("/v1/search?q=x&top_k=NaN", 422, "query.top_k"),
        ("/v1/search?q=x&year=99999", 422, "query.year"),
        ("/v1/search?q=x&answered=maybe", 422, "query.answered"),
        ("/v1/search?q=x&book=20211122-a-smal-book", 422, f"did you mean '{SLUG}'"),
        ("/v1/search?q=x&author=ada", 422, "did you mean 'ada-lovelace'"),
        ("/v1/search?q=x&book=a&collection=b", 422, "give one of them"),
        ("/v1/threads/nothing", 404, "no thread 'nothing'"),
        ("/v1/threads/nothing/related", 404, "no thread 'nothing'"),
        ("/v1/books/small", 404, f"did you mean '{SLUG}'"),
        ("/v1/authors/ada", 404, "did you mean 'ada-lovelace'"),
        ("/v1/books?limit=0", 422, "query.limit"),
        ("/v1/books?limit=101", 422, "query.limit"),
        ("/v1/books?cursor=%00", 422, "cursor"),
        ("/v1/books?cursor=bm9wZQ", 422, "cursor"),
        ("/nothing", 404, "Not Found"),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else None,
)
def test_bad_requests_are_problems(client: TestClient, path: str, status: int, words: str) -> None:
    assert words in problem(client.get(path), status)


def test_a_wrong_method_names_the_right_one(client: TestClient) -> None:
    response = client.post("/v1/search")
    problem(response, 405)
    assert response.headers["allow"] == "GET"


def test_bodies_have_a_limit(client: TestClient) -> None:
    big = b"x" * (MAX_BODY_BYTES + 1)
    assert "longer than 65,536 bytes" in problem(client.post("/v1/search", content=big), 413)


def test_threads(client: TestClient, hashed: Engine) -> None:
    hit = hashed.search("deploy a model").hits[0]
    got = client.get(f"/v1/threads/{hit.thread_id}").json()
    assert got["source_refs"] == [f"{SLUG}#0"]
    assert [message["role"] for message in got["messages"]] == ["asker", "author", "asker"]
    assert got["collections"][0]["slug"] == SLUG


def test_an_alias_moves_permanently(tmp_path: Path) -> None:
    with TestClient(create_app(build_twins(tmp_path), watch=False)) as client:
        hit = client.get("/v1/search", params={"q": "batch or streaming"}).json()["hits"][0]
        alias = client.get(f"/v1/threads/{hit['thread_id']}").json()["aliases"][0]
        moved = client.get(f"/v1/threads/{alias}", follow_redirects=False)
        assert moved.status_code == 308
        assert moved.headers["location"] == f"/v1/threads/{hit['thread_id']}"


def test_related_threads_are_others(client: TestClient, hashed: Engine) -> None:
    thread_id = hashed.search("deploy a model").hits[0].thread_id
    got = client.get(f"/v1/threads/{thread_id}/related", params={"top_k": 2}).json()
    assert got["thread_id"] == thread_id
    assert len(got["related"]) == 2
    for each in got["related"]:
        assert each["thread_id"] != thread_id
        assert sum(each["why"].values()) == pytest.approx(each["score"], abs=1e-5)


def test_books_and_authors(client: TestClient) -> None:
    books = client.get("/v1/books").json()
    assert books["total"] == 1
    assert books["items"][0]["n_threads"] == 4
    assert books["items"][0]["n_answered"] == 3
    assert books["items"][0]["authors"] == [{"slug": "ada-lovelace", "name": "Ada Lovelace"}]
    book = client.get(f"/v1/books/{SLUG}").json()
    refs = [thread["source_refs"][0] for thread in book["threads"]]
    assert refs == [f"{SLUG}#{number}" for number in range(4)]
    author = client.get("/v1/authors/ada-lovelace").json()
    assert author["author"]["n_answered"] == author["total"] == 2
    assert client.get("/v1/authors").json()["items"][0]["collections"] == [SLUG]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_repeat_nothing_and_skip_nothing(client: TestClient, limit: int) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = client.get(f"/v1/books/{SLUG}", params=params).json()
        seen += [thread["thread_id"] for thread in page["threads"]]
        assert len(page["threads"]) <= limit
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == page["total"] == 4


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz").json()
    assert (ready["status"], ready["n_threads"], ready["degraded"]) == ("ready", 4, None)


def test_without_a_bundle_it_starts_says_so_and_picks_one_up(tmp_path: Path) -> None:
    app = create_app(tmp_path / "bundle", watch=False)
    with TestClient(app) as client:
        assert client.get("/healthz").status_code == 200
        for path in ("/readyz", "/v1/search?q=x", "/v1/books"):
            response = client.get(path)
            assert "answers index SOURCE" in problem(response, 503)
            assert response.headers["retry-after"] == "5"
        write_book(tmp_path, "book", THREADS)
        build_hashed(tmp_path / "book.md", tmp_path / "bundle")
        assert app.state.service.reload()
        assert client.get("/readyz").status_code == 200


def test_a_damaged_new_generation_keeps_the_old_one(tmp_path: Path) -> None:
    write_book(tmp_path, "book", THREADS[:3])
    first = build_hashed(tmp_path / "book.md", tmp_path / "bundle").generation
    app = create_app(tmp_path / "bundle", watch=False)
    with TestClient(app) as client:
        write_book(tmp_path, "book", THREADS)
        second = build_hashed(tmp_path / "book.md", tmp_path / "bundle").generation
        (tmp_path / "bundle" / "generations" / second / "threads.sqlite").write_bytes(b"")
        app.state.service.reload()
        ready = client.get("/readyz").json()
        assert (ready["status"], ready["generation"]) == ("degraded", first)
        assert "threads.sqlite" in ready["degraded"]
        assert client.get("/v1/search?q=deploy").json()["generation"] == first


def test_an_unexpected_error_is_a_problem_without_its_trace(
    hashed_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(Engine, "search", fail)
    app = create_app(hashed_bundle, watch=False)
    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.get("/v1/search?q=x")
        assert "secret" not in problem(response, 500)


def test_an_engine_that_cannot_answer_is_unavailable(
    hashed_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise BundleMismatchError("gone")

    monkeypatch.setattr(Engine, "search", fail)
    with TestClient(create_app(hashed_bundle, watch=False)) as client:
        assert problem(client.get("/v1/search?q=x"), 503) == "gone"


def test_a_slow_search_does_not_hold_up_health(
    hashed_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, release = threading.Event(), threading.Event()
    original = Engine.search

    def slow(self: Engine, *args: object, **kwargs: object) -> object:
        entered.set()
        assert release.wait(20)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Engine, "search", slow)
    with TestClient(create_app(hashed_bundle, watch=False)) as client:
        got: list[int] = []
        asking = threading.Thread(
            target=lambda: got.append(client.get("/v1/search?q=deploy").status_code)
        )
        asking.start()
        assert entered.wait(20)
        assert client.get("/healthz").status_code == 200
        assert not got
        release.set()
        asking.join(20)
        assert got == [200]


def test_new_generations_are_followed_under_load_without_a_failure(tmp_path: Path) -> None:
    write_book(tmp_path, "book", THREADS)
    build_hashed(tmp_path / "book.md", tmp_path / "bundle")
    app = create_app(tmp_path / "bundle", poll_s=0.02)
    known: dict[str, set[str]] = {}
    answers: list[tuple[int, str, set[str]]] = []
    stop = threading.Event()

    def ask(client: TestClient) -> None:
        while not stop.is_set():
            response = client.get("/v1/search", params={"q": "deploy a model", "top_k": 100})
            body = response.json()
            ids = {hit["thread_id"] for hit in body["hits"]}
            answers.append((response.status_code, body["generation"], ids))

    with TestClient(app) as client:
        askers = [threading.Thread(target=ask, args=(client,)) for _ in range(3)]
        for asker in askers:
            asker.start()
        for number in range(10):
            extra = (("Hal Tester", f"How do I deploy model number {number}?"), [])
            write_book(tmp_path, "book", [*THREADS, extra])
            name = build_hashed(tmp_path / "book.md", tmp_path / "bundle").generation
            deadline = time.monotonic() + 20
            while client.get("/readyz").json()["generation"] != name:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            known[name] = {
                thread.thread_id for thread in app.state.service.engine().store.iter_threads()
            }
        stop.set()
        for asker in askers:
            asker.join()
    assert {status for status, _, _ in answers} == {200}
    assert len({generation for _, generation, _ in answers}) > 5
    for _, generation, ids in answers:
        assert ids <= known.get(generation, ids)


def test_the_committed_document_is_the_served_one(hashed_bundle: Path) -> None:
    document = create_app(hashed_bundle).openapi()
    assert document["openapi"].startswith("3.1")
    committed = openapi.DOCUMENT.read_text("utf-8")
    assert committed == openapi.render(document), "run `make openapi`"


def test_the_committed_example_is_a_real_answer(sample_bundle: Path) -> None:
    example = openapi.search_example()
    answered = json.loads(openapi.render(openapi.example_of(sample_bundle)))
    assert answered == nearly(example), "run `make openapi`"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/books?cursor=" + "a" * 16_400, {}, 414),
        ("/v1/books/" + "a" * 16_400, {}, 414),
        ("/v1/books", {f"X-{n}": "y" for n in range(101)}, 431),
        ("/v1/books", {"X-Long": "y" * 16_400}, 431),
        ("/v1/search?q=" + "%F0%9F%8E%89" * 1_000, {}, 200),
        ("/v1/books", {f"X-{n}": "y" * 100 for n in range(80)}, 200),
    ],
    ids=["query", "path", "many", "long", "longest query", "many enough"],
)
def test_addresses_and_headers_have_an_end(
    client: TestClient, path: str, headers: dict[str, str], status: int
) -> None:
    response = client.get(path, headers=headers)
    assert response.status_code == status
    if status != 200:
        assert response.headers["connection"] == "close"
        problem(response, status)


def test_operation_ids_are_set_by_hand(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    ids = {
        route: operation["operationId"]
        for route, each in paths.items()
        for operation in each.values()
    }
    assert ids == {
        "/v1/check": "check",
        "/v1/search": "search",
        "/v1/voices": "getVoices",
        "/v1/topics": "listTopics",
        "/v1/topics/{topic_id}": "getTopic",
        "/v1/map": "getMap",
        "/v1/threads/{thread_id}": "getThread",
        "/v1/threads/{thread_id}/related": "getRelatedThreads",
        "/v1/books": "listBooks",
        "/v1/books/{slug}": "getBook",
        "/v1/books/{slug}/topics": "getBookTopics",
        "/v1/authors": "listAuthors",
        "/v1/authors/{slug}": "getAuthor",
        "/v1/authors/{slug}/topics": "getAuthorTopics",
        "/healthz": "getHealth",
        "/metrics": "getMetrics",
        "/readyz": "getReadiness",
    }

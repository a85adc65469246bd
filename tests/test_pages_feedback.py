import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.feedback import Feedback, FeedbackStore, Verdict, export
from api.rate_limit import RateLimit
from search.errors import NotFoundError, StorageError
from search.evaluation.collections import read_collection
from tests.support import THREADS, build_hashed, write_book


def said(query: str, ref: str, verdict: Verdict) -> Feedback:
    return Feedback(query, f"id of {ref}", ref, verdict, "1-abc")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    write_book(tmp_path, "book", THREADS)
    build_hashed(tmp_path / "book.md", tmp_path / "bundle")
    with TestClient(create_app(tmp_path / "bundle", watch=False)) as client:
        yield client


def form(client: TestClient, **changes: str) -> dict[str, str]:
    hit = client.get("/v1/search", params={"q": "deploy a model"}).json()["hits"][0]
    fields = {"q": "deploy a model", "answered": hit["thread_id"], "next": "/?q=deploy+a+model"}
    return {name: value for name, value in (fields | changes).items() if value != "left out"}


def test_judgements_follow_the_majority(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "feedback.sqlite")
    for verdict in (Verdict.ANSWERED, Verdict.ANSWERED, Verdict.NOT_IT):
        store.add(said("  deploy \n a model ", "book#0", verdict))
    store.add(said("deploy a model", "book#1", Verdict.NOT_IT))
    assert store.judgements() == [("deploy a model", "book#0", 2), ("deploy a model", "book#1", 0)]


def test_an_export_is_a_test_collection(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "feedback.sqlite")
    store.add(said("deploy a model", "book#0", Verdict.ANSWERED))
    store.add(said("deploy a model", "book#1", Verdict.NOT_IT))
    store.add(said("nobody liked this", "book#1", Verdict.NOT_IT))
    assert export(store, tmp_path / "judged") == 1
    collection = read_collection(tmp_path / "judged")
    (query,) = collection.queries
    assert (query.query, query.type) == ("deploy a model", "feedback")
    assert collection.qrels[query.qid] == {"book#0": 2, "book#1": 0}


def test_no_feedback_yet_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no feedback yet"):
        FeedbackStore(tmp_path / "feedback.sqlite").judgements()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "missing" / "feedback.sqlite")
    with pytest.raises(StorageError, match=r"feedback\.sqlite"):
        store.add(said("x", "book#0", Verdict.ANSWERED))


def test_many_readers_at_once_lose_nothing(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "feedback.sqlite")
    readers = [
        threading.Thread(target=store.add, args=(said(f"q{number}", "book#0", Verdict.ANSWERED),))
        for number in range(20)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(store.judgements()) == 20


def test_the_rate_is_limited_by_key_and_recovers() -> None:
    now = [0.0]
    limit = RateLimit(2, per_s=60, most_keys=2, clock=lambda: now[0])
    assert [limit.allows("a") for _ in range(3)] == [True, True, False]
    assert limit.allows("b")
    now[0] = 61.0
    assert limit.allows("a")


def test_without_script_a_verdict_returns_to_the_results(client: TestClient) -> None:
    fields = form(client)
    response = client.post("/feedback", data=fields, follow_redirects=False)
    assert response.status_code == 303
    thread_id = fields["answered"]
    assert response.headers["location"] == f"/?q=deploy+a+model&noted={thread_id}#t-{thread_id}"
    page = client.get(response.headers["location"].partition("#")[0])
    assert "Noted, thank you." in page.text


def test_nothing_personal_is_kept(client: TestClient) -> None:
    headers = {"Accept": "application/json", "User-Agent": "somebody"}
    assert client.post("/feedback", data=form(client), headers=headers).status_code == 204
    path = client.app.state.feedback.path
    connection = sqlite3.connect(path)
    (row,) = connection.execute("SELECT * FROM verdicts").fetchall()
    connection.close()
    assert row[1:] == (
        "deploy a model",
        form(client)["answered"],
        "book#0",
        "answered",
        client.get("/readyz").json()["generation"],
    )
    assert len(row[0]) == len("2021-11-22")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"answered": "left out"}, 422),
        ({"not-it": "x"}, 422),
        ({"q": " "}, 422),
        ({"q": "x" * 1001}, 422),
        ({"answered": "nothing"}, 404),
        ({f"field{number}": "" for number in range(20)}, 422),
    ],
    ids=["none", "both", "blank", "long", "thread", "fields"],
)
def test_bad_forms_are_refused(client: TestClient, changes: dict[str, str], status: int) -> None:
    assert client.post("/feedback", data=form(client, **changes)).status_code == status
    assert not client.app.state.feedback.path.exists()


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}],
    ids=["fetch", "origin"],
)
def test_other_sites_cannot_judge(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/feedback", data=form(client), headers=headers).status_code == 403


@pytest.mark.parametrize("address", ["https://evil.example", "//evil.example", "/\r\nX: 1", "/v1"])
def test_it_only_returns_to_the_search(client: TestClient, address: str) -> None:
    response = client.post("/feedback", data=form(client, next=address), follow_redirects=False)
    assert response.headers["location"].startswith("/?q=&noted=")


def test_a_flood_is_stopped(client: TestClient) -> None:
    fields = form(client)
    statuses = [
        client.post("/feedback", data=fields, follow_redirects=False).status_code for _ in range(31)
    ]
    assert statuses == [303] * 30 + [429]

"""One JSON line a request, without what was asked, and nothing in it that a client can forge."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.logs import REQUEST_ID, JsonFormatter, log_as_json
from search.engine import Engine
from tests.support import THREADS, build_hashed, write_book

HOSTILE = [
    'deploy\r\n{"forged": true}',
    "deploy\x1b[2J\x1b]0;owned\x07",
    "deploy\u2028forged\u2029forged\x85forged",
    "deploy\x00\x7f\x9b31m",
    "deploy\u202eforged\u2066",
    "%s %d %(message)s {0} ${jndi:x}",
    "deploy \U0001f389",
]


@pytest.fixture
def client(hashed_bundle: Path) -> Iterator[TestClient]:
    with TestClient(create_app(hashed_bundle, watch=False)) as client:
        yield client


def lines_of(caplog: pytest.LogCaptureFixture, name: str = "answers.access") -> list[str]:
    formatter = JsonFormatter()
    return [formatter.format(record) for record in caplog.records if record.name == name]


def test_a_request_is_one_line_without_what_was_asked(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    response = client.get("/v1/search?q=a+private+matter", headers={REQUEST_ID: "abc-1"})
    client.get("/v1/threads/a-private-matter")
    client.get("/a-private-matter")
    found, missing, unknown = map(json.loads, lines_of(caplog))
    assert found["ms"] > 0
    for key, value in {
        "level": "info", "message": "request", "request_id": "abc-1", "method": "GET",
        "route": "/v1/search", "status": 200, "client": "testclient",
    }.items():  # fmt: skip
        assert found[key] == value
    assert (missing["route"], missing["status"]) == ("/v1/threads/{thread_id}", 404)
    assert (unknown["route"], unknown["status"]) == ("(none)", 404)
    assert "private" not in "".join(lines_of(caplog))
    assert response.headers[REQUEST_ID] == "abc-1"


@pytest.mark.parametrize(
    "given", ["", "x" * 65, "a b", "a\tb", "é", '"}', "a\x1b[2J"], ids=lambda given: repr(given)[:9]
)
def test_an_id_that_could_do_harm_is_replaced(client: TestClient, given: str) -> None:
    got = client.get("/healthz", headers={REQUEST_ID.encode(): given.encode("latin-1")})
    assert got.headers[REQUEST_ID] != given
    assert got.headers[REQUEST_ID].isalnum()


@pytest.mark.parametrize("query", HOSTILE, ids=repr)
def test_nothing_that_is_asked_can_forge_a_line(
    hashed_bundle: Path, caplog: pytest.LogCaptureFixture, query: str
) -> None:
    caplog.set_level(logging.INFO)
    app = create_app(hashed_bundle, watch=False, log_queries=True)
    with TestClient(app) as client:
        client.get("/v1/search", params={"q": query})
        client.get(f"/v1/threads/{quote(query, safe='')}")
        client.get("/v1/search", params={"q": "deploy", "book": query})
    lines = lines_of(caplog)
    assert len(lines) == 3
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert json.loads(lines[0])["query"] == query


def test_a_failure_is_logged_with_its_trace_on_the_same_line(
    hashed_bundle: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("cause")

    monkeypatch.setattr(Engine, "search", fail)
    app = create_app(hashed_bundle, watch=False)
    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.get("/v1/search?q=x")
        metrics = client.get("/metrics").text
    assert response.status_code == 500
    (line,) = lines_of(caplog, "answers.http")
    assert "ZeroDivisionError: cause" in json.loads(line)["exception"]
    labels = 'method="GET",route="/v1/search",status="500"'
    assert f"answers_request_seconds_count{{{labels}}} 1.0" in metrics


def test_logs_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    root, answers = logging.getLogger(), logging.getLogger("answers")
    handlers, levels = root.handlers[:], (root.level, answers.level)
    try:
        log_as_json()
        logging.getLogger("answers.service").info("serving %s", "1-abc")
        logging.getLogger("library").info("not shown")
        logging.getLogger("library").warning("shown")
    finally:
        root.handlers[:] = handlers
        root.setLevel(levels[0])
        answers.setLevel(levels[1])
    captured = capsys.readouterr()
    assert captured.out == ""
    said = [json.loads(line) for line in captured.err.splitlines()]
    assert [line["message"] for line in said] == ["serving 1-abc", "shown"]


def test_measurements_name_routes_stages_and_the_generation(client: TestClient) -> None:
    generation = client.get("/v1/search?q=deploy").json()["generation"]
    client.get("/v1/threads/private-id")
    client.request("PROPFIND", "/v1/search")
    response = client.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = response.text
    for line in (
        'answers_request_seconds_count{method="GET",route="/v1/search",status="200"} 1.0',
        'answers_request_seconds_count{method="GET",route="/v1/threads/{thread_id}",'
        'status="404"} 1.0',
        'answers_request_seconds_count{method="(none)",route="/v1/search",status="405"} 1.0',
        f'answers_generation_info{{generation="{generation}"}} 1.0',
        "answers_threads 4.0",
        "answers_degraded 0.0",
        "answers_reload_failures_total 0.0",
        "answers_shed_total 0.0",
        *(f'answers_stage_seconds_count{{stage="{stage}"}} 1.0'
          for stage in ("read", "embed", "rank", "late", "judge", "show")),
    ):  # fmt: skip
        assert line in text.splitlines()
    assert "private" not in text


def test_a_generation_that_cannot_be_opened_is_counted_once_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_book(tmp_path, "book", THREADS)
    build_hashed(tmp_path / "book.md", tmp_path / "bundle")
    app = create_app(tmp_path / "bundle", watch=False)
    with TestClient(app) as client:
        before = client.get("/readyz").json()
        write_book(tmp_path, "book", THREADS[:3])
        name = build_hashed(tmp_path / "book.md", tmp_path / "bundle", force=True).generation
        (tmp_path / "bundle" / "generations" / name / "threads.sqlite").write_bytes(b"damaged")
        for _ in range(3):
            app.state.service.reload()
        ready = client.get("/readyz")
        metrics = client.get("/metrics").text.splitlines()
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert ready.json()["generation"] == before["generation"]
    assert "threads.sqlite" in ready.json()["degraded"]
    assert "answers_reload_failures_total 1.0" in metrics
    assert "answers_degraded 1.0" in metrics
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1

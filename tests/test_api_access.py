"""Who is let in, under which name, from which site, and how often."""

import base64
import hashlib
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api import keys
from api.app import create_app
from api.cli import main
from api.guard import LOOPBACK, Guard
from api.keys import digest_of, make_key
from api.pages.headers import SECURITY_HEADERS
from search.config import Settings, load_settings
from search.errors import InvalidQueryError

KEY, OTHER_KEY = make_key(), make_key()
ROUTES = ("/v1/search?q=deploy", "/v1/books", "/", "/?q=deploy", "/metrics", "/openapi.json")


@contextmanager
def client_of(bundle: Path, **guard: object) -> Iterator[TestClient]:
    app = create_app(bundle, watch=False, guard=Guard(**guard))  # type: ignore[arg-type]
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def locked(hashed_bundle: Path) -> Iterator[TestClient]:
    with client_of(hashed_bundle, api_keys=(digest_of(OTHER_KEY), digest_of(KEY))) as client:
        yield client


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"anybody:{password}".encode()).decode()


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"bearer  {OTHER_KEY} "},
        {"X-API-Key": KEY},
        {"Authorization": basic(KEY)},
    ],
    ids=["bearer", "other", "header", "basic"],
)
def test_a_key_opens_every_route(locked: TestClient, path: str, headers: dict[str, str]) -> None:
    assert locked.get(path, headers=headers).status_code == 200


@pytest.mark.parametrize("path", [*ROUTES, "/nothing", "/static/answers.css", "/v1/threads/x"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {KEY[:-1]}"},
        {"Authorization": f"Bearer {digest_of(KEY)}"},
        {"Authorization": KEY},
        {"Authorization": "Basic !!!"},
        {"Authorization": basic("wrong")},
        {"X-API-Key": ""},
        {"X-API-Key": "\xff\x80"},
    ],
    ids=["none", "blank", "short", "digest", "bare", "not base64", "password", "empty", "bytes"],
)
def test_nothing_else_does(locked: TestClient, path: str, headers: dict[str, str]) -> None:
    response = locked.get(path, headers={k: v.encode("latin-1") for k, v in headers.items()})
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"].startswith("Bearer ")
    assert "a key is needed" in response.json()["detail"]
    assert KEY not in response.text


def test_health_needs_no_key(locked: TestClient) -> None:
    assert locked.get("/healthz").status_code == 200
    assert locked.get("/readyz").status_code == 200


def test_keys_are_compared_in_constant_time_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def spy(one: str, other: str) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(keys.hmac, "compare_digest", spy)
    digests = [digest_of(KEY), digest_of(OTHER_KEY), "0" * 64]
    for key in (KEY, OTHER_KEY, "wrong"):
        compared.clear()
        keys.owner_of(key, digests)
        assert compared == [(digest_of(key), digest) for digest in digests]


def test_a_key_is_nowhere_to_be_read(hashed_bundle: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with client_of(hashed_bundle, api_keys=(digest_of(KEY),)) as client:
        headers = {"Authorization": f"Bearer {KEY}"}
        seen = [client.get(path, headers=headers).text for path in (*ROUTES, "/nothing")]
    logged = [str(vars(record)) for record in caplog.records]
    assert not [text for text in (*seen, *logged) if KEY in text or digest_of(KEY) in text]


def test_the_command_makes_keys(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for _ in range(2):
        assert main(["key"]) == 0
        (_, key), (_, digest) = map(str.split, capsys.readouterr().out.splitlines())
        assert digest == hashlib.sha256(key.encode()).hexdigest()
        assert len(key) > 43
        printed.append(key)
    assert printed[0] != printed[1]


@pytest.mark.parametrize("value", ["secret", "A" * 64, "0" * 63, KEY])
def test_only_digests_are_settings(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERS_API_KEYS", json.dumps([value]))
    with pytest.raises(InvalidQueryError, match="api_keys") as caught:
        load_settings()
    assert value not in str(caught.value)


def test_a_client_may_ask_so_often_a_minute(hashed_bundle: Path) -> None:
    with client_of(hashed_bundle, rate_limit=5) as client:
        got = [client.get("/v1/books") for _ in range(8)]
        assert [each.status_code for each in got] == [200] * 5 + [429] * 3
        assert got[-1].headers["retry-after"] == "60"
        assert got[-1].headers["content-type"] == "application/problem+json"
        assert client.get("/healthz").status_code == 200
        assert "answers_rate_limited_total" not in client.get("/metrics").text


def test_each_key_has_its_own_rate_and_guessing_has_one(hashed_bundle: Path) -> None:
    allowed = (digest_of(KEY), digest_of(OTHER_KEY))
    with client_of(hashed_bundle, rate_limit=3, api_keys=allowed) as client:

        def ask(key: str) -> int:
            return client.get("/v1/books", headers={"X-API-Key": key}).status_code

        assert [ask(f"guess{n}") for n in range(5)] == [401] * 3 + [429] * 2
        assert [ask(KEY) for _ in range(4)] == [200] * 3 + [429]
        assert [ask(OTHER_KEY) for _ in range(4)] == [200] * 3 + [429]


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_no_other_site_may_read_by_default(hashed_bundle: Path, method: str) -> None:
    headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    with client_of(hashed_bundle) as client:
        response = client.request(method, "/v1/books", headers=headers)
    assert not [name for name in response.headers if name.startswith("access-control-")]


def test_a_named_site_may_read_and_others_may_not(hashed_bundle: Path) -> None:
    site = "https://example.org"
    options = {"cors_origins": (site,), "api_keys": (digest_of(KEY),)}
    with client_of(hashed_bundle, **options) as client:
        ask = {"Origin": site, "Access-Control-Request-Method": "GET"}
        ask["Access-Control-Request-Headers"] = "Authorization"
        assert client.options("/v1/books", headers=ask).status_code == 200
        for origin, allowed in ((site, site), ("https://evil.example", None)):
            headers = {"Origin": origin, "Authorization": f"Bearer {KEY}"}
            response = client.get("/v1/books", headers=headers)
            assert response.headers.get("access-control-allow-origin") == allowed
            assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST"]
)
def test_a_local_server_answers_to_local_names(hashed_bundle: Path, host: str) -> None:
    with client_of(hashed_bundle, allowed_hosts=LOOPBACK) as client:
        assert client.get("/v1/books", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "a b", "[::2]"]
)
def test_and_to_no_others(hashed_bundle: Path, host: str) -> None:
    with client_of(hashed_bundle, allowed_hosts=LOOPBACK) as client:
        for path in ("/v1/books", "/", "/healthz", "/metrics"):
            response = client.get(path, headers={"Host": host})
            assert response.status_code == 400
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Content-Type"] == "application/problem+json"
            assert "allowed_hosts" in response.json()["detail"]


@pytest.mark.parametrize(
    ("allowed", "host", "status"),
    [
        ("*", "any.example", 200),
        ("*.example.org", "a.Example.org:443", 200),
        ("*.example.org", "a.b.example.org", 200),
        ("*.example.org", "example.org", 400),
        ("*.example.org", "evilexample.org", 400),
        ("[::1]", "[::1]", 200),
        ("[::1]", "[::1", 400),
        ("a.example", "a.example.", 400),
    ],
)
def test_names_below_a_name(hashed_bundle: Path, allowed: str, host: str, status: int) -> None:
    with client_of(hashed_bundle, allowed_hosts=(allowed,)) as client:
        assert client.get("/v1/books", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("host", "given", "expected"),
    [
        ("127.0.0.1", (), LOOPBACK),
        ("::1", (), LOOPBACK),
        ("localhost", (), LOOPBACK),
        ("0.0.0.0", (), ()),
        ("127.0.0.1", ("answers.example",), ("answers.example",)),
        ("0.0.0.0", ("*.example.org", "[::1]"), ("*.example.org", "[::1]")),
    ],
)
def test_names_follow_the_address(
    host: str, given: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert Guard.of(Settings(allowed_hosts=given), host=host).allowed_hosts == expected


@pytest.mark.parametrize(
    "setting",
    [
        {"allowed_hosts": ("a/b",)},
        {"allowed_hosts": ("a.*",)},
        {"rate_limit": -1},
        {"max_concurrent": 0},
        {"request_s": 0},
    ],
)
def test_wrong_settings_are_refused(setting: dict[str, object]) -> None:
    with pytest.raises(InvalidQueryError, match=next(iter(setting))):
        load_settings(**setting)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/search?q=deploy", 200),
        ("GET", "/v1/search", 422),
        ("GET", "/v1/threads/nothing", 404),
        ("GET", "/nothing", 404),
        ("DELETE", "/v1/search", 405),
        ("POST", "/feedback", 422),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/static/answers.css", 200),
        ("GET", "/static/nothing", 404),
        ("GET", "/", 200),
        ("GET", "/books", 200),
    ],
)
def test_security_headers_are_on_every_response(
    hashed_bundle: Path, method: str, path: str, status: int
) -> None:
    with client_of(hashed_bundle) as client:
        for accept in ("application/json", "text/html"):
            response = client.request(method, path, headers={"Accept": accept})
            assert response.status_code == status
            for name, value in SECURITY_HEADERS.items():
                assert response.headers[name] == value


@pytest.mark.parametrize(
    ("guard", "status"),
    [
        ({"api_keys": (digest_of(KEY),)}, 401),
        ({"rate_limit": 1}, 429),
        ({"allowed_hosts": ("other.example",)}, 400),
        ({"request_s": 1e-9}, 504),
    ],
    ids=["key", "rate", "host", "late"],
)
def test_and_on_every_refusal(hashed_bundle: Path, guard: dict[str, object], status: int) -> None:
    with client_of(hashed_bundle, **guard) as client:
        client.get("/v1/books")
        response = client.get("/v1/search?q=deploy")
        assert response.status_code == status
        for name, value in SECURITY_HEADERS.items():
            assert response.headers[name] == value
        assert response.headers["X-Request-ID"]

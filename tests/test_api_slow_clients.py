"""Clients that are slow are dropped, and meanwhile everybody else is served.

The limits are lowered so that the test is short; nothing is asserted about how long things take.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from api.pages.headers import SECURITY_HEADERS
from api.timeouts import TimedProtocol

LIMIT_S = 0.5
PATIENCE_S = 20.0
MUCH = b"x" * 20_000_000
HALF_HEADERS = b"GET / HTTP/1.1\r\nHost: test\r\n"
HALF_BODY = b"POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n12345"


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        return
    body = await Request(scope, receive).body() if scope["path"] == "/body" else b""
    response: Response = PlainTextResponse(MUCH if scope["path"] == "/much" else b"ok" + body)
    await response(scope, receive, send)


class Hasty(TimedProtocol):
    header_s = LIMIT_S
    body_s = LIMIT_S
    write_s = LIMIT_S


@contextmanager
def server(protocol: type[TimedProtocol] = Hasty) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            application, http=protocol, lifespan="off", log_config=None, timeout_keep_alive=60
        )
        running = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(running.serve([listener])))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            running.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with server() as port:
        yield port


def connect(port: int, said: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    connection.sendall(said)
    return connection


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while chunk := connection.recv(65_536):
        received += chunk
    return received


@pytest.mark.parametrize(
    "said", [b"", b"GET", HALF_HEADERS, HALF_BODY], ids=["nothing", "word", "headers", "body"]
)
def test_a_client_that_stops_is_told_and_dropped(port: int, said: bytes) -> None:
    with connect(port, said) as connection:
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"connection: close" in head.lower()
    assert b"application/problem+json" in head
    assert b"did not come in time" in body
    for name, value in SECURITY_HEADERS.items():
        assert f"{name}: {value}".lower().encode() in head.lower()


@pytest.mark.parametrize("said", [HALF_HEADERS, HALF_BODY], ids=["headers", "body"])
def test_single_bytes_now_and_then_do_not_help(port: int, said: bytes) -> None:
    with connect(port, said) as connection:
        connection.settimeout(LIMIT_S / 10)
        received = None
        for _ in range(int(PATIENCE_S / LIMIT_S * 10)):
            try:
                connection.sendall(b"x" if said is HALF_HEADERS else b"")
                received = connection.recv(100)
                break
            except TimeoutError:
                continue
            except OSError:
                received = b""
                break
    assert received is not None


def test_a_client_that_does_not_read_is_dropped(port: int) -> None:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.settimeout(PATIENCE_S)
    connection.connect(("127.0.0.1", port))
    with connection:
        connection.sendall(b"GET /much HTTP/1.1\r\nHost: test\r\n\r\n")
        threading.Event().wait(4 * LIMIT_S)
        try:
            received = len(read_all(connection))
        except ConnectionResetError:
            received = 0
    assert received < len(MUCH)


def test_idle_connections_are_kept(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.get("/").text == "ok"
        stream = client._transport._pool.connections[0]._connection._network_stream  # type: ignore[attr-defined]
        threading.Event().wait(3 * LIMIT_S)
        assert client.post("/body", content=b"!").text == "ok!"
        assert client._transport._pool.connections[0]._connection._network_stream is stream  # type: ignore[attr-defined]


def test_others_are_served_meanwhile(port: int) -> None:
    with ExitStack() as stack, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        held = [
            stack.enter_context(connect(port, said))
            for said in [HALF_HEADERS] * 150 + [HALF_BODY] * 50
        ]
        assert [client.get("/").status_code for _ in range(50)] == [200] * 50
        assert {read_all(connection)[:12] for connection in held} == {b"HTTP/1.1 408"}
        assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "said",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET /" + b"a" * 2_000_000 + b" HTTP/1.1\r\nHost: test\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST /body HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"GET / HTTP/1.1\r\nHost: test\r\nA: b\rc\r\n\r\n",
    ],
    ids=["bytes", "long URL", "many headers", "hosts", "chunk", "lengths", "CR"],
)
def test_what_is_not_http_is_told_as_every_error(port: int, said: bytes) -> None:
    with connect(port) as connection:
        try:
            connection.sendall(said)
            received = read_all(connection)
        except ConnectionResetError:
            received = b"HTTP/1.1 400 Bad Request\r\n"
    assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    with httpx.Client() as client:
        assert client.get(f"http://127.0.0.1:{port}/").status_code == 200


def test_answers_are_sent_at_once() -> None:
    seen: list[int] = []

    class Noted(Hasty):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            connection = transport.get_extra_info("socket")
            seen.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    with server(Noted) as port, httpx.Client() as client:
        assert client.get(f"http://127.0.0.1:{port}/").text == "ok"
    assert seen
    assert all(seen)


def test_too_many_connections_are_refused() -> None:
    class Small(Hasty):
        header_s = PATIENCE_S
        max_connections = 5

    with server(Small) as port, ExitStack() as stack:
        held = [stack.enter_context(connect(port)) for _ in range(5)]
        for _ in range(10):
            with connect(port) as refused:
                assert read_all(refused).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        for connection in held:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
            assert read_all(connection).startswith(b"HTTP/1.1 200 OK\r\n")
        with connect(port, b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n") as free:
            assert read_all(free).startswith(b"HTTP/1.1 200 OK\r\n")

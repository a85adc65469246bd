"""The real server under load, oversize, hostile bytes and orders to stop."""

import asyncio
import http.client
import os
import random
import re
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import fmean
from urllib.parse import urlsplit

import httpx
import pytest

from tests.needs import limit_s
from tests.support import THREADS, build_hashed, running_server, write_book

SEED = 20261124
WARM_UP = 300
FUZZED = "mutated requests without a failure of the server"
Recorder = Callable[[str, object], None]
PATIENCE_S = 60.0
SLOW_SEARCH = """
import time
from search.engine import Engine
original = Engine.search
def search(self, query, **options):
    time.sleep(float(query.split()[0]))
    return original(self, query, **options)
Engine.search = search
"""
HASTY = """
from api.timeouts import TimedProtocol
TimedProtocol.header_s = TimedProtocol.body_s = 0.5
"""
SHORT_DRAIN = "import api.server; api.server.DRAIN_S = 1"
SOAK_S = float(os.environ.get("ANSWERS_SOAK_S", "300"))
LOAD_S = float(os.environ.get("ANSWERS_LOAD_S", "60"))


@contextmanager
def serving(bundle: Path, *options: str, prelude: str = "") -> Iterator["Server"]:
    with running_server(bundle, *options, prelude=prelude) as (address, process):
        yield Server(address, process.pid)


class Server:
    """A running server, as seen from outside."""

    def __init__(self, address: str, pid: int) -> None:
        self.address = address
        self.pid = pid
        self.place = (str(urlsplit(address).hostname), int(urlsplit(address).port or 0))

    def connect(self) -> socket.socket:
        return socket.create_connection(self.place, timeout=PATIENCE_S)

    def measured(self, name: str) -> float:
        text = httpx.get(f"{self.address}/metrics").text
        found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
        assert found is not None, name
        return float(found[1])

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024

    def n_files(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))  # noqa: PTH208

    def ask(self, query: str = "deploy a model") -> int:
        got = httpx.get(f"{self.address}/v1/search", params={"q": query}, timeout=PATIENCE_S)
        return got.status_code


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + limit_s(PATIENCE_S)
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def server(hashed_bundle: Path) -> Iterator[Server]:
    with serving(hashed_bundle, "--no-watch", prelude=HASTY) as server:
        yield server


def test_requests_under_way_are_answered_before_the_server_leaves(hashed_bundle: Path) -> None:
    with (
        running_server(hashed_bundle, "--no-watch", prelude=SLOW_SEARCH) as (address, process),
        ThreadPoolExecutor(20) as pool,
    ):
        server = Server(address, process.pid)
        idle = server.connect()
        asked = [pool.submit(server.ask, "1.5 deploy") for _ in range(20)]
        until(lambda: server.measured("answers_in_flight") == 20)
        process.send_signal(signal.SIGTERM)
        assert [each.result() for each in asked] == [200] * 20
        assert process.wait(limit_s(PATIENCE_S)) in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
        assert idle.recv(1) == b""
        idle.close()
        with pytest.raises(ConnectionRefusedError):
            server.connect()


def test_a_stuck_request_does_not_keep_the_server(hashed_bundle: Path) -> None:
    with (
        running_server(
            hashed_bundle,
            "--no-watch",
            prelude=SLOW_SEARCH + SHORT_DRAIN,
        ) as (address, process),
        ThreadPoolExecutor(1) as pool,
    ):
        server = Server(address, process.pid)
        stuck = pool.submit(server.ask, "300 deploy")
        until(lambda: server.measured("answers_in_flight") == 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(limit_s(PATIENCE_S)) == 128 + signal.SIGTERM
        assert isinstance(stuck.exception(), httpx.HTTPError) or stuck.result() >= 500


def test_an_answer_that_takes_too_long_is_given_up_and_others_go_on(
    hashed_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERS_REQUEST_S", "0.5")
    monkeypatch.setenv("ANSWERS_MAX_CONCURRENT", "8")
    with (
        serving(hashed_bundle, "--no-watch", prelude=SLOW_SEARCH) as server,
        ThreadPoolExecutor(8) as pool,
    ):
        late = [pool.submit(server.ask, "3 deploy") for _ in range(6)]
        assert [each.result() for each in late] == [504] * 6
        assert server.ask("0 deploy") == 200
        assert server.measured("answers_timed_out_total") == 6
        until(lambda: server.measured("answers_in_flight") == 0)
        assert server.ask("0 deploy") == 200


async def ask_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> int:
    """Ask on an open connection; return the status once the whole answer is here."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = re.search(r"^content-length: (\d+)\r$", head, re.MULTILINE)
    assert length is not None
    await reader.readexactly(int(length[1]))
    status = int(head.split()[1])
    assert status != 503 or "retry-after: " in head
    return status


async def crowd(server: Server, n_clients: int, *, seconds: float = 0.0) -> Counter[object]:
    """Let many clients ask at once, each on its own connection; count what they get."""
    ends = time.monotonic() + seconds
    got: Counter[object] = Counter()

    async def ask() -> None:
        try:
            reader, writer = await asyncio.open_connection(*server.place)
            while True:
                status = await ask_once(reader, writer, "/v1/search?q=deploy+a+model&top_k=1")
                got[status] += 1
                if time.monotonic() >= ends:
                    break
                await asyncio.sleep(0.5 if status == 503 else 0)
            writer.close()
        except (OSError, EOFError) as exc:
            got[repr(exc)] += 1

    await asyncio.gather(*(ask() for _ in range(n_clients)))
    return got


def test_a_crowd_is_answered_or_told_to_come_back(
    hashed_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERS_MAX_CONCURRENT", "2")
    prelude = SLOW_SEARCH.replace("float(query.split()[0])", "0.02")
    with serving(hashed_bundle, "--no-watch", prelude=prelude) as server:
        got = asyncio.run(crowd(server, 200))
        assert set(got) == {200, 503}
        assert got.total() == 200
        assert server.measured("answers_shed_total") == got[503]
        assert server.ask() == 200


@pytest.mark.stress
@pytest.mark.timeout(900)
def test_a_thousand_clients_for_a_minute(sample_bundle: Path, record_property: Recorder) -> None:
    with serving(sample_bundle, "--no-watch") as server:
        assert server.ask() == 200
        files = server.n_files()
        got = asyncio.run(crowd(server, 1_000, seconds=LOAD_S))
        assert set(got) <= {200, 503}
        assert got[200] > 100
        record_property("requests of a crowd answered", got[200])
        record_property("requests of a crowd refused with Retry-After", got[503])
        assert server.ask() == 200
        until(lambda: server.n_files() <= files + 5)


OVERSIZE = [
    ("GET", f"/v1/search?q={'x' * 10_000_000}", None, {}),
    ("GET", "/v1/search?q=x&" + "&".join(f"book=b{n}" for n in range(2_000)), None, {}),
    ("GET", "/v1/search?q=x&top_k=" + "9" * 5_000, None, {}),
    ("GET", f"/v1/books?limit={2**63}", None, {}),
    ("GET", "/v1/threads/" + "a" * 50_000, None, {}),
    ("GET", "/v1/search?q=x", None, {f"X-{n}": "y" * 10 for n in range(5_000)}),
    ("POST", "/v1/check", 60_000_000, {}),
    ("POST", "/feedback", 60_000_000, {}),
    ("POST", "/v1/check", 60_000_000, {"Transfer-Encoding": "chunked"}),
    ("POST", "/feedback", 60_000_000, {"Transfer-Encoding": "chunked"}),
    ("POST", "/v1/search", 60_000_000, {"Transfer-Encoding": "chunked"}),
]


def request_bytes(method: str, path: str, n_bytes: int | None, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if n_bytes is not None and "Transfer-Encoding" not in headers:
        lines += [f"Content-Length: {n_bytes}", "Content-Type: application/json"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def exchange(server: Server, head: bytes, n_bytes: int | None, *, chunked: bool) -> bytes:
    """Send a request for as long as the server takes it in; return the answer's first bytes."""
    with server.connect() as connection:
        try:
            connection.sendall(head)
            piece = b"x" * 50_000
            for _ in range((n_bytes or 0) // len(piece)):
                connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        except OSError:
            pass
        try:
            return connection.recv(65_536)
        except OSError:
            return b""


@pytest.mark.parametrize(
    "case", OVERSIZE, ids=lambda case: f"{case[0]} {case[1][:16]} {case[2]} {len(case[3])}"
)
def test_what_is_too_large_is_refused_without_being_held(
    server: Server, case: tuple[str, str, int | None, dict[str, str]]
) -> None:
    assert server.ask() == 200
    before = server.memory_mb()
    said = exchange(server, request_bytes(*case), case[2], chunked="Transfer-Encoding" in case[3])
    assert re.match(rb"HTTP/1.1 4\d\d ", said) or said == b""
    assert server.ask() == 200
    assert server.memory_mb() - before < 20


def escapes() -> list[str]:
    """Return paths that would leave a folder if a server were careless."""
    ups = ["../", "%2e%2e/", "..%2f", "%2e%2e%2f", "%252e%252e%252f", "..%5c", "....//", "..;/"]
    ups += ["..%c0%af", "%c0%ae%c0%ae/", "..%00/", ".%2e/", "..%ef%bc%8f"]
    roots = ["/static/", "/books/", "/threads/", "/authors/", "/v1/books/", "/v1/threads/"]
    found = [f"{root}{up * depth}canary.txt" for root in roots for up in ups for depth in (1, 6)]
    found += [f"{root}{up * 8}etc/passwd" for root in roots for up in ups[:5]]
    found += ["//etc/passwd", "/static//etc/passwd", "/static/%2fetc%2fpasswd", "/static/C:%5cx"]
    return [*found, "/%2e%2e/canary.txt", "/static/answers.css%00.txt", "/static/\\canary.txt"]


def test_no_path_leads_out_of_a_folder(tmp_path: Path, record_property: Recorder) -> None:
    for folder in (tmp_path, tmp_path / "bundle"):
        folder.mkdir(exist_ok=True)
        (folder / "canary.txt").write_text("a canary sings")
    write_book(tmp_path, "book", THREADS)
    build_hashed(tmp_path / "book.md", tmp_path / "bundle")
    with serving(tmp_path / "bundle", "--no-watch") as server:
        connection = http.client.HTTPConnection(*server.place, timeout=PATIENCE_S)
        paths = escapes()
        assert len(paths) > 150
        for path in paths:
            connection.putrequest("GET", path, skip_accept_encoding=True)
            connection.endheaders()
            response = connection.getresponse()
            body = response.read()
            assert response.status in {400, 404, 405, 422}, (path, response.status)
            assert b"canary sings" not in body
            assert b"root:" not in body
        connection.close()
    record_property("paths that lead nowhere", len(paths))


SEEDS = [
    b"GET /v1/search?q=deploy&top_k=3 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /?q=deploy HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n",
    b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b'Content-Length: 21\r\nConnection: close\r\n\r\n{"text": "deploying"}',
    b"POST /feedback HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
    b"Connection: close\r\n\r\n5\r\nq=abc\r\n0\r\n\r\n",
    b"GET /static/answers.css HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-5,7-\r\n"
    b"If-None-Match: *\r\nConnection: close\r\n\r\n",
    b"GET /v1/books?limit=2&cursor=abc HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: a\r\n"
    b"Connection: close\r\n\r\n",
]
PIECES = [
    b"\r\n", b"\n", b"\r", b"\x00", b"\xff" * 9, b" " * 500, b"%00", b"%", b"%ff%fe", b"\x1b[2J",
    b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: identity, chunked\r\n", b"Transfer-Encoding : chunked\r\n",
    b"Host: other\r\n", b"Expect: 100-continue\r\n", b"Upgrade: websocket\r\n",
    b"Connection: Upgrade\r\n", b"HTTP/1.0", b"HTTP/0.9", b"*", b"http://x/", b"A: b\r\n" * 200,
    b"ffffffffffffffff\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"q=" + b"a" * 3_000, b"[]{}",
]  # fmt: skip


def mutate(generator: random.Random) -> bytes:
    """Return a request with a few bytes flipped, cut, doubled or put in."""
    said = bytearray(generator.choice(SEEDS))
    for _ in range(generator.randint(1, 4)):
        place = generator.randrange(len(said) + 1)
        end = min(len(said), place + generator.randint(1, 12))
        change = generator.randrange(5)
        if change == 0 and place < len(said):
            said[place] = generator.randrange(256)
        elif change == 1:
            del said[place:end]
        elif change == 2:
            said[place:place] = said[place:end]
        else:
            said[place:place] = generator.choice(PIECES)
    return bytes(said)


def status_of(server: Server, said: bytes) -> int:
    """Send bytes; return the status of the answer, 0 where the connection just ends."""
    with server.connect() as connection:
        try:
            connection.sendall(said)
            received = connection.recv(65_536)
        except ConnectionError:
            return 0
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", received)
    assert found or not received, (said, received[:80])
    return int(found[1]) if found else 0


def fuzz(server: Server, n_requests: int) -> Counter[int]:
    generator = random.Random(SEED)
    requests = [mutate(generator) for _ in range(n_requests)]
    with ThreadPoolExecutor(32) as pool:
        ask = partial(status_of, server)
        # What is read and imported at its first use stays; what comes after must not add up.
        statuses = list(pool.map(ask, requests[:WARM_UP]))
        before = server.memory_mb()
        statuses += pool.map(ask, requests[WARM_UP:])
    failed = [said for said, status in zip(requests, statuses, strict=True) if status >= 500]
    assert failed == []
    assert server.ask() == 200
    assert server.memory_mb() - before < 50
    return Counter(statuses)


def test_no_bytes_make_the_server_fail(server: Server, record_property: Recorder) -> None:
    statuses = fuzz(server, 500)
    record_property(FUZZED, statuses.total())
    assert {200, 400} <= set(statuses)


@pytest.mark.stress
@pytest.mark.timeout(1_800)
def test_twenty_thousand_requests_of_hostile_bytes(
    server: Server, record_property: Recorder
) -> None:
    record_property(FUZZED, fuzz(server, 20_000).total())


@pytest.mark.stress
@pytest.mark.timeout(3_000)
def test_memory_and_files_stay_flat_while_generations_change(
    tmp_path: Path, record_property: Recorder
) -> None:
    write_book(tmp_path, "book", THREADS)
    build_hashed(tmp_path / "book.md", tmp_path / "bundle")
    got: Counter[int] = Counter()
    stop = threading.Event()

    def ask(server: Server) -> None:
        queries = ["deploy a model", "time series", "juniors", "zzzz", "second edition?"]
        with httpx.Client(timeout=PATIENCE_S) as client:
            while not stop.is_set():
                query = queries[got.total() % len(queries)]
                path = ["/v1/search", "/"][got.total() % 2]
                got[client.get(f"{server.address}{path}", params={"q": query}).status_code] += 1

    with serving(tmp_path / "bundle") as server, ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(ask, server) for _ in range(2)]
        ends = time.monotonic() + SOAK_S
        samples: list[tuple[float, int]] = []
        number = 0
        while time.monotonic() < ends:
            number += 1
            extra = (("Hal Tester", f"How do I deploy model number {number}?"), [])
            write_book(tmp_path, "book", [*THREADS, extra])
            build_hashed(tmp_path / "book.md", tmp_path / "bundle")
            time.sleep(max(1.0, SOAK_S / 60))
            samples.append((server.memory_mb(), server.n_files()))
        stop.set()
        for each in asking:
            each.result()
    third = len(samples) // 3
    early, late = samples[third : 2 * third], samples[2 * third :]
    memory = [fmean(mb for mb, _ in part) for part in (early, late)]
    # While a generation is opened, the files of two are open: single samples may say more.
    files = [fmean(n for _, n in part) for part in (early, late)]
    print(f"{SOAK_S:g} s: {dict(got)}, {number} reloads, MB {memory}, files {files}")
    record_property("requests during changes of generation", got.total())
    record_property("changes of generation under load", number)
    assert set(got) == {200}
    assert memory[1] - memory[0] < 0.05 * memory[0]
    assert files[1] - files[0] < 1

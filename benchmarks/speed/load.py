"""Ask a server over kept connections from many threads."""

import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import numpy as np


@dataclass(frozen=True, slots=True)
class Load:
    """How a number of clients fared."""

    n_clients: int
    n_answered: int
    n_failed: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Return how many requests were answered a second."""
        return self.n_answered / self.seconds


def run_load(
    addresses: Sequence[str], queries: Sequence[str], *, n_clients: int, seconds: float, path: str
) -> Load:
    """Ask servers in equal parts; each client waits for its answer before it asks again."""
    hosts = [urlsplit(address).netloc for address in addresses]
    took: list[float] = []
    failed = [0] * n_clients
    started = time.perf_counter()
    end = started + seconds

    def ask(number: int) -> None:
        connection = http.client.HTTPConnection(hosts[number % len(hosts)], timeout=60)
        place = number
        while time.perf_counter() < end:
            query = queries[place % len(queries)]
            place += n_clients
            asked = time.perf_counter()
            connection.request("GET", path.format(query=quote(query)))
            response = connection.getresponse()
            response.read()
            if response.status == http.client.OK:
                took.append(time.perf_counter() - asked)
            else:
                failed[number] += 1
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(n_clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    p50, p99 = np.percentile(took, [50, 99]) * 1_000
    return Load(
        n_clients, len(took), sum(failed), time.perf_counter() - started, float(p50), float(p99)
    )

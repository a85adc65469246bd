"""Run the HTTP application."""

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import uvicorn

from api.app import create_app
from api.guard import Guard
from api.logs import log_as_json
from api.metrics import Metrics
from api.opening import reranking_of
from api.source_following import SourceFollower, building
from api.stopping import TIDY_S
from api.timeouts import TimedProtocol
from search.config import Settings
from search.errors import StorageError
from search.opening import open_engine

_LOG = logging.getLogger("answers.server")
DRAIN_S = 10
KEEP_ALIVE_S = 30
# Python's own 5 ms is a third of a search: the thread that answers all others waits that long.
SWITCH_S = 0.000_5
MOST_FILES = 65_536


def serve(
    bundle: Path,
    *,
    host: str,
    port: int,
    watch: bool,
    sources: Sequence[Path] = (),
    settings: Settings | None = None,
) -> None:
    """Serve until told to stop; requests under way are finished first.

    Args:
        bundle: The folder that `answers index` writes.
        host: Address to listen on.
        port: Port to listen on, 0 for any.
        watch: Whether to follow new generations.
        sources: What to index again when its files change.
        settings: Whom to answer, how often, and for how long.

    Raises:
        ModelUnavailableError: If the reranker that the settings name cannot be loaded.
        StorageError: If the address is taken or cannot be listened on.
    """
    settings = settings or Settings()
    log_as_json()
    sys.setswitchinterval(SWITCH_S)
    _allow_many_connections()
    opener = partial(
        open_engine,
        reranking=reranking_of(settings),
        remember_bytes=int(1_000_000 * settings.cache_mb),
    )
    with _listen(host, port) as listener:
        address, bound = listener.getsockname()[:2]
        print(f"answers: listening on http://{address}:{bound} (bundle {bundle})", flush=True)
        app = create_app(
            bundle,
            watch=watch,
            guard=Guard.of(settings, host=host),
            log_queries=settings.log_queries,
            opener=opener,
        )
        config = uvicorn.Config(
            app,
            http=TimedProtocol,
            ws="none",
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=DRAIN_S,
            timeout_keep_alive=KEEP_ALIVE_S,
            server_header=False,
        )
        with _following(sources, bundle, app.state.metrics):
            try:
                uvicorn.Server(config).run(sockets=[listener])
            finally:
                _abandon_stuck_work()


def _abandon_stuck_work() -> None:
    """End the process if a request that was not finished in time still keeps a thread busy."""
    threads = [each for each in threading.enumerate() if not each.daemon]
    others = [each for each in threads if each is not threading.main_thread()]
    for each in others:
        each.join(TIDY_S / len(others))
    if stuck := sum(each.is_alive() for each in others):
        _LOG.error("%d requests did not end within %g s: abandoned", stuck, DRAIN_S)
        logging.shutdown()
        os._exit(128 + signal.SIGTERM)


@contextmanager
def _following(sources: Sequence[Path], bundle: Path, metrics: Metrics) -> Iterator[None]:
    """Index sources again when they change, if there are any."""
    if not sources:
        yield
        return
    follower = SourceFollower(sources, building(sources, bundle), metrics=metrics)
    follower.start()
    try:
        yield
    finally:
        follower.close()


def _allow_many_connections() -> None:
    """Use as many open files as the machine allows: a connection takes one."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def _listen(host: str, port: int) -> socket.socket:
    """Open the listening socket."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2_048)
    except OSError as exc:
        raise StorageError(
            f"cannot listen on {host} port {port}: {exc.strerror or exc}; choose another --port"
        ) from exc

"""Run the HTTP application."""

import socket
from pathlib import Path

import uvicorn

from api.app import create_app
from search.errors import StorageError

DRAIN_S = 10


def serve(bundle: Path, *, host: str, port: int, watch: bool) -> None:
    """Serve until told to stop; requests under way are finished first.

    Raises:
        StorageError: If the address is taken or cannot be listened on.
    """
    with _listen(host, port) as listener:
        address, bound = listener.getsockname()[:2]
        print(f"answers: listening on http://{address}:{bound} (bundle {bundle})", flush=True)
        config = uvicorn.Config(
            create_app(bundle, watch=watch),
            log_level="warning",
            timeout_graceful_shutdown=DRAIN_S,
            server_header=False,
        )
        uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """Open the listening socket."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2_048)
    except OSError as exc:
        raise StorageError(
            f"cannot listen on {host} port {port}: {exc.strerror or exc}; choose another --port"
        ) from exc

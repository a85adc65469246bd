"""A server that a benchmark asks."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = (sys.executable, "-c", "from api.cli import run; run()")


@contextmanager
def server(bundle: Path, *, cache_mb: float = 0) -> Iterator[tuple[str, int]]:
    """Serve a bundle on a free port of the loopback address; yield its address and process id.

    What was asked before is searched again, unless there is memory to remember it.
    """
    command = [*COMMAND, "serve", "--bundle", str(bundle), "--port", "0"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "ANSWERS_CACHE_MB": str(cache_mb)},
    ) as process:
        assert process.stdout is not None
        try:
            address = process.stdout.readline().split("listening on ")[1].split()[0]
            yield address, process.pid
        finally:
            process.terminate()

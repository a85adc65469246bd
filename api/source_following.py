"""Index sources again when their files change, in a process of its own.

A build that crashes, or that a bomb among the sources ends, takes nothing of the server with it.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from api.metrics import Metrics
from search.errors import BundleLockedError, StorageError

_LOG = logging.getLogger("answers.sources")
POLL_S = 2.0
_AGAIN = (BundleLockedError.exit_code, StorageError.exit_code)
_MOST_SAID_CHARS = 1_000

Facts = tuple[tuple[str, int, int], ...]
Build = Callable[[threading.Event], int]


def facts_of(sources: Sequence[Path]) -> Facts:
    """Return name, size and time of change of every file below sources; links are not followed."""
    return tuple(sorted(fact for source in sources for fact in _facts(source)))


def _facts(source: Path) -> Iterator[tuple[str, int, int]]:
    """Yield what is known of a source without reading it."""
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = [Path(folder, name) for name in names if not name.startswith(".")]
        yield from filter(None, map(_fact, paths))
    if source.is_file() and (fact := _fact(source)):
        yield fact


def _fact(path: Path) -> tuple[str, int, int] | None:
    """Return what is known of a file; nothing of one that is just gone."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return (str(path), status.st_size, status.st_mtime_ns)


class SourceFollower:
    """Builds the next generation when sources have changed and then been left alone."""

    def __init__(
        self, sources: Sequence[Path], build: Build, *, metrics: Metrics, poll_s: float = POLL_S
    ) -> None:
        """Name the sources; nothing is looked at yet.

        Args:
            sources: What is given to `answers index`.
            build: Builds, stops when the event is set, and returns an exit code.
            metrics: Where builds are counted.
            poll_s: How often to look, in seconds.
        """
        self._sources = tuple(sources)
        self._build = build
        self._metrics = metrics
        self._poll_s = poll_s
        self._seen: Facts | None = None
        self._built: Facts | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="sources", daemon=True)

    def start(self) -> None:
        """Start to look."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and end a build that is under way."""
        self._stop.set()
        self._thread.join()

    def look(self) -> bool:
        """Build if the sources have changed since the last build and not since the last look.

        Returns:
            Whether a build was made.
        """
        seen, self._seen = self._seen, facts_of(self._sources)
        if self._seen == self._built or self._seen != seen:
            return False
        code = self._build(self._stop)
        self._metrics.builds.labels(str(code)).inc()
        if code not in _AGAIN:
            self._built = self._seen
        return True

    def _follow(self) -> None:
        """Look again and again until told to stop."""
        while not self._stop.wait(self._poll_s):
            try:
                self.look()
            except Exception:
                _LOG.exception("indexing the sources failed")


def building(sources: Sequence[Path], bundle: Path) -> Build:
    """Return a function that runs `answers index` as a process."""
    program = [sys.executable, "-c", "from api.cli import run; run()"]
    arguments = ["index", *map(str, sources), "--bundle", str(bundle), "--keep-going"]

    def build(stop: threading.Event) -> int:
        process = subprocess.Popen(  # noqa: S603
            [*program, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
        )
        threading.Thread(target=_end_when_told, args=(process, stop), daemon=True).start()
        said = process.communicate()[1]
        level = logging.INFO if process.returncode == 0 else logging.ERROR
        fields = {"exit_code": process.returncode, "said": said[-_MOST_SAID_CHARS:]}
        _LOG.log(level, "sources indexed", extra={"fields": fields})
        return process.returncode

    return build


def _end_when_told(process: subprocess.Popen[str], stop: threading.Event) -> None:
    """Stop a process when told to; leave when it has ended."""
    while process.poll() is None:
        if stop.wait(0.2):
            process.terminate()
            return

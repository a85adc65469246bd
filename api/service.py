"""The engine that a server answers with, and how it follows new generations."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from api.metrics import Metrics
from search.bundle import Bundle
from search.engine import Engine
from search.errors import AnswersError, BundleNotFoundError
from search.opening import open_engine

_LOG = logging.getLogger("answers.service")
POLL_S = 2.0


@dataclass(frozen=True, slots=True)
class State:
    """What the server can say of itself; `problem` is why there is no, or only an old, engine."""

    engine: Engine | None
    problem: str | None


class EngineService:
    """Holds the engine of the live generation and swaps it in one step when that changes.

    A request takes the engine once and uses it to the end, so that no answer mixes two
    generations; the old engine is freed when its last request is done.
    """

    def __init__(
        self,
        bundle: Path,
        *,
        opener: Callable[[Path], Engine] = open_engine,
        metrics: Metrics | None = None,
    ) -> None:
        """Name the bundle; nothing is opened yet."""
        self._metrics = metrics or Metrics()
        self._bundle = Bundle(bundle)
        self._opener = opener
        self._state = State(None, None)
        self._tried: str | None = None
        self._stop = threading.Event()
        self._reloading = threading.Lock()

    @property
    def state(self) -> State:
        """Return what the server answers with now."""
        return self._state

    def engine(self) -> Engine:
        """Return the engine.

        Raises:
            BundleNotFoundError: If nothing was built yet.
            BundleMismatchError: If what was built is damaged.
        """
        state = self._state
        if state.engine is not None:
            return state.engine
        self._bundle.current()
        raise BundleNotFoundError(state.problem or f"{self._bundle.path}: opening the bundle")

    def reload(self) -> bool:
        """Open the live generation if it is another than the one in use; return whether it was.

        A generation that cannot be opened is tried once and said to be a problem; the engine in
        use stays.
        """
        with self._reloading:
            try:
                name = self._bundle.current_name()
            except AnswersError as exc:
                self._fail(exc)
                return False
            if name is None or name == self._tried:
                return False
            self._tried = name
            return self._open()

    def _open(self) -> bool:
        """Open the bundle and swap the engine."""
        try:
            engine = self._opener(self._bundle.path)
        except AnswersError as exc:
            _LOG.error("cannot open the new generation: %s", exc)
            self._fail(exc)
            return False
        degraded = None if engine.generation == self._tried else engine.warnings[0]
        if degraded:
            _LOG.error("the live generation cannot be used: %s", degraded)
            self._metrics.reload_failures.inc()
        self._become(State(engine, degraded))
        _LOG.info("serving generation %s", engine.generation)
        return True

    def _fail(self, exc: AnswersError) -> None:
        """Keep the engine in use, and say why there is no newer one."""
        if self._state.problem != str(exc):
            self._metrics.reload_failures.inc()
        self._become(State(self._state.engine, str(exc)))

    def _become(self, state: State) -> None:
        """Swap what the server answers with, in one step."""
        self._state = state
        engine = state.engine
        self._metrics.served(
            engine.generation if engine else None,
            n_threads=len(engine.store.thread_ids()) if engine else 0,
            degraded=state.problem is not None,
        )

    def follow(self, *, poll_s: float = POLL_S) -> threading.Thread:
        """Start to look for a new generation every `poll_s` seconds until `close` is called."""
        thread = threading.Thread(target=self._follow, args=(poll_s,), name="follow", daemon=True)
        thread.start()
        return thread

    def _follow(self, poll_s: float) -> None:
        """Look for a new generation until told to stop."""
        while not self._stop.wait(poll_s):
            try:
                self.reload()
            except Exception:
                _LOG.exception("looking for a new generation failed")

    def close(self) -> None:
        """Stop following."""
        self._stop.set()

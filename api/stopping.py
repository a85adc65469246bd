"""Leave on SIGINT and SIGTERM: in order where that is quick, and soon in any case."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

TIDY_S = 1.0


class Stopped(SystemExit):
    """A signal told the command to stop; `code` is 128 and the signal's number, as in a shell."""


def stop_on_signals() -> None:
    """Turn SIGINT and SIGTERM into `Stopped`, so that what is half done is tidied up."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)


def _stop(number: int, _frame: object) -> NoReturn:
    """Stop what runs now."""
    raise Stopped(128 + number)


@contextmanager
def soon_after_a_signal() -> Iterator[None]:
    """End the process `TIDY_S` after a signal even if the block is still busy.

    The block may be deep in a library that comes back to Python only after seconds. Whatever it
    writes must survive being cut short at any moment.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(reader, done), name="stop", daemon=True)
    watch.start()
    try:
        yield
    finally:
        done.set()
        signal.set_wakeup_fd(before)
        os.close(writer)
        watch.join()


def _watch(reader: int, done: threading.Event) -> None:
    """Wait for a signal or for the end of the block."""
    with os.fdopen(reader, "rb", buffering=0) as stream:
        while received := stream.read(1):
            stops = received[0] in (signal.SIGINT, signal.SIGTERM)
            if stops and not done.wait(TIDY_S):
                os._exit(128 + received[0])

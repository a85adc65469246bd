"""Signals end a command in order, or soon where it does not listen."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from api.stopping import TIDY_S, Stopped, soon_after_a_signal
from tests.needs import limit_s
from tests.support import ROOT

BEGIN = """
import signal, sys, time
from api.stopping import Stopped, soon_after_a_signal, stop_on_signals
stop_on_signals()
"""
ORDERLY = """
try:
    with soon_after_a_signal():
        print("ready", flush=True)
        time.sleep(30)
finally:
    print("tidied up", flush=True)
"""
DEAF = """
with soon_after_a_signal():
    print("ready", flush=True)
    while True:
        try:
            time.sleep(30)
        except Stopped:
            pass
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("script", "said"), [(ORDERLY, "tidied up\n"), (DEAF, "")], ids=["orderly", "deaf"]
)
def test_a_signal_ends_the_process(number: signal.Signals, script: str, said: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN + script], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        started = time.monotonic()
        process.send_signal(number)
        rest = process.stdout.read()
        assert process.wait(30) == 128 + number
        assert rest == said
        assert time.monotonic() - started < limit_s(TIDY_S + 10)


def test_nothing_stays_behind() -> None:
    before = (signal.getsignal(signal.SIGINT), threading.active_count(), open_files())
    for _ in range(3):
        with soon_after_a_signal():
            assert threading.active_count() == before[1] + 1
    after = (signal.getsignal(signal.SIGINT), threading.active_count(), open_files())
    assert before == after
    assert signal.set_wakeup_fd(-1) == -1


def open_files() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def test_other_threads_are_left_alone() -> None:
    entered: list[int] = []

    def enter() -> None:
        with soon_after_a_signal():
            entered.append(threading.active_count())

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert entered == [threading.active_count() + 1]


def test_the_code_is_that_of_a_shell() -> None:
    assert Stopped(128 + signal.SIGTERM).code == 143
    assert issubclass(Stopped, SystemExit)

"""Run commands in children that are forked from a warm process, with faults in their system calls.

A child has everything imported and waits to be let go, so that a build takes a fraction of a
second and strace, attached meanwhile, counts only what the command itself does.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from tests.support import ROOT

PATIENCE_S = 60.0


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code, or minus the signal's number, and what it printed."""

    status: int
    output: str


@dataclass(frozen=True)
class Call:
    """One system call of a command: the how manyth of its name, from 1, and on what."""

    name: str
    number: int
    text: str


class Forker:
    """Starts commands quickly; use as a context manager."""

    def __init__(self, folder: Path) -> None:
        """Choose where output and traces are written."""
        self._folder = folder

    def __enter__(self) -> Self:
        """Start the process that children are forked from."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from tests.faults import serve; serve()"],
            cwd=ROOT,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(PATIENCE_S)

    def start(self, *arguments: object) -> int:
        """Fork a child for a command; it waits until `let_go`."""
        answer = self._ask(start=[str(each) for each in arguments], output=str(self._output))
        return answer["pid"]

    def let_go(self, pid: int) -> None:
        """Let a child run."""
        os.kill(pid, signal.SIGUSR1)

    def wait(self, pid: int) -> Outcome:
        """Wait for the end of a child."""
        status = self._ask(wait=pid)["status"]
        path = self._folder / f"output.{pid}"
        outcome = Outcome(status, path.read_text("utf-8", "replace"))
        path.unlink()
        return outcome

    def run(self, *arguments: object, strace: Sequence[str] = ()) -> Outcome:
        """Run a command, under strace where options for it are given."""
        pid = self.start(*arguments)
        tracer = _attach(pid, strace) if strace else None
        self.let_go(pid)
        outcome = self.wait(pid)
        if tracer:
            tracer.wait(PATIENCE_S)
        return outcome

    def calls(self, *arguments: object, names: Sequence[str]) -> list[Call]:
        """Run a command and return its system calls of some names, in order."""
        trace = self._folder / "trace"
        options = ["-y", "-s", "4096", "-o", str(trace), "-e", f"trace={','.join(names)}"]
        outcome = self.run(*arguments, strace=options)
        assert outcome.status == 0, outcome.output
        counts: dict[str, int] = {}
        found = []
        for name, text in re.findall(r"^\d+ +(\w+)\((.*)$", trace.read_text("utf-8"), re.MULTILINE):
            counts[name] = counts.get(name, 0) + 1
            found.append(Call(name, counts[name], text))
        return found

    @property
    def _output(self) -> Path:
        return self._folder / "output"

    def _ask(self, **question: object) -> dict[str, Any]:
        """Send a line to the forking process and return its answer."""
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def _attach(pid: int, options: Sequence[str]) -> subprocess.Popen[bytes]:
    """Attach strace to a waiting child."""
    tracer = subprocess.Popen(
        [shutil.which("strace"), "-f", "-qq", *options, "-p", str(pid)],
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + PATIENCE_S
    while "TracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text():
        assert tracer.poll() is None, "strace did not attach"
        assert time.monotonic() < deadline, "strace is too slow"
        time.sleep(0.002)
    return tracer


def serve() -> None:
    """Fork a child for every command that is asked for; runs in the forking process."""
    for module in ("api.output", "indexer.build", "search.config", "search.verification"):
        import_module(module)
    from api.cli import main

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    for line in sys.stdin:
        question = json.loads(line)
        if "start" in question:
            pid = os.fork() or _run(main, question["start"], question["output"])
            answer = {"pid": pid}
        else:
            _, status = os.waitpid(question["wait"], 0)
            answer = {"status": os.waitstatus_to_exitcode(status)}
        print(json.dumps(answer), flush=True)


def _run(main: Any, arguments: Sequence[str], output: str) -> int:
    """Run a command in a child; never returns."""
    code = 1
    try:
        file = os.open(f"{output}.{os.getpid()}", os.O_CREAT | os.O_WRONLY)
        for descriptor in (1, 2):
            os.dup2(file, descriptor)
        signal.sigwait({signal.SIGUSR1})
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
        code = main(arguments)
        sys.stdout.flush()
    except BaseException:
        import traceback

        traceback.print_exc()
    os._exit(code)

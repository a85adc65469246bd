"""Run workers: in this environment, or in one that the benchmark makes for a peer."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WORKER = Path(__file__).parent / "worker.py"
PEERS = {"txtai": ["txtai[ann]", "faiss-cpu"], "lancedb": ["lancedb", "sentence-transformers"]}


@dataclass(frozen=True, slots=True)
class Worker:
    """A running worker."""

    name: str
    process: subprocess.Popen[str]

    def ask(self, do: str, **arguments: object) -> dict[str, Any]:
        """Send one line and read one."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with {self.process.wait()}")
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def worker(name: str, data: Path, python: str = sys.executable) -> Iterator[Worker]:
    """Start a worker and end it with the block."""
    with subprocess.Popen(
        [python, str(WORKER), name, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            yield Worker(name, process)
        finally:
            process.terminate()


def environment() -> dict[str, str]:
    """Return the environment of workers: this project is found, wherever they are started."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def python_of(peer: str, environments: Path, data: Path) -> str:
    """Install a peer in an environment of its own, and build its index; return its Python."""
    home = environments / peer
    python = str(home / "bin" / "python")
    if not (home / ".installed").is_file():
        torch = next(
            line
            for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
            if line.startswith("torch==")
        )
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, torch], check=True)
        subprocess.run([*pip, torch, *PEERS[peer]], check=True)
        (home / ".installed").touch()
    subprocess.run([python, str(WORKER), peer, str(data), "--build"], check=True)
    return python


def spent(command: Sequence[str]) -> tuple[float, float]:
    """Run a command to its end; return the seconds on the clock and on processors."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environment())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - started, cpu_s

"""A build that is killed, starved or stopped leaves the old generation or the new one."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from indexer.build import build
from indexer.options import BuildOptions
from search.bundle import Bundle
from search.errors import StorageError
from search.opening import open_engine
from tests.archives import Staged, answers_of, outcome_of, stage, write_version
from tests.faults import Call, Forker
from tests.needs import disk, limit_s, make_read_only, require
from tests.support import HASH_MODEL, ROOT, build_hashed, write_book

SEED = 20261124
N_KILLS = 20
SURVIVED = "kills survived"
CONTESTED = "contests of two writers with one winner"
FAULTS_SURVIVED = "failing system calls survived"
Recorder = Callable[[str, object], None]
CALLS = (
    "openat",
    "mkdir",
    "write",
    "pwrite64",
    "ftruncate",
    "fsync",
    "fdatasync",
    "rename",
    "unlink",
    "unlinkat",
    "rmdir",
)
FAULTS = {
    "openat": ("EROFS", "EIO"),
    "mkdir": ("ENOSPC",),
    "write": ("ENOSPC", "EIO"),
    "pwrite64": ("ENOSPC", "EIO"),
    "ftruncate": ("EIO",),
    "fsync": ("EIO", "ENOSPC"),
    "fdatasync": ("EIO",),
    "rename": ("EIO", "EROFS"),
}
CAUSES = {
    "ENOSPC": r"No space left|disk is full|disk I/O error",
    "EIO": r"Input/output error|I/O error|unable to open|readonly|requested and|damaged",
    "EROFS": r"Read-only file system|unable to open|readonly|damaged",
}


@pytest.fixture(scope="module")
def memory() -> Iterator[Path]:
    """Folder in memory where there is such a place: a kill is the same there, and fsync quick."""
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def staged(memory: Path) -> Staged:
    return stage(memory)


@pytest.fixture(scope="module")
def forker(memory: Path) -> Iterator[Forker]:
    with Forker(memory) as forker:
        yield forker


@pytest.fixture
def bundle(staged: Staged, memory: Path) -> Path:
    return staged.copy(memory / "bundle-of-a-test")


def arguments(staged: Staged, bundle: Path) -> list[object]:
    return ["index", staged.sources, "--bundle", bundle, "--model", HASH_MODEL]


def command(*arguments: object) -> list[str]:
    program = [sys.executable, "-c", "from api.cli import run; run()"]
    return [*program, *(str(each) for each in arguments)]


def run_command(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=60,
    )


def kill_somewhere(staged: Staged, bundle: Path, generator: random.Random, longest_s: float) -> int:
    """Start a build and kill it, half of the times only once it has begun to write."""
    with subprocess.Popen(
        command(*arguments(staged, bundle)), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        if generator.random() < 0.3:
            time.sleep(generator.uniform(0, longest_s))
        else:
            while process.poll() is None and not (bundle / ".owner").exists():
                time.sleep(0.001)
            time.sleep(generator.expovariate(1 / 0.05))
        process.kill()
        return process.wait()


def test_a_build_killed_at_random_leaves_the_old_or_the_new_generation(
    staged: Staged, forker: Forker, bundle: Path, record_property: Recorder
) -> None:
    record_property(SURVIVED, check_kills(staged, forker, bundle, N_KILLS))


@pytest.mark.stress
@pytest.mark.timeout(3600)
def test_a_build_killed_two_hundred_times_at_random(
    staged: Staged, forker: Forker, bundle: Path, record_property: Recorder
) -> None:
    record_property(SURVIVED, check_kills(staged, forker, bundle, 200))


def check_kills(staged: Staged, forker: Forker, bundle: Path, n_kills: int) -> int:
    """Kill builds at random moments; return how many were killed before they had finished."""
    generator = random.Random(SEED)
    started = time.monotonic()
    subprocess.run(command(*arguments(staged, bundle)), check=True, capture_output=True)
    longest_s = time.monotonic() - started
    n_killed = 0
    for _ in range(n_kills):
        staged.copy(bundle)
        n_killed += kill_somewhere(staged, bundle, generator, longest_s) == -signal.SIGKILL
        staged.state(bundle)
        assert forker.run(*arguments(staged, bundle)).status == 0
        staged.check_finished(bundle)
    assert n_killed >= n_kills / 2
    return n_killed


def points(forker: Forker, staged: Staged, bundle: Path) -> list[Call]:
    """Return all system calls with which a build reads or changes its bundle."""
    # The first run after a change of the code compiles it, with calls that no later one makes.
    forker.run(*arguments(staged, bundle))
    calls = forker.calls(*arguments(staged, staged.copy(bundle)), names=CALLS)
    return [call for call in calls if str(bundle) in call.text and "= -1 " not in call.text]


def inject(call: Call, fault: str) -> list[str]:
    fault = f"inject={call.name}:{fault}:when={call.number}"
    return ["-o", os.devnull, "-e", f"trace={call.name}", "-e", fault]


def check_kill(forker: Forker, staged: Staged, bundle: Path, call: Call) -> str:
    outcome = forker.run(*arguments(staged, bundle), strace=inject(call, "signal=KILL"))
    assert outcome.status == -signal.SIGKILL, (call, outcome)
    state = staged.state(bundle)
    assert forker.run(*arguments(staged, bundle)).status == 0
    staged.check_finished(bundle)
    return state


def sample(calls: list[Call], n: int) -> list[Call]:
    """Choose some calls, and the last of every name, where most is at stake."""
    last = {call.name: call for call in calls}
    chosen = [*random.Random(SEED).sample(calls, n), *last.values()]
    return sorted(set(chosen), key=lambda call: (call.name, call.number))


def test_a_build_killed_at_some_system_calls(
    staged: Staged, forker: Forker, bundle: Path, record_property: Recorder
) -> None:
    require("strace")
    calls = sample(points(forker, staged, bundle), 6)
    states = [check_kill(forker, staged, staged.copy(bundle), call) for call in calls]
    assert states.count("old") > 1
    record_property(SURVIVED, len(states))


@pytest.mark.stress
@pytest.mark.timeout(3600)
def test_a_build_killed_at_every_system_call(
    staged: Staged, forker: Forker, bundle: Path, record_property: Recorder
) -> None:
    require("strace")
    calls = points(forker, staged, bundle)
    states = [check_kill(forker, staged, staged.copy(bundle), call) for call in calls]
    assert len(calls) > 100
    assert {"old", "new"} == set(states)
    record_property(SURVIVED, len(states))


def check_fault(forker: Forker, staged: Staged, bundle: Path, call: Call, error: str) -> None:
    outcome = forker.run(*arguments(staged, bundle), strace=inject(call, f"error={error}"))
    said = outcome.output.strip().splitlines()[-1]
    state = staged.state(bundle)
    assert "Traceback" not in outcome.output, (call, error, outcome)
    if outcome.status == 0:
        # SQLite gets over an error in its journal; an encoder that cannot be read is made again.
        is_derived = "/embeddings" in call.text or "/encoders/" in call.text
        assert (is_derived, state) == (True, "new"), (call, error, outcome)
        return
    # An encoder that cannot be read is told as one that does not fit.
    codes = (74, 4) if "/encoders/" in call.text else (74,)
    assert outcome.status in codes, (call, error, outcome)
    assert str(bundle) in said, (call, error, said)
    assert re.search(CAUSES[error], said), (call, error, said)
    assert ("is live, but" in said) == (state == "new"), (call, error, said)
    assert forker.run(*arguments(staged, bundle)).status == 0
    staged.check_finished(bundle)


def test_a_build_with_an_error_at_some_system_calls(
    staged: Staged, forker: Forker, bundle: Path, record_property: Recorder
) -> None:
    require("strace")
    calls = [call for call in points(forker, staged, bundle) if call.name in FAULTS]
    chosen = sample(calls, 6)
    for number, call in enumerate(chosen):
        error = FAULTS[call.name][number % len(FAULTS[call.name])]
        check_fault(forker, staged, staged.copy(bundle), call, error)
    record_property(FAULTS_SURVIVED, len(chosen))


@pytest.mark.stress
@pytest.mark.timeout(3600)
def test_a_build_with_an_error_at_every_system_call(
    staged: Staged, forker: Forker, bundle: Path, record_property: Recorder
) -> None:
    require("strace")
    failed = []
    n_faults = 0
    for call in points(forker, staged, bundle):
        for error in FAULTS.get(call.name, ()):
            n_faults += 1
            try:
                check_fault(forker, staged, staged.copy(bundle), call, error)
            except AssertionError as exc:
                failed.append(str(exc))
    assert not failed, "\n".join(failed)
    record_property(FAULTS_SURVIVED, n_faults)


def write_much(folder: Path, n_books: int = 12, n_threads: int = 12) -> Path:
    """Write an archive that takes a while to build and some megabytes to hold."""
    folder.mkdir()
    for book in range(n_books):
        threads = [
            (
                (f"Asker {n} Tester", f"What is thing number {n} of chapter {book}?"),
                [("Ada Lovelace", f"Thing {n} of chapter {book} is explained at length. " * 9)],
            )
            for n in range(n_threads)
        ]
        write_book(folder, f"{book}-small-book", threads)
    return folder


@pytest.fixture(scope="module")
def much(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_much(tmp_path_factory.mktemp("much") / "sources")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    require("mount")
    folder = tmp_path / "disk"
    folder.mkdir()
    with disk(folder) as mounted:
        yield mounted


def test_a_full_disk_is_noticed_before_anything_is_written(
    staged: Staged, much: Path, small_disk: Path
) -> None:
    bundle = staged.copy(small_disk / "bundle")
    ended = run_command("index", much, "--bundle", bundle, "--model", HASH_MODEL, "--force")
    assert ended.returncode == 74
    last = ended.stderr.splitlines()[-1]
    assert re.search(r"bundle: [\d.]+ MB are free, about [\d.]+ MB are needed; free some", last)
    assert staged.state(bundle) == "old"
    assert not [*bundle.rglob(".*.tmp")]


def test_a_disk_that_fills_up_meanwhile_changes_nothing(
    staged: Staged, much: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.build.require_space", lambda folder, size_bytes: None)
    bundle = staged.copy(small_disk / "bundle")
    options = BuildOptions(model=HASH_MODEL, force=True)
    with pytest.raises(StorageError, match=r"bundle/.*(No space left|is full).*free some space"):
        build([much], Bundle(bundle), options)
    assert staged.state(bundle) == "old"
    assert not [*bundle.rglob(".*.tmp")]


def test_a_read_only_disk_is_searched_and_not_indexed(staged: Staged, small_disk: Path) -> None:
    bundle = staged.copy(small_disk / "bundle")
    make_read_only(small_disk)
    here = {"XDG_CACHE_HOME": str(small_disk / "cache")}
    found = run_command("search", "deploy a model", "--bundle", bundle, **here)
    assert (found.returncode, "shadow deployment" in found.stdout) == (0, True), found.stderr
    assert run_command("verify", "--bundle", bundle, **here).returncode == 0
    assert staged.state(bundle) == "old"
    ended = run_command(*arguments(staged, bundle), **here)
    assert ended.returncode == 74
    assert "Read-only file system; name a place that can be written with --bundle" in ended.stderr
    assert run_command("rollback", "--bundle", bundle, **here).returncode == 74


def test_a_second_writer_is_told_who_the_first_is(
    staged: Staged, forker: Forker, bundle: Path
) -> None:
    with Bundle(bundle).writing():
        started = time.monotonic()
        outcome = forker.run(*arguments(staged, bundle))
        assert time.monotonic() - started < limit_s(20)
    assert outcome.status == 75
    assert re.search(rf"process {os.getpid()} \(since \d{{4}}-[-\d: ]+\) is", outcome.output)
    assert staged.state(bundle) == "old"


def test_of_two_writers_at_once_one_wins(
    forker: Forker, much: Path, memory: Path, record_property: Recorder
) -> None:
    record_property(CONTESTED, check_writers(forker, much, memory, 3))


@pytest.mark.stress
@pytest.mark.timeout(1800)
def test_of_two_writers_one_wins_fifty_times(
    forker: Forker, much: Path, memory: Path, record_property: Recorder
) -> None:
    record_property(CONTESTED, check_writers(forker, much, memory, 50))


def check_writers(forker: Forker, much: Path, memory: Path, n_times: int) -> int:
    """Let two processes write at once, again and again; return how often."""
    for number in range(n_times):
        bundle = memory / f"contested{n_times}-{number}"
        command = ["index", much, "--bundle", bundle, "--model", "hash:16"]
        pids = [forker.start(*command) for _ in range(2)]
        for pid in pids:
            forker.let_go(pid)
        outcomes = dict(zip(pids, map(forker.wait, pids), strict=True))
        assert sorted(outcome.status for outcome in outcomes.values()) == [0, 75], outcomes
        winner = next(pid for pid, outcome in outcomes.items() if outcome.status == 0)
        loser = next(outcome for outcome in outcomes.values() if outcome.status == 75)
        assert f"process {winner} (since" in loser.output
        assert Bundle(bundle).names() == [Bundle(bundle).current_name()]
        shutil.rmtree(bundle)
    return n_times


def test_the_lock_of_a_killed_writer_is_free(
    staged: Staged, forker: Forker, much: Path, bundle: Path
) -> None:
    pid = forker.start("index", much, "--bundle", bundle, "--model", "hash:16", "--force")
    forker.let_go(pid)
    while not (bundle / ".owner").exists():
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    assert forker.wait(pid).status == -signal.SIGKILL
    assert (bundle / ".owner").exists()
    assert forker.run(*arguments(staged, bundle)).status == 0
    staged.check_finished(bundle)


def test_a_copy_taken_during_builds_answers(
    staged: Staged, forker: Forker, bundle: Path, memory: Path
) -> None:
    generator = random.Random(SEED)
    for number in range(5):
        staged.copy(bundle)
        pid = forker.start(*arguments(staged, bundle))
        forker.let_go(pid)
        time.sleep(generator.uniform(0, 0.3))
        copy = memory / f"copy{number}"
        subprocess.run(["cp", "-a", bundle, copy], capture_output=True, check=False)
        assert forker.wait(pid).status == 0
        answers, _ = outcome_of(copy)
        assert answers in (staged.previous, staged.old, staged.new)


def await_line(process: subprocess.Popen[str], start: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(start):
            return
    pytest.fail(f"the command ended before it said {start}")


@pytest.mark.parametrize(
    ("number", "code", "stage"),
    [
        (signal.SIGINT, 130, "read"),
        (signal.SIGTERM, 143, "embed"),
        (signal.SIGINT, 130, "write"),
        (signal.SIGTERM, 143, "write"),
    ],
)
def test_a_signal_stops_a_build_soon_and_leaves_nothing(
    staged: Staged, much: Path, bundle: Path, number: signal.Signals, code: int, stage: str
) -> None:
    options = ["--bundle", bundle, "--model", HASH_MODEL, "--force"]
    with subprocess.Popen(
        command("index", much, *options), stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        await_line(process, stage)
        process.send_signal(number)
        started = time.monotonic()
        said = process.communicate(timeout=30)[1]
    assert process.returncode == code
    assert time.monotonic() - started < limit_s(20)
    assert said.splitlines()[-1:] == ["answers: interrupted; nothing half-done was published"]
    assert staged.state(bundle) == "old"
    build_hashed(staged.sources, bundle)
    staged.check_finished(bundle)


def test_the_same_sources_give_the_same_digest_in_any_process(
    staged: Staged, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(staged.sources, moved)
    for seed, sources in [("1", staged.sources), ("2", moved)]:
        options = ["--bundle", tmp_path / seed, "--model", HASH_MODEL]
        assert run_command("index", sources, *options, PYTHONHASHSEED=seed).returncode == 0
    assert Bundle(tmp_path / "1").current_name() == Bundle(tmp_path / "2").current_name()
    (first,) = Bundle(tmp_path / "1").intact()
    (second,) = Bundle(tmp_path / "2").intact()
    for name in first.manifest.files:
        assert first.file(name).read_bytes() == second.file(name).read_bytes()


def test_a_build_of_unchanged_sources_publishes_nothing(staged: Staged, bundle: Path) -> None:
    build_hashed(staged.sources, bundle)
    before = Bundle(bundle).names()
    for options in ({}, {"rebuild": True}):
        report = build_hashed(staged.sources, bundle, **options)
        assert (report.published, report.n_embedded) == (False, 0)
        assert Bundle(bundle).names() == before


def test_versions_of_the_archive_differ(staged: Staged) -> None:
    assert staged.previous != staged.old != staged.new != staged.previous
    assert answers_of(open_engine(staged.bundle)) == staged.old


def test_rolled_back_then_built_again(staged: Staged, bundle: Path, tmp_path: Path) -> None:
    ended = run_command("rollback", "--bundle", bundle, "--json")
    assert (ended.returncode, '"generation": "1-' in ended.stdout) == (0, True)
    assert outcome_of(bundle) == (staged.previous, False)
    assert run_command("rollback", "--bundle", bundle).returncode == 3
    left = Bundle(bundle).names()[-1]
    build_hashed(write_version(tmp_path / "sources", 2), bundle)
    assert staged.state(bundle) == "new"
    assert [name.split("-")[0] for name in Bundle(bundle).names()] == ["1", "3"]
    assert left not in Bundle(bundle).names()

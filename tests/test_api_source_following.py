"""Sources that change are indexed again, once they are left alone, and served."""

import os
import threading
from pathlib import Path

import httpx
import pytest

from api.cli import main
from api.metrics import Metrics
from api.source_following import SourceFollower, building, facts_of
from tests.needs import limit_s
from tests.support import HASH_MODEL, THREADS, build_hashed, running_server, write_book


class Builds:
    """Builds that only count, and end as they are told."""

    def __init__(self) -> None:
        self.n = 0
        self.code = 0

    def __call__(self, stop: threading.Event) -> int:
        self.n += 1
        return self.code


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    write_book(folder, "book", THREADS)
    return folder


@pytest.fixture
def builds() -> Builds:
    return Builds()


@pytest.fixture
def follower(sources: Path, builds: Builds) -> SourceFollower:
    return SourceFollower([sources], builds, metrics=Metrics())


def test_sources_are_indexed_at_the_start_and_when_they_have_changed(
    follower: SourceFollower, builds: Builds, sources: Path
) -> None:
    assert [follower.look() for _ in range(4)] == [False, True, False, False]
    write_book(sources, "book", THREADS[:2])
    assert [follower.look() for _ in range(4)] == [False, True, False, False]
    (sources / "book.md").unlink()
    assert [follower.look() for _ in range(3)] == [False, True, False]
    assert builds.n == 3


def test_files_that_are_still_being_written_are_waited_for(
    follower: SourceFollower, builds: Builds, sources: Path
) -> None:
    for number in range(5):
        (sources / "growing.md").write_text("x" * (number + 1))
        assert follower.look() is False
    assert follower.look() is True
    assert builds.n == 1


@pytest.mark.parametrize(("code", "again"), [(0, False), (6, False), (75, True), (74, True)])
def test_a_build_is_tried_again_only_where_that_may_help(
    follower: SourceFollower, builds: Builds, code: int, again: bool
) -> None:
    builds.code = code
    follower.look()
    assert [follower.look() for _ in range(3)] == [True, again, again]


def test_hidden_files_and_links_out_are_not_looked_at(sources: Path, tmp_path: Path) -> None:
    before = facts_of([sources])
    assert [name for name, _, _ in before] == [str(sources / "book.md")]
    (sources / ".git").mkdir()
    (sources / ".git" / "index").write_text("x")
    (sources / ".book.md.swp").write_text("x")
    assert facts_of([sources]) == before
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.md").write_text("x")
    (sources / "link").symlink_to(tmp_path / "elsewhere")
    (sources / "loop").symlink_to(sources)
    os.mkfifo(sources / "pipe")
    names = {name.removeprefix(f"{sources}/") for name, _, _ in facts_of([sources])}
    assert names <= {"book.md", "link", "loop", "pipe"}
    assert facts_of([sources / "book.md"]) == before
    assert facts_of([sources / "missing"]) == ()


def test_a_build_runs_as_a_process_and_says_how_it_ended(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERS_MODEL", HASH_MODEL)
    build = building([sources], tmp_path / "bundle")
    assert build(threading.Event()) == 0
    assert (tmp_path / "bundle" / "CURRENT").is_file()
    assert building([tmp_path / "missing"], tmp_path / "bundle")(threading.Event()) == 6
    stopped = threading.Event()
    stopped.set()
    assert build(stopped) in {-15, 143}


def test_a_server_answers_from_files_as_they_change(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERS_MODEL", HASH_MODEL)
    build_hashed(sources, tmp_path / "bundle")
    with running_server(tmp_path / "bundle", "--source", str(sources)) as (address, _):
        before = httpx.get(f"{address}/readyz").json()
        assert before["n_threads"] == 4
        extra = (("Hal Tester", "How do I deploy model number seven?"), [])
        write_book(sources, "book", [*THREADS, extra])
        for _ in range(int(limit_s(60) / 0.2)):
            now = httpx.get(f"{address}/readyz").json()
            if now["n_threads"] == 5:
                break
            threading.Event().wait(0.2)
        assert (now["n_threads"], now["status"]) == (5, "ready")
        assert now["generation"] != before["generation"]
        assert 'answers_builds_total{exit_code="0"}' in httpx.get(f"{address}/metrics").text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--source", "missing"], "--source: missing does not exist"),
        (["--source", ".", "--no-watch"], "cannot go with --no-watch"),
    ],
)
def test_sources_that_cannot_be_followed_are_refused(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *options]) == 2
    assert said in capsys.readouterr().err

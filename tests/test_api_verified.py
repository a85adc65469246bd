"""Files are hashed once, until they change; a cache that fails costs time and nothing else."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from api import verified
from api.verified import cache_file, remembered_checker
from search.errors import BundleMismatchError
from search.files import sha256_of
from search.opening import open_engine
from tests.needs import disk, make_read_only, require


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose times are old enough to be trusted."""
    monkeypatch.setattr(verified, "_SETTLED_NS", -1)
    path = tmp_path / "file"
    path.write_text("content")
    return path


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were hashed."""
    found: list[Path] = []

    def counting(path: Path) -> str:
        found.append(path)
        return sha256_of(path)

    monkeypatch.setattr(verified, "sha256_of", counting)
    return found


def test_an_unchanged_file_is_hashed_once(file: Path, hashed: list[Path], tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "verified.json"
    digests = {remembered_checker(cache)(file) for _ in range(3)}
    assert (digests, hashed) == ({sha256_of(file)}, [file])
    assert [path.name for path in cache.parent.iterdir()] == ["verified.json"]


@pytest.mark.parametrize("keep_times", [False, True], ids=["written", "times put back"])
def test_a_changed_file_is_hashed_again(
    file: Path, hashed: list[Path], tmp_path: Path, keep_times: bool
) -> None:
    checker = remembered_checker(tmp_path / "verified.json")
    before = (checker(file), file.stat())
    file.write_text("CONTENT")
    if keep_times:
        os.utime(file, ns=(before[1].st_atime_ns, before[1].st_mtime_ns))
    assert checker(file) == sha256_of(file) != before[0]
    assert len(hashed) == 2


def test_a_second_start_hashes_nothing_and_a_changed_model_is_noticed(
    sample_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verified, "_SETTLED_NS", -1)
    digest_of = hashlib.file_digest
    read: list[str] = []
    monkeypatch.setattr(
        hashlib, "file_digest", lambda file, name: read.append(file.name) or digest_of(file, name)
    )
    bundle, cache = tmp_path / "bundle", tmp_path / "verified.json"
    shutil.copytree(sample_bundle, bundle)
    [model] = bundle.glob("encoders/*/model.onnx")
    open_engine(bundle, checker=remembered_checker(cache))
    assert read.count(str(model)) == 1
    read.clear()
    open_engine(bundle, checker=remembered_checker(cache))
    assert read == []
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)
    with pytest.raises(BundleMismatchError, match=r"model\.onnx is damaged"):
        open_engine(bundle, checker=remembered_checker(cache))


def test_a_file_that_has_just_changed_is_not_remembered(
    file: Path, hashed: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verified, "_SETTLED_NS", 60 * 10**9)
    checker = remembered_checker(tmp_path / "verified.json")
    checker(file)
    checker(file)
    assert len(hashed) == 2
    assert not (tmp_path / "verified.json").exists()


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff", b"{"])
def test_a_damaged_cache_is_replaced(
    content: bytes, file: Path, hashed: list[Path], tmp_path: Path
) -> None:
    cache = tmp_path / "verified.json"
    cache.write_bytes(content)
    assert remembered_checker(cache)(file) == sha256_of(file)
    assert list(json.loads(cache.read_text()).values()) == [sha256_of(file)]


def test_a_cache_without_a_place_is_none(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "occupied").write_text("x")
    assert remembered_checker(tmp_path / "occupied" / "verified.json")(file) == sha256_of(file)

    def no_home() -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert cache_file() is None
    assert remembered_checker()(file) == sha256_of(file)


def test_a_read_only_cache_costs_only_time(file: Path, tmp_path: Path) -> None:
    require("mount")
    folder = tmp_path / "disk"
    folder.mkdir()
    with disk(folder):
        make_read_only(folder)
        assert remembered_checker(folder / "a" / "verified.json")(file) == sha256_of(file)
        assert remembered_checker(folder / "verified.json")(file) == sha256_of(file)


def test_the_cache_is_below_the_users_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_file() == Path("/somewhere/answers/verified.json")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_file() == Path.home() / ".cache" / "answers" / "verified.json"


def test_only_the_newest_entries_are_kept(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verified, "_MOST_ENTRIES", 2)
    checker = remembered_checker(tmp_path / "verified.json")
    for number in range(4):
        path = tmp_path / str(number)
        path.write_text(str(number))
        checker(path)
    kept = json.loads((tmp_path / "verified.json").read_text())
    assert list(kept.values()) == [sha256_of(tmp_path / "2"), sha256_of(tmp_path / "3")]

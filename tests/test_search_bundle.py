"""Generations, the pointer to the live one, and the lock of who writes."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from search import files
from search.bundle import Bundle
from search.errors import (
    BundleLockedError,
    BundleMismatchError,
    BundleNotFoundError,
    StorageError,
)
from search.generation import Generation
from search.manifest import Manifest
from search.opening import open_engine

FINGERPRINT = "0" * 64
MADE = Manifest(
    encoder={"fingerprint": FINGERPRINT, "dim": 4}, counts={"threads": 1}, corpus_digest="c"
)


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return Bundle(tmp_path / "bundle")


def accept(generation: Generation) -> None:
    generation.verify()


def publish(
    bundle: Bundle, content: str, check: Callable[[Generation], None] = accept
) -> Generation:
    with bundle.writing():
        return bundle.publish(
            MADE, lambda folder: (folder / "data").write_text(content) and None, check
        )


def leftovers(bundle: Bundle) -> list[Path]:
    return [*bundle.path.rglob(".*.tmp"), *bundle.path.glob(".owner")]


def test_a_generation_is_named_after_its_number_and_manifest(bundle: Bundle) -> None:
    made = publish(bundle, "one")
    assert made.name == f"1-{made.manifest.digest}"
    assert made.file("data").read_text() == "one"
    assert bundle.current() == made
    assert bundle.is_live(made.name)
    assert (bundle.path / "CURRENT").read_bytes() == f"{made.name}\n".encode()
    assert leftovers(bundle) == []


def test_an_identical_generation_is_not_published_again(bundle: Bundle) -> None:
    first = publish(bundle, "one")
    assert publish(bundle, "one", check=pytest.fail) == first
    assert bundle.names() == [first.name]


def test_content_that_was_live_before_gets_a_new_number(bundle: Bundle) -> None:
    names = [publish(bundle, content).name for content in ("one", "two", "one")]
    assert [name.split("-")[0] for name in names] == ["1", "2", "3"]
    assert bundle.names() == names
    assert bundle.candidates() == names[::-1]


def test_a_damaged_generation_is_published_again(bundle: Bundle) -> None:
    publish(bundle, "one").file("data").write_text("two")
    assert publish(bundle, "one").name.startswith("2-")


def raise_error(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


def test_what_fails_its_check_is_not_published(bundle: Bundle) -> None:
    first = publish(bundle, "one")
    with pytest.raises(StorageError, match="Input/output error"):
        publish(bundle, "two", check=raise_error)
    assert (bundle.names(), leftovers(bundle)) == ([first.name], [])


@pytest.mark.parametrize("broken", ["sync_folder", "write_durably", "sync_tree"])
def test_what_cannot_be_published_leaves_the_live_one(
    bundle: Bundle, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(bundle, "one")
    monkeypatch.setattr(f"search.bundle.{broken}", raise_error)
    with pytest.raises(StorageError, match="nothing was changed"):
        publish(bundle, "two")
    monkeypatch.undo()
    assert (bundle.names(), bundle.current()) == ([first.name], first)
    assert leftovers(bundle) == []


@pytest.mark.parametrize("n_before", [0, 1])
def test_a_pointer_that_may_not_last_is_taken_back(
    bundle: Bundle, n_before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [publish(bundle, "one").name for _ in range(n_before)]

    def fail_at_the_pointer(path: Path) -> None:
        if path == bundle.path and (path / "CURRENT").exists() and bundle.names() != before:
            raise_error()

    monkeypatch.setattr(files, "sync_folder", fail_at_the_pointer)
    with pytest.raises(StorageError, match="nothing was changed"):
        publish(bundle, "two")
    assert bundle.names() == before
    assert bundle.current_name() == (before[0] if before else None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "damaged"),
        (b"1-0123456789ab", "damaged"),
        (b"../../etc\n", "damaged"),
        (b"\xff\xfe\n", "damaged"),
        (None, "missing"),
    ],
)
def test_a_damaged_pointer_leads_to_the_newest_generation(
    bundle: Bundle, content: bytes | None, message: str
) -> None:
    names = [publish(bundle, content).name for content in ("one", "two")]
    path = bundle.path / "CURRENT"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BundleMismatchError, match=f"CURRENT: {message}; run `answers index"):
        bundle.current()
    assert bundle.candidates() == names[::-1]
    assert publish(bundle, "two").name.startswith("3-")
    assert bundle.current().name.startswith("3-")


def test_a_pointer_to_nothing_leads_to_the_newest_generation(bundle: Bundle) -> None:
    name = publish(bundle, "one").name
    (bundle.path / "CURRENT").write_text("7-0123456789ab\n")
    assert bundle.candidates() == [name]
    with pytest.raises(BundleMismatchError, match=r"manifest.json: missing"):
        bundle.current()


def test_what_never_went_live_is_no_candidate(bundle: Bundle) -> None:
    names = [publish(bundle, content).name for content in ("one", "two", "three")]
    bundle.switch_to(names[1])
    assert bundle.candidates() == [names[1], names[0]]
    assert [made.name for made in bundle.intact()] == [names[1], names[0]]
    bundle.keep_only(names[1])
    assert bundle.names() == [names[1]]


def test_without_a_bundle_the_message_says_how_to_build_one(bundle: Bundle) -> None:
    assert (bundle.current_name(), bundle.names(), bundle.candidates()) == (None, [], [])
    message = rf"no bundle at .*; build one with `answers index SOURCE… --bundle {bundle.path}`"
    for ask in (bundle.current, bundle.rollback, lambda: open_engine(bundle.path)):
        with pytest.raises(BundleNotFoundError, match=message):
            ask()
    assert not bundle.path.exists()


def test_a_file_in_the_place_of_a_bundle_is_no_bundle(bundle: Bundle) -> None:
    bundle.path.write_text("x")
    with pytest.raises(BundleNotFoundError):
        bundle.current()
    with pytest.raises(StorageError, match="nothing was changed"), bundle.writing():
        pass


def test_rollback_goes_to_the_latest_intact_generation_before(bundle: Bundle) -> None:
    names = [publish(bundle, content).name for content in ("one", "two", "three")]
    bundle.generation(names[1]).file("data").write_text("bad")
    assert bundle.rollback().name == names[0]
    assert bundle.current_name() == names[0]
    with pytest.raises(BundleNotFoundError, match="no intact generation before the live one"):
        bundle.rollback()


def test_rollback_repairs_a_damaged_pointer(bundle: Bundle) -> None:
    names = [publish(bundle, content).name for content in ("one", "two")]
    (bundle.path / "CURRENT").write_text("rubbish")
    assert bundle.rollback().name == names[1]
    assert bundle.current_name() == names[1]


def test_leftovers_of_a_killed_writer_are_removed(bundle: Bundle) -> None:
    first = publish(bundle, "one")
    (bundle.path / ".CURRENT.9.tmp").write_text("x")
    (bundle.generations_folder / ".9.tmp" / "lexical").mkdir(parents=True)
    (bundle.encoders_folder / ".abc.tmp").mkdir(parents=True)
    with bundle.writing():
        assert [path.name for path in leftovers(bundle)] == [".owner"]
    assert bundle.names() == [first.name]


def test_other_encoders_are_deleted(bundle: Bundle) -> None:
    for name in ("a", "b"):
        (bundle.encoders_folder / name).mkdir(parents=True)
    bundle.keep_only_encoder("b")
    assert [path.name for path in bundle.encoders_folder.iterdir()] == ["b"]


def test_the_lock_names_who_holds_it(bundle: Bundle) -> None:
    with bundle.writing():
        told = rf"{bundle.path}: process {os.getpid()} \(since .*\) is writing this bundle; wait"
        with pytest.raises(BundleLockedError, match=told), bundle.writing():
            pass
    with bundle.writing():
        pass


@pytest.mark.parametrize("said", ["", "rubbish", "process 999999999 (since yesterday)"])
def test_a_lock_without_a_living_owner_is_anothers(bundle: Bundle, said: str) -> None:
    with bundle.writing():
        (bundle.path / ".owner").write_text(said)
        with pytest.raises(BundleLockedError, match="another process is"), bundle.writing():
            pass


def test_the_lock_of_a_dead_process_is_free(bundle: Bundle) -> None:
    script = (
        "import os, sys; from pathlib import Path; from search.bundle import Bundle\n"
        "with Bundle(Path(sys.argv[1])).writing(): os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(bundle.path)], check=True)
    assert (bundle.path / ".owner").exists()
    with bundle.writing():
        assert f"process {os.getpid()} " in (bundle.path / ".owner").read_text()

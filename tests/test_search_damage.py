"""Every damage and every mismatch is noticed before the first answer."""

import errno
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from search import files
from search.bundle import Bundle
from search.errors import (
    BundleMismatchError,
)
from search.manifest import MANIFEST, digest_of
from search.opening import open_engine
from search.verification import verify_bundle
from tests.archives import Staged, answers_of, is_degraded, outcome_of, stage

SEED = 20261124


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Staged:
    return stage(tmp_path_factory.mktemp("staged"))


@pytest.fixture
def real(staged: Staged, tmp_path: Path) -> Path:
    return staged.copy(tmp_path / "bundle")


def files_of(bundle: Path) -> list[Path]:
    """Return everything that a search reads: live generation, encoder and pointer."""
    live = Bundle(bundle).current()
    folders = (live.path, Bundle(bundle).encoders_folder)
    found = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return [*found, bundle / "CURRENT"]


def flip(path: Path, generator: random.Random) -> bytes | None:
    data = bytearray(path.read_bytes())
    data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
    return bytes(data)


def cut(path: Path, generator: random.Random) -> bytes | None:
    data = path.read_bytes()
    return data[: generator.randrange(len(data))]


def lengthen(path: Path, generator: random.Random) -> bytes | None:
    return path.read_bytes() + generator.randbytes(1)


def delete(path: Path, generator: random.Random) -> bytes | None:
    return None


def swap(path: Path, generator: random.Random) -> bytes | None:
    """Take the file of another generation; a changed bit where there is none that differs."""
    generation = Path(*path.parts[: path.parts.index("generations") + 2])
    for other in generation.parent.iterdir():
        twin = other / path.relative_to(generation)
        if twin.is_file() and twin.read_bytes() != path.read_bytes():
            return twin.read_bytes()
    return flip(path, generator)


def edit(path: Path, generator: random.Random) -> bytes | None:
    """Change a figure of a JSON file in a way that still parses."""
    facts = json.loads(path.read_text())
    if isinstance(facts, list):
        facts.append(generator.random())
    else:
        facts["edited"] = generator.random()
    return json.dumps(facts).encode()


def damages(path: Path) -> list[Callable[[Path, random.Random], bytes | None]]:
    found = [flip, flip, flip, cut, lengthen, delete]
    if "generations" in path.parts:
        found.append(swap)
    return [*found, edit] if path.suffix == ".json" else found


def expected(path: Path, staged: Staged) -> tuple[Any, bool]:
    """Return what a bundle must answer once a file is damaged, and that it must say so."""
    if "encoders" in path.parts:
        return None, True
    return (staged.old if path.name == "CURRENT" else staged.previous), True


def check_damages(staged: Staged, bundle: Path, n_damages: int) -> None:
    generator = random.Random(SEED)
    paths = files_of(bundle)
    for number in range(n_damages):
        path = paths[number % len(paths)]
        before = path.read_bytes()
        damage = generator.choice(damages(path))
        after = damage(path, generator)
        path.unlink()
        if after is not None:
            path.write_bytes(after)
        assert outcome_of(bundle) == expected(path, staged), (number, path, damage)
        path.write_bytes(before)
    assert outcome_of(bundle) == (staged.old, False)


def test_every_damage_is_noticed_before_the_first_answer(
    staged: Staged, real: Path, record_property: Callable[[str, object], None]
) -> None:
    check_damages(staged, real, 100)
    record_property("damages noticed", 100)


@pytest.mark.stress
@pytest.mark.timeout(1200)
def test_five_hundred_damages_are_noticed(
    staged: Staged, real: Path, record_property: Callable[[str, object], None]
) -> None:
    check_damages(staged, real, 500)
    record_property("damages noticed", 500)


def test_a_file_too_many_is_noticed(staged: Staged, real: Path) -> None:
    (Bundle(real).current().path / "lexical" / "more").write_text("x")
    assert outcome_of(real) == (staged.previous, True)


def test_a_file_in_the_place_of_a_folder_is_noticed(staged: Staged, real: Path) -> None:
    lexical = Bundle(real).current().path / "lexical"
    shutil.rmtree(lexical)
    lexical.write_text("x")
    assert outcome_of(real) == (staged.previous, True)


def test_an_unreadable_file_leads_to_the_previous_generation(
    staged: Staged, real: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = Bundle(real).current().path

    def checker(path: Path) -> str:
        if live in path.parents:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return files.sha256_of(path)

    engine = open_engine(real, checker=checker)
    assert answers_of(engine) == staged.previous
    assert is_degraded(engine)


def test_without_an_intact_generation_the_first_damage_is_told(real: Path) -> None:
    for name in Bundle(real).names():
        (real / "generations" / name / "threads.sqlite").write_bytes(b"x")
    with pytest.raises(BundleMismatchError, match=r"2-.*threads.sqlite: 1 bytes, the manifest"):
        open_engine(real)
    with pytest.raises(BundleMismatchError, match="answers index --rebuild"):
        verify_bundle(real)


def test_a_bundle_published_while_it_is_opened_is_opened(
    staged: Staged, real: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = iter([["1-0123456789ab"]])
    candidates = Bundle.candidates
    monkeypatch.setattr(Bundle, "candidates", lambda self: next(stale, None) or candidates(self))
    assert answers_of(open_engine(real)) == staged.old


def craft(bundle: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the live manifest as another program would have written it, and drop the rest."""
    home = Bundle(bundle)
    live = home.current()
    home.keep_only(live.name)
    facts = json.loads((live.path / MANIFEST).read_text())
    change(facts)
    data = json.dumps(facts).encode()
    (live.path / MANIFEST).write_bytes(data)
    name = f"{live.name.split('-')[0]}-{digest_of(data)}"
    live.path.rename(home.generations_folder / name)
    home.switch_to(name)


def of_encoder(**values: object) -> Callable[[dict[str, Any]], None]:
    return lambda facts: facts["encoder"].update(values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda facts: facts.update(format_version=2), "format version 2, this program reads 1"),
        (lambda facts: facts.update(format_version=0), "format version 0, this program reads 1"),
        (of_encoder(fingerprint="f" * 64), r"ffff/encoder.json: missing or changed"),
        (of_encoder(dim=384), "have 256 dimensions, the manifest says 384"),
        (of_encoder(**{"encoder.json": "0"}), "encoder.json: missing or changed"),
        (lambda facts: facts["encoder"].pop("encoder.json"), "encoder.json: missing or changed"),
        (lambda facts: facts["encoder"].pop("fingerprint"), "damaged manifest"),
        (lambda facts: facts["files"].pop("threads.sqlite"), "threads.sqlite: not in the manifest"),
    ],
    ids=["newer", "older", "encoder", "dim", "record", "no record", "no encoder", "no file"],
)
def test_a_generation_of_another_making_is_refused(
    change: Callable[[dict[str, Any]], None], message: str, real: Path
) -> None:
    craft(real, change)
    with pytest.raises(BundleMismatchError, match=message) as caught:
        open_engine(real)
    assert "answers index --rebuild" in str(caught.value)


def test_another_encoder_under_the_right_name_is_refused(real: Path) -> None:
    home = Bundle(real)
    own = home.current().manifest.encoder["fingerprint"]
    (home.encoders_folder / own).rename(home.encoders_folder / ("f" * 64))
    craft(real, of_encoder(fingerprint="f" * 64))
    with pytest.raises(BundleMismatchError, match=rf"built with hash:256 f{{12}}, .* {own[:12]}"):
        open_engine(real)


def test_verification_hashes_and_asks(real: Path) -> None:
    found = verify_bundle(real)
    assert found.generation == Bundle(real).current_name()
    assert (found.n_threads, found.n_canaries) == (5, 5)
    craft(real, lambda facts: facts["counts"].update(threads=7))
    with pytest.raises(BundleMismatchError, match="5 threads, the manifest says 7"):
        verify_bundle(real)

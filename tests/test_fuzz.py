"""No input, found with or without the guidance of coverage, ends a reader."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.sources import read_sources
from tests.support import ROOT
from tests.test_indexer_sources_mutations import MUTATIONS, SAMPLE, mutated

SECONDS = int(os.environ.get("ANSWERS_FUZZ_S", "300"))


@pytest.mark.stress
@pytest.mark.timeout(SECONDS + 300)
def test_fuzzing_guided_by_coverage_finds_nothing(tmp_path, record_property) -> None:
    pytest.importorskip("atheris")
    # Through a shell: by what the kernel counts, a child begins as large as who starts it.
    fuzzing = [sys.executable, "-m", "tests.fuzz", str(tmp_path), str(SECONDS)]
    done = subprocess.run(
        ["sh", "-c", '"$@"; exit $?', "sh", *fuzzing],
        capture_output=True,
        text=True,
        errors="replace",
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-4_000:] + done.stdout[-4_000:]
    found = re.search(r"Done (\d+) runs", done.stderr)
    assert found, done.stderr[-1_000:]
    assert int(found[1]) > SECONDS
    record_property("inputs that coverage guided", int(found[1]))


@pytest.mark.stress
@pytest.mark.timeout(1_800)
def test_ten_thousand_damaged_files_cost_only_themselves(tmp_path: Path, record_property) -> None:
    for seed in range(10_000):
        (tmp_path / f"bad-{seed:05}.md").write_bytes(mutated(seed))
    (tmp_path / "good.md").write_bytes(SAMPLE)
    archive = read_sources([tmp_path])
    assert len(MUTATIONS) > 10
    assert "good" in {book.slug for book in archive.collections}
    left_out = {each.path for each in archive.complaints} - {
        book.path for book in archive.collections
    }
    assert len(left_out) + len(archive.collections) == 10_001
    record_property("mutated files read or reported", 10_000)

"""Damage to a file in any of the formats costs only what it touches."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from indexer.sources import read_sources
from indexer.sources.records import Severity
from tests.source_samples import (
    FULL,
    SHORT,
    count_posts,
    jsonl,
    make_export,
    message,
    mutate,
    number,
    read_days,
    table,
    threads_of,
)

N_MUTATIONS = 250


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the folder of an export without channels, and work beside it."""
    monkeypatch.chdir(tmp_path)
    return make_export()


@pytest.mark.parametrize(
    ("name", "text"), [("x.jsonl", jsonl), ("x.csv", table)], ids=["jsonl", "csv"]
)
def test_damaged_records_cost_only_what_is_touched(
    folder: Path, name: str, text: Callable[..., str]
) -> None:
    """No crash; what is lost is reported, and the rest is read as before."""
    records = number([{**FULL, "question": f"Is {n}?", "answer": f'A "{n}".'} for n in range(12)])
    whole = text(*records).encode()
    (folder / "good.jsonl").write_text(jsonl({**SHORT, "id": "good"}))
    for seed in range(N_MUTATIONS):
        damaged = mutate(whole, random.Random(seed))
        (folder / name).write_bytes(damaged)
        archive = read_sources([folder])
        kept = {
            thread.source_ref: (thread.post.text, thread.replies[0].text)
            for each in archive.collections
            for thread in each.threads
        }
        assert kept.pop("good") == ("When?", "Now.")
        lines = set(damaged.split(b"\n"))
        intact = [each for each in records if text(each).encode().splitlines()[-1] in lines]
        if kept and whole.split(b"\n")[0] in lines:
            assert [kept[each["id"]] for each in intact] == texts(intact), seed
        if len(intact) < len(lines - {b""}) - (name == "x.csv"):
            assert archive.complaints or len(kept) > len(intact), seed
        assert all(str(each).isprintable() for each in archive.complaints)


def texts(records: Sequence[dict[str, str]]) -> list[tuple[str, str]]:
    """Get what is asked and answered."""
    return [(each["question"], each["answer"]) for each in records]


@pytest.mark.parametrize("name", ["general/2021-03-01.json", "users.json", "list.yml"])
def test_damaged_files_cost_only_what_is_touched(export: Path, name: str) -> None:
    """No crash; what is lost is reported, and the other files are read."""
    posts = [message(f"{n}.0", f"U{n % 4 + 1}", f"Text {n}", thread_ts="1.0") for n in range(1, 9)]
    read_days(export, d01=posts, d02=[message("20.0")])
    (export / "list.yml").write_text("- question: Is it?\n  answer: 'It''s.'\n" * 8)
    path = export / name
    whole = path.read_bytes()
    n_posts = count_posts(read_sources([export]))
    assert n_posts == 25
    for seed in range(N_MUTATIONS):
        damaged = mutate(whole, random.Random(seed))
        path.write_bytes(damaged)
        archive = read_sources([export])
        assert "general#20.0" in dict(threads_of(archive))
        assert count_posts(archive) >= n_posts - 16
        if count_posts(archive) < n_posts and not whole.startswith(damaged):
            assert archive.complaints, seed
        others = [each for each in archive.complaints if each.severity is Severity.ERROR]
        assert {each.path for each in others} <= {path}
        assert all(str(each).isprintable() for each in archive.complaints)

"""Five hundred damaged files among a hundred good ones cost nothing but themselves."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.sources import read_sources
from indexer.sources.records import Archive, Severity

N_GOOD = 100
N_DAMAGED = 500

SAMPLE = b"""---
title: "A Book: Second Edition"
start: 2021-11-22 00:00:00
end: 2021-11-26 22:59:58
authors: [writer]
links:
  - text: Publisher
    link: https://example.org/book
archive:
- name: Ann
  text: 'First question?


    It''s in two paragraphs \xe2\x80\x94 with a dash.'
  replies:
  - name: A. Writer
    text: First answer, see [this](https://example.org/a?b=c#d)
  - name: Ann
    text: "Thanks \\U0001F600"
- name: Bob
  text: |
    Second question?
    ---
    - really
  replies: []
---

A book.
"""

Mutation = Callable[[bytes, random.Random], bytes]


def flip_bits(data: bytes, chance: random.Random) -> bytes:
    """Change one bit in each of up to four bytes."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(data: bytes, chance: random.Random) -> bytes:
    """Drop the end."""
    return data[: chance.randrange(len(data))]


def drop_slice(data: bytes, chance: random.Random) -> bytes:
    """Drop up to 40 bytes."""
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.randint(1, 40) :]


def on_lines(change: Callable[[list[bytes], int], None]) -> Mutation:
    """Make a mutation of a change to one line of the list."""

    def mutate(data: bytes, chance: random.Random) -> bytes:
        lines = data.split(b"\n")
        change(lines, chance.randrange(len(lines)))
        return b"\n".join(lines)

    return mutate


def double(lines: list[bytes], at: int) -> None:
    """Repeat a line."""
    lines.insert(at, lines[at])


def drop(lines: list[bytes], at: int) -> None:
    """Leave a line out."""
    del lines[at]


def use_tab(lines: list[bytes], at: int) -> None:
    """Indent with a tab."""
    lines[at] = b"\t" + lines[at].lstrip()


def drop_quote(lines: list[bytes], at: int) -> None:
    """Drop the first quote, of either kind."""
    lines[at] = lines[at].replace(b"'", b"", 1).replace(b'"', b"", 1)


def drop_key(lines: list[bytes], at: int) -> None:
    """Keep only what stands after the first colon."""
    lines[at] = lines[at].partition(b":")[2]


def swap_type(lines: list[bytes], at: int) -> None:
    """Put a list where a value was."""
    lines[at] = lines[at].partition(b":")[0] + b": [1, {a: b}]"


def insert_noise(data: bytes, chance: random.Random) -> bytes:
    """Put random bytes in the middle."""
    at = chance.randrange(len(data))
    return data[:at] + chance.randbytes(chance.randint(1, 20)) + data[at:]


def replace_all(data: bytes, chance: random.Random) -> bytes:
    """Keep nothing but random bytes."""
    return chance.randbytes(chance.randrange(2_000))


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    cut,
    drop_slice,
    insert_noise,
    replace_all,
    *map(on_lines, (double, drop, use_tab, drop_quote, drop_key, swap_type)),
)


def mutated(seed: int) -> bytes:
    """Damage the sample in the way that a seed stands for."""
    return MUTATIONS[seed % len(MUTATIONS)](SAMPLE, random.Random(seed))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Read good files and damaged ones, whose name is the seed of the damage."""
    folder = tmp_path_factory.mktemp("books")
    for number in range(N_GOOD):
        (folder / f"good-{number:03}.md").write_bytes(SAMPLE)
    for seed in range(N_DAMAGED):
        (folder / f"bad-{seed:03}.md").write_bytes(mutated(seed))
    return read_sources([folder])


def errors_by_file(archive: Archive) -> Counter[Path]:
    """Count the errors of each file."""
    return Counter(each.path for each in archive.complaints if each.severity is Severity.ERROR)


def test_every_good_file_is_read_whole(archive: Archive) -> None:
    """As if the damaged ones were not there."""
    good = [book for book in archive.collections if book.slug.startswith("good")]
    assert len(good) == N_GOOD
    first = [(thread.post, thread.replies) for thread in good[0].threads]
    assert [len(replies) for _, replies in first] == [2, 0]
    assert first[1][0].text == "Second question?\n---\n- really\n"
    for book in good:
        assert [(thread.post, thread.replies) for thread in book.threads] == first
    assert not any(path.name.startswith("good") for path in errors_by_file(archive))


def test_every_file_that_is_left_out_is_reported_once(
    archive: Archive, record_property: Callable[[str, object], None]
) -> None:
    """With one line that says where and why."""
    read = {book.path for book in archive.collections}
    lost = {path: n for path, n in errors_by_file(archive).items() if path not in read}
    assert len(lost) + len(read) == N_GOOD + N_DAMAGED
    assert set(lost.values()) == {1}
    assert len(lost) > 200
    record_property("mutated files read or reported", N_DAMAGED)


def test_every_complaint_is_one_line_that_can_be_followed(archive: Archive) -> None:
    """`file:line: what; what to do`, and never the same twice."""
    rendered = [str(complaint) for complaint in archive.complaints]
    assert len(set(rendered)) == len(rendered)
    for complaint in archive.complaints:
        assert str(complaint).isprintable()
        assert 1 <= complaint.line <= complaint.path.read_bytes().count(b"\n") + 2
        assert complaint.message

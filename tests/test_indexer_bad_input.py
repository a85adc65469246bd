"""One folder with everything that can be wrong: each thing has file:line, the rest is indexed."""

from pathlib import Path

import pytest

from api.cli import EXIT_REJECTED, main
from search.opening import open_engine
from tests.source_samples import FAQ, make_export, message, write_days
from tests.support import HASH_MODEL, THREADS, write_book

CSV = """id;question;answer
752e8452;"Is it ""free""; really?";"Yes.
Always."
09081824;When?;Now.;and more
0003;Is it hard?;No.
"""
WRONG_COLUMNS = "id,questions,answer\n1,Is it long?,No.\n2,Is it short?,No.\n"
EXPECTED = {
    "in/table.csv:4: ": "4 cells",
    "in/columns.csv:1: ": "`question`",
    "in/pairs.jsonl:2: ": "JSON",
    "in/mapping.yml:1: ": "is a mapping, not a list",
    "in/export/general/2021-03-01.json:7: ": "`ts`",
    "in/export/general/2021-03-01.json:4: ": "left out: 1 by bots",
    "in/export/general/2021-03-01.json:5: ": "left out: 1 joins and leaves",
    "in/export/general/2021-03-01.json:6: ": "left out: 1 deleted",
    "in/export/general/2021-03-01.json:3: ": "not in users.json: `U7`",
}
JSONL = '{"id": "0004", "question": "Is it live?", "answer": "Yes."}\n{"id": "0004"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the folder `in` of good and bad sources, and work beside it."""
    (tmp_path / "in").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path / "in")
    messages = [
        message("1.0", "U1", "How do I join the course in the middle?"),
        message("1.1", "U7", "Write to the organisers first.", thread_ts="1.0"),
        message("1.2", "B1", "Welcome!", subtype="bot_message"),
        message("1.3", "U2", subtype="channel_join"),
        message("1.4", "U2", "gone", subtype="tombstone"),
        {"type": "message", "user": "U2", "text": "without a time"},
    ]
    write_days(make_export() / "general", {"2021-03-01": messages})
    write_book(Path(), "20211122-a-small-book", THREADS)
    Path("table.csv").write_bytes(b"\xef\xbb\xbf" + CSV.encode())
    Path("columns.csv").write_text(WRONG_COLUMNS)
    Path("pairs.jsonl").write_text(JSONL)
    Path("list.yml").write_text(FAQ)
    Path("mapping.yml").write_text("question: Is it a list?\nanswer: It is not.\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_has_its_place_and_the_rest_is_indexed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["index", "in", "--bundle", "bundle", "--model", HASH_MODEL]
    assert main(command) == EXIT_REJECTED
    said = capsys.readouterr().err
    for place, what in EXPECTED.items():
        assert [line for line in said.splitlines() if place in line and what in line], (place, said)
    refs = {
        ref
        for thread in open_engine(folder / "bundle").store.iter_threads()
        for ref in thread.source_refs
    }
    books = {f"20211122-a-small-book#{place}" for place in range(len(THREADS))}
    assert refs == {*books, "752e8452", "0003", "0004", "list#0", "general#1.0"}


def test_what_was_kept_is_as_it_was_written(folder: Path) -> None:
    command = ["index", "in", "--bundle", "bundle", "--model", HASH_MODEL, "--keep-going"]
    assert main(command) == 0
    threads = open_engine(folder / "bundle").store.iter_threads()
    texts = {t.source_refs[0]: [(m.speaker, m.text) for m in t.messages] for t in threads}
    assert texts["752e8452"] == [("", 'Is it "free"; really?'), ("", "Yes.\nAlways.")]
    assert texts["general#1.0"][1] == ("U7", "Write to the organisers first.")

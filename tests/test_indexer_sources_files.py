"""Nothing in a folder makes a walk hang, fail or leave the folder."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.sources import files
from indexer.sources.files import Found, find_files, object_to, read_file
from indexer.sources.printing import printable
from indexer.sources.records import BrokenSourceError, Severity

MARKDOWN = frozenset({".md"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with one good file, beside a secret that is not in it."""
    (tmp_path / "secret.md").write_text("secret")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "good.md").write_text("good")
    return inside


def find(folder: Path) -> Found:
    """Find Markdown files."""
    return find_files(folder, suffixes=MARKDOWN)


def reasons(found: Found, folder: Path) -> dict[str, tuple[Severity, str]]:
    """Map the name of what was skipped to severity and reason."""
    return {
        str(complaint.path.relative_to(folder)): (complaint.severity, complaint.message)
        for complaint in found.complaints
    }


def test_files_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    """Whatever the order in which they were made."""
    names = ["c.md", "a/z.md", "b.MD", "a/b/c.md", "a.md"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert find(tmp_path) == Found(tuple(sorted(tmp_path / name for name in names)))


def test_other_and_hidden_files_are_left_alone(folder: Path) -> None:
    """They are no complaint either."""
    for name in ["cover.jpg", "notes", ".hidden.md", ".git"]:
        (folder / name).touch()
    (folder / ".obsidian").mkdir()
    (folder / ".obsidian" / "x.md").touch()
    assert find(folder) == Found((folder / "good.md",))


@pytest.mark.parametrize("name", ["_template.md", "README.md", "readme.md", "CHANGELOG.md"])
def test_what_is_no_archive_by_its_name_is_a_notice(folder: Path, name: str) -> None:
    """Templates and descriptions of the folder."""
    (folder / name).touch()
    severity, reason = reasons(find(folder), folder)[name]
    assert severity is Severity.NOTICE
    assert reason.startswith("is left out")


def test_underscored_folders_are_left_out(folder: Path) -> None:
    """So that drafts are."""
    (folder / "_drafts").mkdir()
    (folder / "_drafts" / "x.md").touch()
    assert find(folder).paths == (folder / "good.md",)
    assert reasons(find(folder), folder)["_drafts"][0] is Severity.NOTICE


@pytest.mark.parametrize("target", ["../secret.md", "../inside", "/etc/passwd", "missing", ".."])
def test_links_are_never_followed(folder: Path, target: str) -> None:
    """What they lead to outside is an error, and inside a notice."""
    (folder / "link.md").symlink_to(target)
    found = find(folder)
    severity, reason = reasons(found, folder)["link.md"]
    assert found.paths == (folder / "good.md",)
    inside = target in {"../inside", "missing"}
    assert severity is (Severity.NOTICE if inside else Severity.ERROR)
    assert "link" in reason


def test_loops_of_links_end(folder: Path) -> None:
    """To itself, to the parent and in a ring."""
    (folder / "self.md").symlink_to("self.md")
    (folder / "up").symlink_to("..")
    (folder / "down").symlink_to(".")
    (folder / "ring1").symlink_to("ring2")
    (folder / "ring2").symlink_to("ring1")
    found = find(folder)
    assert found.paths == (folder / "good.md",)
    assert set(reasons(found, folder)) == {"self.md", "up", "down"}


@pytest.fixture
def special(folder: Path) -> Iterator[Path]:
    """Put a pipe, a socket and a folder under the names of files."""
    os.mkfifo(folder / "pipe.md")
    (folder / "folder.md").mkdir()
    (folder / "folder.md" / "x.md").touch()
    with socket.socket(socket.AF_UNIX) as listener:
        before = Path.cwd()
        os.chdir(folder)
        listener.bind("socket.md")
        os.chdir(before)
        yield folder


def test_pipes_sockets_and_folders_are_no_files(special: Path) -> None:
    """They are skipped with a reason and without waiting."""
    start = time.monotonic()
    found = find(special)
    assert found.paths == (special / "good.md",)
    assert {name: severity for name, (severity, _) in reasons(found, special).items()} == {
        "pipe.md": Severity.NOTICE,
        "socket.md": Severity.NOTICE,
        "folder.md": Severity.NOTICE,
    }
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("name", ["pipe.md", "socket.md", "folder.md"])
def test_a_path_that_is_no_file_is_not_opened(special: Path, name: str) -> None:
    """Not even when a file was there a moment ago."""
    start = time.monotonic()
    with pytest.raises(BrokenSourceError, match="no regular file"):
        read_file(special / name)
    assert time.monotonic() - start < 30


@pytest.mark.parametrize(
    "name",
    [b"caf\xe9.md", b"\xff\xfe.md", b"a..b.md", b"..md", b"..x.md", b"a\nb.md", b"\x1b[31m.md"],
)
def test_names_that_would_break_something_are_errors(folder: Path, name: bytes) -> None:
    """The complaint can be printed."""
    Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).touch()
    found = find(folder)
    (complaint,) = found.complaints
    assert found.paths == (folder / "good.md",)
    assert complaint.severity is Severity.ERROR
    assert complaint.message.endswith("in its name; rename it")
    assert str(complaint).encode().decode().isprintable()


@pytest.mark.parametrize("name", ["ü 日本語 😀.md", "a b#c.md", "x" * 252 + ".md", "a.b.md"])
def test_unusual_names_are_read(folder: Path, name: str) -> None:
    """A name may be as long as 255 bytes."""
    (folder / name).write_text("here")
    assert folder / name in find(folder).paths
    assert read_file(folder / name).data == b"here"


def test_names_are_escaped_only_where_needed() -> None:
    """So that complaints name the file that is there."""
    assert printable(Path("ä b\xa0.md")) == Path("ä b\xa0.md")
    assert printable(Path("a\udcff\n\u2028.md")) == Path("a\\udcff\\n\\u2028.md")


def test_a_folder_that_cannot_be_listed_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other folders are read."""
    (folder / "closed").mkdir()
    listed = Path.iterdir

    def iterdir(path: Path) -> Iterator[Path]:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    found = find(folder)
    assert found.paths == (folder / "good.md",)
    assert reasons(found, folder)["closed"] == (
        Severity.ERROR,
        "cannot be listed (Permission denied); check its permissions",
    )


def test_a_file_that_cannot_be_opened_says_why(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operating system's reason is passed on."""

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(BrokenSourceError, match=r"cannot be read \(Permission denied\); check"):
        read_file(folder / "good.md")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permissions_is_an_error(folder: Path) -> None:
    """The real thing, where it exists."""
    (folder / "good.md").chmod(0)
    with pytest.raises(BrokenSourceError, match="cannot be read"):
        read_file(folder / "good.md")


def test_a_file_that_vanished_is_an_error(folder: Path) -> None:
    """Between the walk and the reading."""
    with pytest.raises(BrokenSourceError, match="No such file"):
        read_file(folder / "gone.md")


def test_files_over_32_mb_are_refused_unread(folder: Path) -> None:
    """By their size; the limit itself is allowed."""
    path = folder / "large.md"
    with path.open("wb") as stream:
        stream.truncate(files.MAX_FILE_BYTES)
    assert len(read_file(path).data) == files.MAX_FILE_BYTES
    os.truncate(path, files.MAX_FILE_BYTES + 1)
    with pytest.raises(BrokenSourceError, match=r"over 32 MB \(33,554,433 bytes\); split it"):
        read_file(path)


def test_a_file_that_changes_while_it_is_read_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of one version and half of another is neither."""
    path = folder / "good.md"
    stat_of = os.fstat

    def append_then_stat(descriptor: int) -> os.stat_result:
        status = stat_of(descriptor)
        with path.open("a") as stream:
            stream.write("more")
        return status

    monkeypatch.setattr(os, "fstat", append_then_stat)
    with pytest.raises(BrokenSourceError, match="changed while it was read; run"):
        read_file(path)


def test_a_file_that_became_a_link_is_not_followed(folder: Path) -> None:
    """After the walk has seen a file."""
    (folder / "good.md").unlink()
    (folder / "good.md").symlink_to(folder.parent / "secret.md")
    with pytest.raises(BrokenSourceError, match="no regular file"):
        read_file(folder / "good.md")


def test_a_link_that_the_user_names_is_read(folder: Path) -> None:
    """Under the name that the user gave it."""
    link = folder / "link.md"
    link.symlink_to("good.md")
    assert object_to(link) is None
    assert read_file(link, real=folder / "good.md") == files.SourceFile(link, b"good")

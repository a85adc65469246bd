"""What some tests need of the machine: they skip without it, or fail where it is demanded."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

BUILD_S = 1_500
"""Hang guard of tests before which the whole archive may be indexed."""


def limit_s(seconds: float) -> float:
    """Return a time limit, longer where more processes want to run than there are cores."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


DEMANDED = "ANSWERS_REQUIRE"


def require(name: str) -> None:
    """Skip the test where the machine lacks something; fail where `ANSWERS_REQUIRE` names it."""
    missing = _missing(name)
    if missing is None:
        return
    if name in os.environ.get(DEMANDED, "").replace(",", " ").split():
        pytest.fail(f"{missing}, but {DEMANDED} names {name}")
    pytest.skip(missing)


@cache
def _missing(name: str) -> str | None:
    """Say what is missing, None where nothing is."""
    return _CHECKS[name]()


def _no_strace() -> str | None:
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-qq", "-e", "trace=none", "true"], capture_output=True)
    return None if tried.returncode == 0 else "strace may not trace here"


def _no_openvino() -> str | None:
    return None if find_spec("openvino") else "openvino is not installed"


def _not_root() -> str | None:
    return None if os.geteuid() == 0 else "not run as root"


def _no_mount() -> str | None:
    if missing := _not_root():
        return missing
    with tempfile.TemporaryDirectory() as folder:
        try:
            with disk(Path(folder)):
                return None
        except (OSError, subprocess.CalledProcessError):
            return "file systems cannot be mounted here"


def chromium() -> str | None:
    """Return the path of a Chromium that is installed, None to use the one of playwright."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return os.environ.get("ANSWERS_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def _no_browser() -> str | None:
    if find_spec("playwright") is None:
        return 'playwright is not installed: pip install -e ".[dev]"'
    if chromium() is not None:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return None if Path(path).exists() else "no Chromium: install it, or set ANSWERS_CHROMIUM"


_CHECKS: Mapping[str, Callable[[], str | None]] = {
    "browser": _no_browser,
    "mount": _no_mount,
    "openvino": _no_openvino,
    "root": _not_root,
    "strace": _no_strace,
}


@contextmanager
def disk(folder: Path, *, size: str = "2m") -> Iterator[Path]:
    """Mount a small file system of its own on a folder."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def make_read_only(folder: Path) -> None:
    """Make a mounted file system read-only."""
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)

"""Every regular expression takes time in proportion to what it reads (gates Y8 and S9)."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import api
import indexer
import search
from tests.growth import LONGER, is_in_proportion

LONG = 2_000
ANCHORED = {"match", "fullmatch"}
PIECES = (
    *["a", "A", "1", " ", "\t", "\n", "\n\n", " \n", "é", "\u0301", "\U0001f600", "\ufdfa"],
    *[
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "<",
        ">",
        "&",
        "&amp;",
        "*",
        "_",
        "`",
        "~",
        "|",
        "\\",
        "#",
        "=",
    ],
    *["-", "- ", ":", ";", ",", ", ", ".", "...", "?", "!", '"', "'", "@", "/", "](", "::", "[a]("],
    *[
        "a ",
        "a\n",
        "a.",
        "a-",
        "a,",
        "a, ",
        "Aa ",
        "@a ",
        ":a:",
        "<a",
        "<@U1> ",
        "1. ",
        "1) ",
        "1.",
    ],
    *["> ", "> a\n", "\n- a", "...\n", "---\n", "http://", "https://a.b/", "www.", "a@b."],
    *["and ", "hi ", "hi, ", "thanks ", "thanks! ", "what ", "how is ", "author ", "question "],
)


def modules() -> Iterator[ModuleType]:
    for package in (api, indexer, search):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


@cache
def methods(path: str) -> dict[str, set[str]]:
    """Return which methods are called on each name of a file."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(Path(path).read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.setdefault(node.value.id, set()).add(node.attr)
    return found


def within(value: object) -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    """Return the patterns of a value or of a table."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from within(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from within(each)


def patterns() -> dict[str, tuple[re.Pattern[str] | re.Pattern[bytes], bool]]:
    """Return every pattern, and whether it is only tried at one place of a text."""
    found = {}
    seen: set[int] = set()
    for module in modules():
        for name, value in vars(module).items():
            for number, pattern in enumerate(within(value)):
                if id(pattern) not in seen:
                    seen.add(id(pattern))
                    used = methods(str(module.__file__)).get(name, set())
                    anchored = bool(used) and used <= ANCHORED
                    found[f"{module.__name__}.{name}-{number}"] = (pattern, anchored)
    return found


PATTERNS = patterns()


def find_all(pattern: re.Pattern[str] | re.Pattern[bytes], text: str, *, anchored: bool) -> None:
    said = text if isinstance(pattern.pattern, str) else text.encode()
    if anchored:
        pattern.match(said)
    else:
        for _ in pattern.finditer(said):
            pass


def is_linear(pattern: re.Pattern[str] | re.Pattern[bytes], text: str, *, anchored: bool) -> bool:
    """Compare finding all that a pattern finds in a long text and in its beginning."""
    beginning = text[: LONG // LONGER]
    return is_in_proportion(
        lambda: find_all(pattern, beginning + "\0", anchored=anchored),
        lambda: find_all(pattern, text + "\0", anchored=anchored),
    )


@pytest.mark.parametrize("name", PATTERNS)
def test_time_is_in_proportion(name: str) -> None:
    pattern, anchored = PATTERNS[name]
    texts = [piece * (LONG // len(piece)) for piece in PIECES]
    assert [text[:8] for text in texts if not is_linear(pattern, text, anchored=anchored)] == []


def test_a_square_is_noticed() -> None:
    assert not is_linear(re.compile(r"\s+x"), " " * LONG, anchored=False)
    assert len(PATTERNS) > 100

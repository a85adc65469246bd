"""Books and authors are found by what people call them."""

import pytest

from search.names import did_you_mean, meant_by

BOOKS = {
    "20210101-writing-parsers": ["Writing Parsers: By Hand"],
    "20210201-parsers-in-depth": ["Parsers in Depth"],
    "20210301-kaggle-book": ["The Kaggle Book"],
    "20220301-kaggle-book": ["The Kaggle Book"],
    "20210401-xu-xi": ["序曲"],
    "grace-hopper": ["María Telkès", "Marie T."],
}


@pytest.mark.parametrize(
    ("name", "slugs"),
    [
        ("20210101-writing-parsers", ["20210101-writing-parsers"]),
        ("writing-parsers", ["20210101-writing-parsers"]),
        ("Writing Parsers", ["20210101-writing-parsers"]),
        ("writing parsers: by hand", ["20210101-writing-parsers"]),
        ("parsers hand", ["20210101-writing-parsers"]),
        ("parsers", ["20210101-writing-parsers", "20210201-parsers-in-depth"]),
        ("kaggle", ["20210301-kaggle-book", "20220301-kaggle-book"]),
        ("20220301-kaggle-book", ["20220301-kaggle-book"]),
        ("序曲", ["20210401-xu-xi"]),
        ("Maria Telkes", ["grace-hopper"]),
        ("telkes", ["grace-hopper"]),
        ("marie t.", ["grace-hopper"]),
        ("Prof. Telkes", ["grace-hopper"]),
        ("Telkes's", ["grace-hopper"]),
        ("writing parser", ["20210101-writing-parsers"]),
        ("20210201", []),
        ("pars", []),
        ("", []),
        ("?", []),
        ("20210101", []),
    ],
)
def test_what_a_name_means(name: str, slugs: list[str]) -> None:
    assert meant_by(name, BOOKS) == slugs


def test_a_slug_comes_before_any_name() -> None:
    assert meant_by("ada", {"ada": ["Grace"], "grace": ["Ada"]}) == ["ada"]


def test_what_does_not_exist_is_suggested() -> None:
    assert did_you_mean("writing-parser", BOOKS) == "; did you mean '20210101-writing-parsers'?"
    assert did_you_mean("zzz", BOOKS) == ""

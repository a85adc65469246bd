import pytest

from search.text.syntax import MOST_PHRASES, left_out_phrases, plain, quoted_phrases


@pytest.mark.parametrize(
    ("query", "phrases"),
    [
        ('"feature store" or not', ("feature store",)),
        ("“feature  store” and “dbt”", ("feature store", "dbt")),
        ('"feature store" "feature store"', ("feature store",)),
        ('store -"feature" "dbt"', ("dbt",)),
        ('"to be" or "not to be"', ()),
        ('"feature\nstore"', ()),
        ('6" of rain', ()),
        ('"" and "..."', ()),
        ("'feature store'", ()),
        ('"a1" "b2" "c3" "d4"', ("a1", "b2", "c3")),
    ],
)
def test_what_stands_in_quotation_marks(query: str, phrases: tuple[str, ...]) -> None:
    assert quoted_phrases(query) == phrases
    assert len(phrases) <= MOST_PHRASES


@pytest.mark.parametrize(
    ("query", "phrases"),
    [
        ("deploy -docker", ("docker",)),
        ('deploy -docker -"cloud run", please', ("docker", "cloud run")),
        ("deploy -ci/cd", ("ci/cd",)),
        ("-docker", ()),
        ("deploy - docker", ()),
        ("deploy\n-docker", ()),
        ("on-call", ()),
        ("numbers -1", ()),
        ("deploy -the", ()),
        ("deploy --docker", ()),
    ],
)
def test_what_stands_behind_a_minus(query: str, phrases: tuple[str, ...]) -> None:
    assert left_out_phrases(query) == phrases


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ('"feature store" for what?', "feature store for what?"),
        ("#mlops and #dataops", "mlops and dataops"),
        ("C# or F#, issue #12", "C# or F#, issue #12"),
        ("what?!? no!!!", "what? no!"),
        ('deploy -docker -"cloud run" now', "deploy   now"),
        ("a & b &#39;c&#39;", "a & b &#39;c&#39;"),
        ('""', ""),
    ],
)
def test_signs_are_no_part_of_what_is_embedded(query: str, text: str) -> None:
    assert plain(query) == text

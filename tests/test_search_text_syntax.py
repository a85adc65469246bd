import pytest

from search.text.syntax import MOST_PHRASES, plain, quoted_phrases, without_left_out


@pytest.mark.parametrize(
    ("query", "phrases"),
    [
        ('"feature store" or not', ("feature store",)),
        ("“feature  store” and „dbt“, «spark»", ("feature store", "dbt", "spark")),
        ('"feature store" "feature store"', ("feature store",)),
        ('"python." and "why?"', ("python",)),
        ('"to be" or "not to be"', ()),
        ('"feature\nstore"', ()),
        ('6" of rain', ()),
        ('"" and "..."', ()),
        ("'feature store'", ()),
        ('"a1" "b2" "c3" "d4" "e5" "f6"', ("a1", "b2", "c3", "d4", "e5")),
    ],
)
def test_what_stands_in_quotation_marks(query: str, phrases: tuple[str, ...]) -> None:
    assert quoted_phrases(query) == phrases
    assert len(phrases) <= MOST_PHRASES


@pytest.mark.parametrize(
    ("query", "asked", "phrases"),
    [
        ("deploy -docker", "deploy ", ("docker",)),
        ("-docker deploy", " deploy", ("docker",)),
        ('"scikit" -learn', '"scikit" ', ("learn",)),
        ('deploy -docker -"cloud run", please', "deploy  , please", ("docker", "cloud run")),
        ("deploy -“cloud run”", "deploy ", ("cloud run",)),
        ("deploy -mlops/dataops now", "deploy  now", ("mlops/dataops",)),
        ("scikit -learn pipelines", "scikit -learn pipelines", ()),
        ("-docker -kubernetes", "-docker -kubernetes", ()),
        ("deploy - docker", "deploy - docker", ()),
        ("deploy\n-docker", "deploy\n-docker", ()),
        ("-docker\n-kubernetes\nwhat else?", "-docker\n-kubernetes\nwhat else?", ()),
        ("on-call", "on-call", ()),
        ("numbers -1", "numbers -1", ()),
        ("pip install -r file -it", "pip install -r file -it", ()),
        ("deploy -the", "deploy -the", ()),
        ("why '!ls -lh' fails", "why '!ls -lh' fails", ()),
        ("why ls -lah fails", "why ls -lah fails", ()),
        ("deploy --docker", "deploy --docker", ()),
        ("deploy -- -docker", "deploy -- -docker", ()),
    ],
)
def test_what_stands_behind_a_minus(query: str, asked: str, phrases: tuple[str, ...]) -> None:
    found = without_left_out(
        query, is_word=lambda word: word != "lah", is_joined={"scikit-learn"}.__contains__
    )
    assert found == (asked, phrases)


def test_five_words_are_left_out_at_most() -> None:
    asked, phrases = without_left_out("deploy -one1 -two2 -three3 -four4 -five5 -six6")
    assert (asked.split(), len(phrases)) == (["deploy", "-six6"], MOST_PHRASES)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('"feature store" for what?', "feature store for what?"),
        ("„feature store“ «here»", "feature store here"),
        ("#mlops and #dataops", "mlops and dataops"),
        ("C# or F#, issue #12", "C# or F#, issue #12"),
        ("what?!? no!!!", "what? no!"),
        ("a & b &#39;c&#39;", "a & b &#39;c&#39;"),
        ('""', ""),
    ],
)
def test_signs_are_no_part_of_what_is_embedded(text: str, left: str) -> None:
    assert plain(text) == left

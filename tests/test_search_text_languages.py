"""A text in a language that the archive is not in is noticed; English is not mistaken for one."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from search.once import Once
from search.text import languages
from search.text.languages import ForeignText, language_of
from search.text.spelling import Speller

GOLDEN = Path(__file__).parent / "golden"
ENGLISH = (
    "How do you monitor a model in production?",
    "Which books would you recommend to a data engineer?",
    "Thanks for doing this, I learnt a lot!",
)
GERMAN = (
    "Wie überwacht ihr ein Modell in der Produktion?",
    "Welche Bücher empfiehlst du für den Einstieg?",
    "Vielen Dank für die ausführliche Antwort!",
)
WORDS = {"kubeflow": 9, "mlflow": 9, "feature": 40, "store": 40}


def foreign(*texts: str) -> ForeignText:
    return ForeignText(Speller(WORDS), lambda: texts)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("wie werde ich data engineer?", "German"),
        ("comment devenir data scientist sans diplôme", "French"),
        ("cuál es la mejor manera de desplegar un modelo en producción", "Spanish"),
        ("como faço para monitorar um modelo em produção", "Portuguese"),
        ("hoe word ik een data engineer", "Dutch"),
        ("jak wdrożyć model na produkcję", "Polish"),
        ("nasıl veri mühendisi olurum", "Turkish"),
        ("Как стать дата-инженером?", "Russian"),
        ("什么是特征存储", "Chinese"),
        ("データエンジニアになるには", "Japanese"),
        ("هل يمكنني تعلم الآلة", "Arabic"),
        ("WIE WERDE ICH DATENINGENIEUR BEI EINER BANK", "German"),
        ("Wie werde ich Data Engineer?", "German"),
        ("Wie viel Mathe braucht man für Machine Learning?", "German"),
        ("Quelle est la différence entre ETL et ELT ?", "French"),
        ("Jak zostać Data Engineerem?", "Polish"),
    ],
)
def test_other_languages_are_named(text: str, language: str) -> None:
    assert foreign(*ENGLISH).language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "kubeflow vs mlflow",
        "feature store",
        "What is RAG?",
        "asdf qwer zxcv",
        "🙂 🙂",
        "42",
        "???",
        "",
        "pip install scikit-lego",
        "https://www.example.com/de/ueber-uns",
        "https://www.apprendre-demain.fr/",
        "how to becom a datascientist withuot experiance",
        "Erdős Rényi graph",
        "São Paulo data scientists",
        "how to use sqlmesh",
        "αβγ",
    ],
)
def test_english_and_what_is_no_language_are_not(text: str) -> None:
    assert foreign(*ENGLISH).language(text) is None


def queries_of(folder: Path) -> list[str]:
    lines = (folder / "queries.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["query"] for line in lines]


def taken_for_foreign(folder: Path) -> list[str]:
    found = ForeignText(Speller({}), lambda: ENGLISH)
    return [query for query in queries_of(folder) if found.language(query)]


@pytest.mark.parametrize("collection", ["sample", "second", "unanswerable"])
def test_no_english_query_is_taken_for_foreign(collection: str) -> None:
    assert taken_for_foreign(GOLDEN / collection) == []


@pytest.mark.parametrize("collection", ["dev", "datatalks_faq"])
def test_no_query_of_the_benchmarks_is(test_data: Path, collection: str) -> None:
    assert taken_for_foreign(test_data / "eval" / collection) == []


def test_all_that_are_foreign_are_found() -> None:
    found = taken_for_foreign(GOLDEN / "offtopic")
    assert (len(found), found[-1]) == (26, "bada bing bada boop")


def test_an_archive_may_be_in_several_languages() -> None:
    query = "Welche Datenbank passt zu kleinen Gruppen?"
    assert foreign(*ENGLISH).language(query) == "German"
    assert foreign(*ENGLISH, *GERMAN).language(query) is None
    assert foreign(*GERMAN).language("Comment devenir ingénieur de données ?") == "French"


def test_the_warning_names_both_languages() -> None:
    query = "Quelle base de données pour une petite équipe ?"
    own = {ENGLISH: "English", GERMAN: "German", (*ENGLISH, GERMAN[0]): "English", (): "English"}
    for texts, name in own.items():
        expected = f"this looks like French, and the archive is in {name}: ask in {name}"
        assert foreign(*texts).warning(query) == expected
    assert foreign(*ENGLISH).warning("Which database suits small teams?") is None


def test_the_archive_is_read_at_the_first_need() -> None:
    def texts() -> tuple[str, ...]:
        read.append(True)
        return ENGLISH

    read: list[bool] = []
    found = ForeignText(Speller(WORDS), texts)
    assert found.language("Which database suits small teams?") is None
    assert read == []
    assert found.language("Welche Datenbank passt zu kleinen Gruppen?") == "German"
    assert found.language("Quelle base de données pour une petite équipe ?") == "French"
    assert read == [True]


def test_an_empty_archive_speaks_nothing() -> None:
    assert foreign().language("Welche Datenbank passt zu kleinen Gruppen?") == "German"


@pytest.mark.parametrize("text", [*ENGLISH, *GERMAN])
def test_the_language_of_a_sentence(text: str) -> None:
    assert language_of(text) == ("English" if text in ENGLISH else "German")


def test_the_model_is_read_once_whoever_asks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> None:
        loaded.append(True)
        time.sleep(0.05)

    loaded: list[bool] = []
    monkeypatch.setattr(languages, "_IDENTIFIER", Once())
    monkeypatch.setattr(languages, "_load", load)
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(language_of, GERMAN * 8)) == {None}
    assert loaded == [True]


def test_without_its_model_no_language_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "_IDENTIFIER", Once())
    monkeypatch.setitem(sys.modules, "py3langid.langid", None)
    with pytest.warns(RuntimeWarning, match="languages are not told apart"):
        assert language_of(GERMAN[0]) is None
    assert language_of(GERMAN[1]) is None

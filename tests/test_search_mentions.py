"""A query that names an author or a book has answers of that book first."""

from pathlib import Path

import pytest

from search.books import BookFinder
from search.engine import Engine
from search.judging import NAMES_ONLY
from search.mentions import MentionFinder
from search.models import Author, Collection, CollectionKind, ThreadFilter
from search.opening import open_engine
from tests.support import build_hashed, write_book

PARSERS, COMPILERS, BIRDS = (
    "20210101-writing-parsers",
    "20210201-compilers-in-depth",
    "20210301-birds",
)
BOOKS = (
    Collection(PARSERS, "Writing Parsers", CollectionKind.BOOK, authors=("ada",)),
    Collection(COMPILERS, "Compilers in Depth", CollectionKind.BOOK, authors=("grace", "maria")),
    Collection(BIRDS, "Watching Birds", CollectionKind.BOOK, authors=("jo",)),
)
AUTHORS = (
    Author("ada", "Ada Lovelace", (PARSERS,)),
    Author("grace", "Grace Brewster Hopper", (COMPILERS,)),
    Author("maria", "María Telkès", (COMPILERS,)),
    Author("jo", "Jo Hill", (BIRDS,)),
)


@pytest.fixture(scope="module")
def finder() -> MentionFinder:
    books = BookFinder(BOOKS, AUTHORS)
    words = {"hill", "bird", "hopper", "monitor"}
    return MentionFinder(
        books, AUTHORS, dictionary=lambda: words, common=lambda: words, knows=str.isalpha
    )


@pytest.mark.parametrize(
    ("query", "books", "rest"),
    [
        ("What does Ada Lovelace say about tokens?", {PARSERS}, "tokens?"),
        ("what ada lovelace thinks about tokens", {PARSERS}, "tokens"),
        ("lovelace tokens", {PARSERS}, "tokens"),
        ("Lovelace's advice on tokens", {PARSERS}, "advice on tokens"),
        ("tokens according to Ada Lovelace", {PARSERS}, "tokens"),
        ("Ada Lovelace: how do I read tokens?", {PARSERS}, "how do I read tokens?"),
        ("does Telkes read tokens?", {COMPILERS}, "read tokens?"),
        ("Grace Hopper on tokens", {COMPILERS}, "tokens"),
        ("Grace Brewster Hopper on tokens", {COMPILERS}, "tokens"),
        ("Why did Grace Hopper write tokens?", {COMPILERS}, "Why write tokens?"),
        ("tokens of Ada Lovelace and Maria Telkes", {PARSERS, COMPILERS}, "tokens"),
        ("Ada Lovelace, and Maria Telkes on tokens", {PARSERS, COMPILERS}, "tokens"),
        ("hopper for tokens", set(), "hopper for tokens"),
        ("tokens on a hill", set(), "tokens on a hill"),
        ("Jo Hill about tokens", {BIRDS}, "tokens"),
        ("Ada Lovelase on tokens", {PARSERS}, "tokens"),
        ("lovelacee tokens", {PARSERS}, "tokens"),
        ("Telkes María: tokens", {COMPILERS}, "tokens"),
        ("tokens of Elena Lovelace", set(), "tokens of Elena Lovelace"),
        ("Ivan Lovelace's view on tokens", set(), "Ivan Lovelace's view on tokens"),
        ("https://lovelace.com/tokens", set(), "https://lovelace.com/tokens"),
        ("lovelace.com or ada@lovelace.org", set(), "lovelace.com or ada@lovelace.org"),
        ("put a Hill on top", set(), "put a Hill on top"),
        ("besides Lovelace, who parses?", set(), "besides Lovelace, who parses?"),
        (
            "alternatives to the book Writing Parsers",
            set(),
            "alternatives to the book Writing Parsers",
        ),
        ("Lovelace vs Telkes on tokens", set(), "Lovelace vs Telkes on tokens"),
        ("tokens in Writing Parsers", {PARSERS}, "tokens in Writing Parsers"),
        ("second edition of the book Writing Parsers", {PARSERS}, "second edition"),
        (
            "does the writing parsers book cover token streams",
            {PARSERS},
            "does cover token streams",
        ),
        ("token streams in Compilers in Depth", {COMPILERS}, "token streams"),
        ("tokens from compilers in depth", set(), "tokens from compilers in depth"),
        ("tokens from Compilers in Depth", {COMPILERS}, "tokens"),
        ("tips for compilers in depth that scale", set(), "tips for compilers in depth that scale"),
        ("token streams compilers in depth", {COMPILERS}, "token streams"),
        ("tokens compilers in depth", {COMPILERS}, "tokens compilers in depth"),
        ("compilers in depth best practices", {COMPILERS}, "compilers in depth best practices"),
        ("token streams Compilers in Depth", {COMPILERS}, "token streams"),
        ("compilers in depth with tokens", set(), "compilers in depth with tokens"),
        ('"compilers in depth" with tokens', {COMPILERS}, "with tokens"),
        ('"writing parsers" with tokens', set(), '"writing parsers" with tokens'),
        ("load tokens into Telkes", set(), "load tokens into Telkes"),
        ("is the Lovelace dataset public?", set(), "is the Lovelace dataset public?"),
        ("compilers in depth: what of tokens?", {COMPILERS}, "what of tokens?"),
        ("what of tokens, compilers in depth", {COMPILERS}, "what of tokens"),
        ("do CIDs help?", set(), "do CIDs help?"),
        ("is there a writing parsers book?", set(), "is there a writing parsers book?"),
        ("compilers in depth token streams", {COMPILERS}, "token streams"),
        ("token streams of writing parsers", set(), "token streams of writing parsers"),
        ("token streams in the book the writing parsers", {PARSERS}, "token streams"),
        ("anyone but Ada Lovelace on tokens", set(), "anyone but Ada Lovelace on tokens"),
        ("not Ada Lovelace: tokens", set(), "not Ada Lovelace: tokens"),
        ("How To Learn Writing Parsers Today", set(), "How To Learn Writing Parsers Today"),
        ("Writing Parsers", {PARSERS}, "Writing Parsers"),
        ("Writing Parsers on tokens and trees", set(), "Writing Parsers on tokens and trees"),
        ("Compilers in Depth or trees", {COMPILERS}, "Compilers in Depth or trees"),
        ("review of Compilers in Depth", {COMPILERS}, "review of Compilers in Depth"),
        ("20210201-compilers-in-depth#3", set(), "20210201-compilers-in-depth#3"),
        ("Mr. Lovelace's view on tokens", {PARSERS}, "view on tokens"),
        ("I would like Lovelace's view on tokens", {PARSERS}, "I would like view on tokens"),
        ("Lovelace on-device tokens", {PARSERS}, "on-device tokens"),
        ("@Ada Lovelace how do I read tokens?", {PARSERS}, "how do I read tokens?"),
        ("read tokens (Ada Lovelace)", {PARSERS}, "read tokens"),
        ("what should I read by Lovelace?", {PARSERS}, "what should I read ?"),
        ("Ada Lovelace: Writing Parsers", {PARSERS}, "Writing Parsers"),
        (
            "I have questions:\n- Is 'a'  a token?\n",
            set(),
            "I have questions:\n- Is 'a'  a token?\n",
        ),
        ("Ada Lovelace:\n1. tokens?\n2. trees?", {PARSERS}, "1. tokens?\n2. trees?"),
    ],
)
def test_what_is_named_and_what_is_left(
    finder: MentionFinder, query: str, books: set[str], rest: str
) -> None:
    found = finder.find(query)
    assert (found.books, found.rest, found.asks) == (books, rest, True)


@pytest.mark.parametrize(
    "query",
    ["Ada Lovelace", "by lovelace", "Ada Lovelace & Maria Telkes?", "tell me about Ada Lovelace"],
)
def test_who_only_names_somebody_asks_nothing(finder: MentionFinder, query: str) -> None:
    found = finder.find(query)
    assert found.books
    assert (found.rest, found.asks) == (query, False)


TITLES = {
    "spacy": "Mastering spaCy",
    "js": "Learning Tensorflow.js",
    "snow": "Snowflake: The Definitive Guide",
    "govern": "Data Governance: The Definitive Guide",
    "iml": "Interpretable Machine Learning",
    "imlp": "Interpretable Machine Learning with Python",
    "dmls": "Designing Machine Learning Systems",
    "fode": "Fundamentals of Data Engineering",
    "graph": "The Practitioner's Guide to Graph Data",
}


@pytest.mark.parametrize("slug", TITLES)
def test_a_title_as_it_is_printed_names_its_book_alone(slug: str) -> None:
    books = [
        Collection(slug, title, CollectionKind.BOOK, authors=("ada",))
        for slug, title in TITLES.items()
    ]
    found = MentionFinder(BookFinder(books, AUTHORS), AUTHORS, dictionary=frozenset)
    title = TITLES[slug]
    for query in (
        title,
        f"what does the book {title} say about testing?",
        f"testing in {title}",
        f"testing in the book {title.lower()}",
        *([f'"{title}" testing'] if len(title.split()) > 2 else []),
    ):
        assert found.find(query).books == {slug}, query
    assert found.find("testing in Mastering spaCyx").books == frozenset()


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("DMLS drift", {"dmls"}),
        ("FoDE or what else should I read?", {"fode"}),
        ("what are FoDEs good for?", set()),
        ("dmls on drift", {"dmls"}),
        ("DML drift", set()),
        ("IMLWP", {"imlp"}),
    ],
)
def test_initials_name_a_long_title(query: str, slugs: set[str]) -> None:
    books = [
        Collection(slug, title, CollectionKind.BOOK, authors=("ada",))
        for slug, title in TITLES.items()
    ]
    found = MentionFinder(BookFinder(books, AUTHORS), AUTHORS, dictionary=frozenset)
    assert found.find(query).books == slugs


def test_authors_are_told_apart_from_their_books(finder: MentionFinder) -> None:
    assert finder.find("Grace Hopper and Ada Lovelace on tokens").authors == {"grace", "ada"}
    assert finder.find("tokens in Compilers in Depth").authors == frozenset()


def test_authors_without_books_and_of_one_word_name_nothing() -> None:
    authors = (Author("ada", "Ada Lovelace"), Author("grace", "Hopper", (COMPILERS,)))
    found = MentionFinder(BookFinder(BOOKS, authors), authors, dictionary=frozenset)
    assert found.find("Ada Lovelace and Hopper on tokens").books == frozenset()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("books")
    for slug, author, asker, answer in (
        (PARSERS, "Ada Lovelace", "Cid", "A tokenizer should be written by hand."),
        (COMPILERS, "Grace Hopper", "Dan", "A tokenizer should come from a generator."),
    ):
        question = (asker, f"{author}, how should a tokenizer be written?")
        other = (asker, f"Which editor does {author} use for manuscripts?")
        threads = [(question, [(author, answer)]), (other, [(author, "Any that is quick.")])]
        write_book(folder, slug, threads, authors=(author,))
    build_hashed(folder, folder / "bundle")
    return open_engine(folder / "bundle")


@pytest.mark.parametrize(("name", "book"), [("Grace Hopper", COMPILERS), ("Ada Lovelace", PARSERS)])
def test_the_named_book_comes_first(engine: Engine, name: str, book: str) -> None:
    result = engine.search(f"What does {name} say about how a tokenizer should be written?")
    assert [ref.slug for ref in result.named] == [book]
    assert result.hits[0].collection.slug == book
    assert "tokenizer" in result.hits[0].question.text
    assert result.hits[0].why["named"] > 0.0
    assert {hit.collection.slug for hit in result.hits} == {PARSERS, COMPILERS}
    for hit in result.hits:
        assert sum(hit.why.values()) == pytest.approx(hit.score, abs=1e-5)
        assert hit.collection.slug == book or hit.why["named"] == 0.0


def test_the_words_of_the_named_author_are_shown(tmp_path: Path) -> None:
    replies = [
        ("Ada Lovelace", "A tokenizer should be written by hand, token by token."),
        ("Grace Hopper", "I would generate it."),
    ]
    threads = [(("Cid", "How should a tokenizer be written?"), replies)]
    write_book(tmp_path, PARSERS, threads, authors=("Ada Lovelace", "Grace Hopper"))
    build_hashed(tmp_path, tmp_path / "bundle")
    engine = open_engine(tmp_path / "bundle")
    asked = "how should a tokenizer be written"
    for query, speaker in (
        (asked, "Ada Lovelace"),
        (f"what does Grace Hopper say about {asked}", "Grace Hopper"),
        (f"what does Ada Lovelace say about {asked}", "Ada Lovelace"),
    ):
        (hit,) = engine.search(query).hits
        assert hit.answer is not None
        assert hit.answer.speaker == speaker


def test_names_change_nothing_that_probabilities_are_made_of(engine: Engine) -> None:
    reader, ranker = engine._reader, engine._ranker
    plain = ranker.score(reader.read("how should a tokenizer be written"))
    named = ranker.score(reader.read("Grace Hopper: how should a tokenizer be written"))
    assert plain.relevance.tolist() == plain.scores.tolist()
    assert named.scores.tolist() != plain.scores.tolist()
    found = dict(zip(named.rows.tolist(), named.relevance.tolist(), strict=True))
    assert found == pytest.approx(dict(zip(plain.rows.tolist(), plain.scores, strict=True)))


def test_a_thread_of_two_books_is_of_both(tmp_path: Path) -> None:
    question = "How should a tokenizer be written by a team that has never written one before?"
    twin = (("Cid", question), [("Ada Lovelace", "By hand, always.")])
    for slug, author in ((PARSERS, "Ada Lovelace"), (COMPILERS, "Grace Hopper")):
        write_book(tmp_path, slug, [twin], authors=(author,))
    build_hashed(tmp_path, tmp_path / "bundle")
    (hit,) = open_engine(tmp_path / "bundle").search("Grace Hopper on tokenizers for a team").hits
    assert hit.also_in == (COMPILERS,)
    assert hit.why["named"] > 0.0


def test_it_says_so_where_nothing_of_the_named_book_is_near(tmp_path: Path) -> None:
    near = [
        (
            (f"Asker {n}", f"How should a tokenizer of kind {n} be written?"),
            [("Ada Lovelace", "So.")],
        )
        for n in range(3)
    ]
    far = [(("Cid", "Which tokenizer do birds like?"), [("Grace Hopper", "None.")])]
    write_book(tmp_path, PARSERS, near, authors=("Ada Lovelace",))
    write_book(tmp_path, COMPILERS, far, authors=("Grace Hopper",))
    build_hashed(tmp_path, tmp_path / "bundle")
    engine = open_engine(tmp_path / "bundle")
    said = "nothing of what you named is among the three that are nearest"
    asked = "how a tokenizer of kind 1 should be written"
    assert said in engine.search(f"Grace Hopper on {asked}").warnings
    for query in (asked, f"Ada Lovelace on {asked}", "Grace Hopper on birds"):
        assert said not in engine.search(query).warnings
    elsewhere = ThreadFilter(collection=PARSERS)
    assert said not in engine.search(f"Grace Hopper on {asked}", where=elsewhere).warnings


def test_who_names_nobody_has_no_such_part(engine: Engine) -> None:
    result = engine.search("How should a tokenizer be written?")
    assert result.named == ()
    assert all("named" not in hit.why for hit in result.hits)


def test_authors_are_known_by_the_names_under_which_they_speak(tmp_path: Path) -> None:
    for slug, author, speaker in (
        (PARSERS, "Michael Taylor", "Mike Taylor"),
        (COMPILERS, "Grace Hopper", "Grace Hopper"),
    ):
        threads = [
            (("Cid", f"How is tokenizer {n} written?"), [(speaker, f"By hand, {n} times.")])
            for n in range(4)
        ]
        write_book(tmp_path, slug, threads, authors=(author,))
    build_hashed(tmp_path, tmp_path / "bundle")
    engine = open_engine(tmp_path / "bundle")
    assert ("michael-taylor", "Mike Taylor") in engine.store.author_speakers()
    for name in ("Mike Taylor", "Michael Taylor"):
        assert [ref.slug for ref in engine.search(f"{name} on tokenizers").named] == [PARSERS]


def test_who_names_somebody_alone_is_told_so(sample: Engine) -> None:
    for found in (sample.search("Emmanuel Ameisen"), sample.voices("Emmanuel Ameisen")):
        assert found.warnings == (NAMES_ONLY,)


def test_who_names_somebody_and_asks_nothing_is_led_to_the_book(sample_bundle: Path) -> None:
    result = open_engine(sample_bundle).search("Emmanuel Ameisen: asdf qwer zxcv tyui")
    assert result.answerable is False
    assert result.named
    assert result.books == result.named


def test_a_filter_is_kept(engine: Engine) -> None:
    query = "Grace Hopper on how a tokenizer should be written"
    where = ThreadFilter(collection=PARSERS)
    result = engine.search(query, where=where)
    assert [ref.slug for ref in result.named] == [COMPILERS]
    assert {hit.collection.slug for hit in result.hits} == {PARSERS}
    of_year = engine.search(query, where=ThreadFilter(year=2021))
    assert of_year.hits[0].collection.slug == COMPILERS

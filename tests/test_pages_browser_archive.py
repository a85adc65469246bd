"""Journeys through the whole archive in a browser: both widths, with and without scripts."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser import Visit, visiting
from tests.needs import BUILD_S

pytest_plugins = ["tests.browser_fixtures"]
pytestmark = pytest.mark.timeout(BUILD_S)

QUERY = "how can I test a model in production without users seeing its output?"
AUTHOR = "Emmanuel Ameisen"
SENTENCE = "in production you send a copy of the request you send to the prod model"
ANSWERED = "What are the most common pitfalls during the process of building ML applications?"
OFF_TOPIC = "Which sourdough starter do you use at home?"
MOST_TABS = 40


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def visit(
    browser: Any, archive_address: str, size: dict[str, int], request: pytest.FixtureRequest
) -> Iterator[Visit]:
    """Visit a page of the whole archive; complaints of the browser fail the test."""
    with visiting(browser, archive_address, size, scripts=request.param) as visit:
        yield visit


def to_first_result(visit: Visit) -> None:
    """Go from the field to the first result by keyboard."""
    page = visit.page
    if visit.scripts:
        page.wait_for_function("(text) => document.title.startsWith(text)", arg=QUERY)
        page.keyboard.press("ArrowDown")
        return
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.locator(".open:focus").count():
            return


def test_an_answer_is_found_from_a_cold_start_by_keyboard_alone(visit: Visit) -> None:
    page = visit.open("/")
    page.locator("#q:focus").wait_for()
    page.keyboard.type(QUERY)
    to_first_result(visit)
    assert page.locator(".card").first.locator(".open:focus").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/threads/*")
    answer = page.locator(".turn.author").first
    assert answer.locator(".name").inner_text() == AUTHOR
    assert SENTENCE in answer.inner_text()


def test_a_draft_is_checked(visit: Visit) -> None:
    page = visit.open("/check")
    page.fill("#text", f"Hi Emmanuel! Two questions:\n1. {ANSWERED}\n2. {OFF_TOPIC}")
    page.get_by_role("button", name="Check", exact=True).click()
    page.wait_for_url("**/check?text=*")
    first, second = page.locator(".checked-part").all()
    assert first.locator(".ruling").inner_text().startswith("Already answered")
    assert first.locator(".card .name").first.inner_text() == AUTHOR
    assert second.locator(".ruling").inner_text().startswith("New")
    left = page.input_value(".left textarea")
    assert OFF_TOPIC in left
    assert ANSWERED not in left


def test_from_a_topic_to_a_thread_to_its_author(visit: Visit) -> None:
    page = visit.open("/")
    page.get_by_role("link", name="Topics").click()
    page.locator(".topic h2 a").nth(3).click()
    page.wait_for_url("**/topics/*")
    page.locator(".questions li.author a").first.click()
    page.wait_for_url("**/threads/*")
    question = page.inner_text("h1")
    name = page.locator(".turn.author .name a").first
    author = name.inner_text()
    name.click()
    page.wait_for_url("**/authors/*")
    assert author in page.inner_text("h1")
    assert page.locator(".spoken h4", has_text=question).count() >= 1


def test_authors_speak_side_by_side(visit: Visit) -> None:
    page = visit.open("/voices")
    page.fill("#q", "testing models in production")
    page.press("#q", "Enter")
    page.wait_for_url("**/voices?q=*")
    names = page.locator(".voice h2 .name").all_inner_texts()
    assert len(names) == len(set(names)) >= 2
    assert AUTHOR in names
    page.locator(".voice", has_text=AUTHOR).get_by_text("This message").click()
    page.wait_for_url("**/threads/*#m*")
    place = urlsplit(page.url).fragment.partition(":")[0]
    assert SENTENCE in page.inner_text(f"#{place}")


def test_a_reader_says_what_helped(visit: Visit) -> None:
    page = visit.open("/")
    page.fill("#q", QUERY)
    page.press("#q", "Enter")
    page.wait_for_url("**/?q=*")
    page.locator(".card").first.get_by_text("This answered it").click()
    noted = page.locator(".card").first.get_by_text("Noted, thank you.")
    noted.wait_for()
    assert page.locator(".card").nth(1).get_by_text("Not it").is_visible()


def test_where_nothing_answers_the_page_says_so_and_leads_on(visit: Visit) -> None:
    page = visit.open("/")
    page.fill("#q", OFF_TOPIC)
    page.press("#q", "Enter")
    page.get_by_role("heading", name="No author has answered this").wait_for()
    page.get_by_role("link", name="Check your draft").click()
    page.wait_for_url("**/check?text=*")
    assert page.input_value("#text").strip() == OFF_TOPIC

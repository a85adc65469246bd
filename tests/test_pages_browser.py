"""Journeys through the pages in a real browser, with and without scripts."""

import pytest

from tests.browser import Visit

pytest_plugins = ["tests.browser_fixtures"]
QUESTION = "deploy a model without downtime"


def test_an_answer_is_found_by_keyboard_alone(visit: Visit) -> None:
    page = visit.open("/books")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.className") == "open"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/threads/*")
    assert "Use a shadow deployment first." in page.inner_text(".turn.author")


def test_results_come_while_typing_and_the_address_follows(visit: Visit) -> None:
    page = visit.open("/")
    page.locator("#q:focus").wait_for()
    page.keyboard.type(QUESTION)
    page.wait_for_selector(".card mark")
    page.wait_for_url(lambda url: "downtime" in url)
    assert "found" in page.text_content("#live")
    assert page.title() == f"{QUESTION} · Answers"
    assert page.locator(".hero").bounding_box()["height"] <= 1
    before = page.inner_text("#results")
    page.reload()
    assert page.inner_text("#results") == before
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "q=" not in url)
    assert page.input_value("#q") == ""
    assert page.query_selector(".card") is None


def test_only_the_last_typed_query_is_shown(visit: Visit) -> None:
    page = visit.open("/")
    page.locator("#q:focus").wait_for()
    page.keyboard.type("time series", delay=60)
    page.keyboard.type(" database statistics juniors", delay=5)
    page.wait_for_url(lambda url: "juniors" in url)
    page.wait_for_timeout(300)
    assert page.title().startswith("time series database statistics juniors")


def test_a_filter_narrows_at_once_and_can_be_cleared(visit: Visit) -> None:
    page = visit.open(f"/?q={QUESTION.replace(' ', '+')}")
    page.select_option("select[name=answered]", "false")
    page.wait_for_url("**answered=false*")
    assert page.locator(".card").count() == 1
    assert "book=" not in page.url
    page.click(".clear")
    page.wait_for_url(lambda url: "answered" not in url)
    assert page.locator(".card").count() == 4


def test_a_card_opens_in_place(visit: Visit) -> None:
    page = visit.open("/?q=deploy")
    card = page.locator(".card").first
    assert not card.locator(".asked").is_visible()
    card.locator("summary").click()
    assert card.locator(".asked").is_visible()
    assert not card.locator(".excerpt").is_visible()


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (
            "markdown",
            "> Use a shadow deployment first.\n>\n> — Ada Lovelace, *20211122 A Small Book* "
            "([thread]({url}))",
        ),
        (
            "slack",
            "> Use a shadow deployment first.\n— *Ada Lovelace*, _20211122 A Small Book_ {url}",
        ),
    ],
)
def test_a_quote_is_copied(visit: Visit, form: str, expected: str) -> None:
    page = visit.open(f"/?q={QUESTION.replace(' ', '+')}")
    card = page.locator(".card").first
    card.locator(f"[data-copy={form}]").click()
    card.get_by_text("Copied").wait_for()
    url = visit.address + card.locator(".open").get_attribute("href")
    assert page.evaluate("navigator.clipboard.readText()") == expected.format(url=url)


def test_a_verdict_is_taken_in_place(visit: Visit) -> None:
    page = visit.open("/?q=deploy")
    page.locator(".card").first.get_by_text("This answered it").click()
    page.get_by_text("Noted, thank you.").wait_for()


def test_without_script_everything_works(plain: Visit) -> None:
    page = plain.open("/")
    page.fill("#q", QUESTION)
    page.select_option("select[name=year]", "2021")
    page.click(".go")
    assert page.locator(".card").count() == 4
    assert not page.is_visible(".copy")
    page.locator(".card").first.get_by_text("Not it").click()
    assert page.is_visible("text=Noted, thank you.")
    page.locator(".card summary").first.click()
    assert page.locator(".asked").first.is_visible()
    page.click(".card .book-name")
    assert "/books/" in page.url
    page.click(".by-line a")
    assert "/authors/" in page.url
    page.click(".spoken h3 a")
    assert "/threads/" in page.url

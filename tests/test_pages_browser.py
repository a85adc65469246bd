"""Journeys through the pages in a real browser, with and without scripts."""

from typing import Any

import pytest

from tests.browser import Visit, audit, visiting

pytest_plugins = ["tests.browser_fixtures"]
EVERYTHING = "46 questions in view, those in the middle"
QUESTION = "deploy a model without downtime"
ANSWERED = "What are the most common pitfalls during the process of building ML applications?"


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
    assert page.locator(".card").count() == page.locator(".card .silent").count() > 0
    assert "book=" not in page.url
    page.click(".clear")
    page.wait_for_url(lambda url: "answered" not in url)
    assert page.locator(".card").count() == 10


def test_a_list_is_narrowed_by_words_in_any_order(visit: Visit) -> None:
    page = visit.open("/authors")
    items, note = page.locator(".author-list li"), page.locator(".narrow [role=status]")
    assert items.count() > 0
    page.fill("#narrow", "Lovelace ADÁ")
    assert items.locator("visible=true").all_inner_texts()
    assert all("Ada Lovelace" in text for text in items.locator("visible=true").all_inner_texts())
    assert note.inner_text() == ""
    page.fill("#narrow", "lovelace nobody")
    assert items.locator("visible=true").count() == 0
    assert note.inner_text() == "Nothing in this list has all of these words."
    page.fill("#narrow", "")
    assert items.locator("visible=true").count() == items.count()


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
    url = visit.address + card.locator(".open").get_attribute("href").split(":~:")[0]
    assert page.evaluate("navigator.clipboard.readText()") == expected.format(url=url)


def test_a_verdict_is_taken_in_place(visit: Visit) -> None:
    page = visit.open("/?q=deploy")
    page.locator(".card").first.get_by_text("This answered it").click()
    page.get_by_text("Noted, thank you.").wait_for()


def test_without_script_filters_and_verdicts_work(plain: Visit) -> None:
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


def test_without_script_an_answer_is_found_by_keyboard_alone(plain: Visit) -> None:
    page = plain.open("/")
    page.locator("#q:focus").wait_for()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator(".open:focus").count():
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/threads/*")
    assert "Use a shadow deployment first." in page.inner_text(".turn.author")


def test_from_a_topic_to_a_thread_to_its_author(either: Visit) -> None:
    page = either.open("/")
    page.get_by_role("link", name="Topics").click()
    page.locator(".topic", has_text="trading").locator("h2 a").first.click()
    page.wait_for_url("**/topics/*")
    page.get_by_role("link", name="How do markets go with orders in trading?").click()
    page.wait_for_url("**/threads/*")
    assert "In trading the markets follow orders." in page.inner_text(".turn.author")
    page.locator(".turn.author .name a").click()
    page.wait_for_url("**/authors/grace-hopper")
    assert page.locator(".spoken").count() == 36
    assert page.locator(".group h3 a").count() >= 2


def test_a_draft_is_checked(either: Visit) -> None:
    page = either.open("/check")
    page.fill("#text", "Hi! How do I deploy a model without downtime? Do bees sleep at night?")
    page.get_by_role("button", name="Check", exact=True).click()
    page.wait_for_url("**/check?text=*")
    assert page.locator(".checked-part").count() == 2
    first = page.locator(".checked-part").first
    assert first.locator(".own").inner_text() == "How do I deploy a model without downtime?"
    assert "Use a shadow deployment first." in first.locator(".said").inner_text()
    address = page.url
    first.locator("h4 a").click()
    page.wait_for_url("**/threads/*")
    page.goto(address)
    assert page.locator(".checked-part").count() == 2


def test_what_is_left_to_ask_is_copied(
    browser: Any, sample_address: str, size: dict[str, int]
) -> None:
    with visiting(browser, sample_address, size) as visit:
        page = visit.open("/check")
        page.fill("#text", f"Hi Emmanuel! {ANSWERED} Which sourdough starter do you use at home?")
        page.get_by_role("button", name="Check", exact=True).click()
        assert "1 of 2 questions has been answered" in page.inner_text(".outcome")
        assert "chance that a thread" in (page.get_attribute(".ruling.answered", "title") or "")
        page.get_by_role("button", name="Copy draft").click()
        page.get_by_text("Copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == (
            "Which sourdough starter do you use at home?"
        )
        assert audit(page) == []


def test_voices_stand_side_by_side(either: Visit) -> None:
    page = either.open("/voices")
    page.fill("#q", "Spark cluster")
    page.click(".field .go") if page.is_visible(".field .go") else page.press("#q", "Enter")
    page.wait_for_url("**/voices?q=*")
    voice = page.locator("#v-grace-hopper")
    assert voice.locator("mark").count() >= 1
    voice.get_by_text("This message").click()
    page.wait_for_url("**/threads/*#m2*")


def test_a_number_leads_from_a_question_to_its_answer_and_back(either: Visit) -> None:
    page = either.open("/?q=salary+juniors+CV")
    page.locator(".open", has_text="salary can juniors").first.click()
    page.wait_for_url("**/threads/*")
    page.click("#q2")
    page.wait_for_url("**#a2")
    answer = page.evaluate("document.querySelector('#a2').parentElement.textContent")
    assert answer == "2. A CV needs no tests."
    page.click("#a2")
    page.wait_for_url("**#q2")


def test_the_map_is_walked_by_keyboard(visit: Visit) -> None:
    page = visit.open("/map")
    page.locator("canvas").wait_for()
    assert page.inner_text("#in-view") == EVERYTHING
    page.locator("canvas").focus()
    for key in ("+", "+", "ArrowLeft", "ArrowUp", "-", "0"):
        page.keyboard.press(key)
    page.locator("#in-view", has_text=EVERYTHING).wait_for()
    page.locator(".legend a").first.focus()
    n_threads = page.locator(".legend .number").first.inner_text()
    page.locator("#in-view", has_text=f"{n_threads} questions in view").wait_for()
    page.select_option("#colour", "book")
    page.locator("canvas").focus()
    page.locator("#in-view", has_text=EVERYTHING).wait_for()
    page.locator(".near-centre a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/threads/*")


def test_a_point_of_the_map_shows_its_question_and_opens(visit: Visit) -> None:
    page = visit.open("/map")
    page.locator("canvas").wait_for()
    box = page.locator("canvas").bounding_box()
    for down in range(8, int(box["height"]), 12):
        for right in range(8, int(box["width"]), 24):
            page.mouse.move(box["x"] + right, box["y"] + down)
            if page.is_visible(".tip"):
                break
        if page.is_visible(".tip"):
            break
    page.locator(".tip bdi", has_text="?").wait_for()
    shown = page.inner_text(".tip bdi")
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url("**/threads/*")
    assert shown in page.inner_text("h1")


def test_the_first_view_of_the_map_holds_every_point(visit: Visit) -> None:
    page = visit.open("/map")
    page.locator(".near-centre a").first.wait_for()
    n_points = page.evaluate("fetch('/fragments/map').then((found) => found.json())")["x"]
    assert page.inner_text("#in-view").startswith(f"{len(n_points)} questions")


def test_without_script_the_map_is_a_list(plain: Visit) -> None:
    page = plain.open("/map")
    assert not page.is_visible("canvas")
    page.locator(".legend a").first.click()
    page.wait_for_url("**/topics/*")
    assert page.locator(".questions li").count() >= 1

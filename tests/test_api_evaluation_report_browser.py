"""The report in a real browser: quiet, wide enough and open to everybody, on any screen."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.evaluation_report import as_html
from tests.browser import Visit, audit
from tests.evaluations import PLAIN, evaluation
from tests.test_pages_hostile import HOSTILE

pytest_plugins = ["tests.browser_fixtures"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("texts", [PLAIN, HOSTILE], ids=["plain", "hostile"])
def test_it_is_quiet_and_fits_the_screen(
    browser: Any, size: dict[str, int], tmp_path: Path, texts: tuple[str, ...], scheme: str
) -> None:
    html = as_html([evaluation(texts)], day=date(2021, 11, 22))
    (tmp_path / "report.html").write_text(html, "utf-8")
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    visit = Visit(context.new_page(), tmp_path.as_uri())
    page = visit.open("/report.html")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("svg").first.bounding_box()["height"] > 200
    assert page.locator("script, iframe, img, link").count() == 0
    if texts is PLAIN:
        assert audit(page) == []
    context.close()
    assert visit.complaints == []

"""A visit to a page in a real browser, and what goes wrong in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any


@dataclass
class Visit:
    """A page in the browser, and what went wrong in it."""

    page: Any
    address: str
    scripts: bool = True
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def _dialog(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        if not request.url.startswith((f"{self.address}/", "data:")):
            self.complaints.append(f"request: {request.url}")

    def open(self, path: str) -> Any:
        self.page.goto(f"{self.address}{path}")
        return self.page


WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def audit(page: Any, rules: Mapping[str, Any] = WCAG) -> list[str]:
    """Return what axe finds wrong with a page."""
    axe = files("axe_playwright_python") / "axe.min.js"
    page.evaluate(axe.read_text("utf-8"))
    found = page.evaluate("(rules) => axe.run(rules)", rules)
    return [
        f"{each['id']}: {node['html'][:120]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def audit_both(page: Any) -> list[str]:
    """Return what axe finds wrong with a page in light and in dark colours."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = audit(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return found + audit(page, COLOURS)


@contextmanager
def visiting(
    browser: Any, address: str, size: dict[str, int], *, scripts: bool = True
) -> Iterator[Visit]:
    """Open a page of its own, and check that nothing went wrong in it."""
    permissions = ["clipboard-read", "clipboard-write"]
    context = browser.new_context(
        viewport=size, permissions=permissions, java_script_enabled=scripts
    )
    visit = Visit(context.new_page(), address, scripts)
    yield visit
    context.close()
    assert visit.complaints == []

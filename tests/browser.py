"""A visit to a page in a real browser, and what goes wrong in it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Visit:
    """A page in the browser, and what went wrong in it."""

    page: Any
    address: str
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

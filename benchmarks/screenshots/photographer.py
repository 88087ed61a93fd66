"""Who goes through the pages with a camera, at which sizes, in which light and languages."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from eventflow.local.options import ROOT
from tests.support.stack import Stack

FOLDER = ROOT / "test-results/screenshots"
# Who may not buy here.
BLOCKED_MAIL = "reseller@example.org"
SIZES = {"phone": (360, 740), "tablet": (768, 1_024), "desk": (1_440, 900)}
# By name: size, colour scheme, language.
LOOKS: dict[str, tuple[str, Any, str]] = {
    "360": ("phone", "light", "en-GB"),
    "768": ("tablet", "light", "en-GB"),
    "1440": ("desk", "light", "en-GB"),
    "360-dark": ("phone", "dark", "de-DE"),
    "1440-dark": ("desk", "dark", "fr-FR"),
    "360-arabic": ("phone", "light", "ar"),
}


class Photographer:
    """One visitor's way through the pages, at one size."""

    def __init__(self, page: Page, stack: Stack, look: str) -> None:
        self.page = page
        self.stack = stack
        self.look = look
        self.taken: list[str] = []

    @property
    def mail(self) -> str:
        """The address of this visitor alone."""
        return f"ada.{self.look}@example.org"

    def go(self, path: str, slug: str = "aurora") -> None:
        self.page.goto(f"http://{slug}.localhost:{self.stack.port}{path}")

    def take(self, name: str, *, whole: bool = True) -> None:
        """Photograph what is there: the whole page, or what fits on the screen."""
        page = self.page
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(400)
        path = FOLDER / f"{name}.{self.look}.png"
        page.screenshot(path=path, full_page=whole, animations="disabled")
        self.taken.append(name)

    def press(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state()

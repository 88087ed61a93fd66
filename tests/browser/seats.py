"""What a person does on the seat page, and what axe finds there."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tenant_apps.events.models import Performance

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def seats_of(house: Performance, shop: str, section: str = "stalls") -> str:
    return f"{shop}/performances/{house.public_id}/?section={section}"


def seat(page: Page, name: str) -> Any:
    return page.get_by_role("checkbox", name=name)


def ensure_accessible(page: Page) -> None:
    """Fail with what axe finds on the page as it is now."""
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert not found, [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


def reach(page: Page, role: Any, name: str) -> None:
    """Go on by Tab until the named thing has the focus."""
    target = page.get_by_role(role, name=name)
    expect(target).to_be_visible()
    for _ in range(80):
        if target.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is out of the keyboard's reach")


def press(page: Page, role: Any, name: str) -> None:
    reach(page, role, name)
    page.keyboard.press("Enter")

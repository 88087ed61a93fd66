"""What is typed is looked at as it is typed, and never in the way of who goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tenant_apps.events.models import Performance
from tests.browser.seats import ensure_accessible, seats_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

HOLD_MS = 150


@pytest.fixture(params=["mouse", "finger"])
def visitor(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    # axe brings its script itself, which the pages' own policy would stop.
    context = chromium.new_context(
        viewport={"width": 360, "height": 740}, has_touch=request.param == "finger", bypass_csp=True
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def details(visitor: Page, shop: str, house: Performance) -> Page:
    """A buyer with two seats, at the form."""
    visitor.goto(seats_of(house, shop))
    visitor.get_by_role("button", name="Best seats").click()
    expect(visitor.get_by_role("region", name="Time left")).to_be_visible()
    visitor.goto(f"{shop}/checkout/")
    return visitor


def press(page: Page, target: Locator) -> None:
    """Press as people do, at one place, for a moment: by finger where there is touch."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    if page.evaluate("navigator.maxTouchPoints"):
        page.touchscreen.tap(x, y)
        return
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_timeout(HOLD_MS)
    page.mouse.up()


def test_a_likely_slip_is_pointed_at_and_mended_with_one_press(details: Page) -> None:
    details.get_by_label("Mail address").fill("ada@gmial.com")
    meant = details.get_by_role("button", name="Did you mean ada@gmail.com?")
    expect(meant).to_be_visible()
    ensure_accessible(details)

    meant.click()
    expect(details.get_by_label("Mail address")).to_have_value("ada@gmail.com")
    expect(meant).to_be_hidden()


def test_what_appears_under_a_field_takes_no_press_away(details: Page) -> None:
    """A slip that was just typed: pointing at it would move the button from under the pointer."""
    details.get_by_label("Your name").fill("Ada Lovelace")
    email = details.get_by_label("Mail address")
    email.focus()
    email.press_sequentially("ada@gmial.com", delay=5)

    press(details, details.get_by_role("button", name="Continue to review"))

    details.wait_for_url("**/checkout/review/")


def test_what_goes_from_under_a_field_takes_no_press_away(details: Page) -> None:
    details.get_by_label("Your name").fill("Ada Lovelace")
    email = details.get_by_label("Mail address")
    email.fill("ada@gmial.com")
    expect(details.get_by_role("button", name="Did you mean")).to_be_visible()
    email.fill("ada@example.org")

    press(details, details.get_by_role("button", name="Continue to review"))

    details.wait_for_url("**/checkout/review/")


def test_a_mistake_is_told_when_the_field_is_left_by_a_press_on_the_next_one(details: Page) -> None:
    email = details.get_by_label("Mail address")
    email.focus()
    email.press_sequentially("ada@", delay=5)

    press(details, details.get_by_label("Your name"))

    expect(email).to_have_attribute("aria-invalid", "true")
    expect(details.get_by_label("Your name")).to_be_focused()


def test_what_was_typed_is_kept_until_the_server_has_it(details: Page, shop: str) -> None:
    details.get_by_label("Your name").fill("Ada Lovelace")
    details.get_by_label("Mail address").fill("ada@example.org")
    # The line breaks at the very moment of sending.
    details.route("**/checkout/", lambda route: route.abort())
    details.get_by_role("button", name="Continue to review").click()
    details.wait_for_timeout(500)
    details.unroute("**/checkout/")

    details.goto(f"{shop}/checkout/")
    expect(details.get_by_label("Your name")).to_have_value("Ada Lovelace")
    expect(details.get_by_label("Mail address")).to_have_value("ada@example.org")
    details.get_by_role("button", name="Continue to review").click()
    details.wait_for_url("**/checkout/review/")
    assert details.evaluate("sessionStorage.getItem('details-draft')") is None

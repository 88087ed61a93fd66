"""Where a person has chosen the colours, seats are told apart by what is drawn on them."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, expect

from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tests.browser.conftest import DESK
from tests.browser.seats import seat, seats_of
from tests.support.stripe import StripeDouble

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

B3 = 8
PLACE = "Row B, seat 3, €41.00"
# A mark that is seen has more dots than this, of the 6,000 that a seat has.
DOTS = 120


@pytest.fixture(params=["light", "dark"])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A visitor whose system draws pages in its own few colours, on a fine screen."""
    context = chromium.new_context(
        viewport=DESK,
        device_scale_factor=2,
        forced_colors="active",
        color_scheme=request.param,
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def drawn(page: Page, state: str) -> Image.Image:
    """What is drawn of the seat once it is so, away from pointer and focus; ink and paper only."""
    expect(seat(page, f"{PLACE}, {state}")).to_be_visible()
    page.mouse.move(0, 0)
    page.evaluate("() => document.activeElement.blur()")
    face = page.locator(f'.seat:has(input[value="{B3}"]) .seat__face')
    shot = face.screenshot(animations="disabled")
    return Image.open(io.BytesIO(shot)).convert("L").point(lambda light: 255 * (light > 127))


def dots_apart(one: Image.Image, other: Image.Image) -> int:
    """How many dots differ between two seats that are drawn, whichever of them is the dark one."""
    assert one.size == other.size
    differing = ImageChops.difference(one, other).histogram()[255]
    return min(differing, one.width * one.height - differing)


def test_a_seat_that_is_free_taken_or_yours_has_a_form_of_its_own(
    shop: str, house: Performance, page: Page
) -> None:
    page.goto(seats_of(house, shop))
    seen = {"available": drawn(page, "available")}
    again = drawn(page, "available")
    assert dots_apart(seen["available"], again) == 0

    hold = inventory.hold_places(performance_id=house.pk, session="somebody-else", ordinals=[B3])
    seen["taken"] = drawn(page, "taken")
    inventory.release_hold(performance_id=house.pk, session="somebody-else", hold_id=hold.hold_id)
    expect(seat(page, f"{PLACE}, available")).to_be_visible()
    seat(page, PLACE).click(force=True)
    expect(page.get_by_role("region", name="Time left")).to_be_visible()
    seen["yours"] = drawn(page, "yours")

    for one, other in itertools.combinations(seen, 2):
        assert dots_apart(seen[one], seen[other]) > DOTS, (one, other)


def test_two_seats_are_bought_without_a_colour(
    shop: str, house: Performance, page: Page, stripe_double: StripeDouble
) -> None:
    page.goto(seats_of(house, shop))
    for name in ("Row B, seat 3", "Row B, seat 4"):
        seat(page, name).click(force=True)
        expect(seat(page, f"{name}, €41.00, yours")).to_be_checked()
    expect(page.locator("[data-tray-words]")).to_have_text("2 places€82.00")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Continue to your details").click()
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("Mail address").fill("ada@example.org")
    page.get_by_role("button", name="Continue to review").click()
    page.get_by_role("button", name="Pay €82.00").click()
    page.wait_for_url(f"{stripe_double.base}/**")

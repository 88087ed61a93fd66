"""The time that places are kept, in a real Chromium whose clock the tests turn."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory import sessions
from tests.browser.seats import ensure_accessible, press, seat, seats_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

PLACE = "Row B, seat 3"


@pytest.fixture
def details(shop: str, house: Performance, page: Page) -> Page:
    """Somebody who has a place for ten minutes and types."""
    page.clock.install()
    page.goto(seats_of(house, shop))
    seat(page, PLACE).click(force=True)
    expect(page.get_by_role("region", name="Time left")).to_be_visible()
    press(page, "button", "Continue")
    press(page, "link", "Continue to your details")
    page.get_by_label("Your name").fill("Ada Lovelace")
    return page


def give_places_back(page: Page, house: Performance) -> None:
    """What the live process does at the end of a hold; its clock is not the page's."""
    cookie = next(each for each in page.context.cookies() if "buyer" in str(each.get("name")))
    session = sessions.session_of(str(cookie.get("value")))
    assert session
    for hold in inventory.holds_of_session(performance_id=house.pk, session=session):
        inventory.release_hold(performance_id=house.pk, session=session, hold_id=hold.hold_id)


def test_it_warns_at_two_minutes_in_words_and_aloud(details: Page) -> None:
    timer = details.get_by_role("region", name="Time left")
    expect(timer).to_contain_text("Your places are kept for")

    details.clock.run_for("08:10")

    expect(timer).to_contain_text("Less than two minutes left for your places:")
    expect(details.locator("[data-announce]")).to_have_text("2 minutes left to finish.")
    ensure_accessible(details)

    details.get_by_role("button", name="More time").click()
    expect(timer).to_contain_text("Your places are kept for")


def test_when_it_is_over_what_was_typed_stays_and_the_same_places_are_one_press_away(
    details: Page, house: Performance
) -> None:
    give_places_back(details, house)
    details.clock.run_for("10:05")

    timer = details.get_by_role("region", name="Time left")
    expect(timer).to_contain_text("The time is over. Your places are on sale again.")
    expect(details.get_by_label("Your name")).to_have_value("Ada Lovelace")
    ensure_accessible(details)

    details.get_by_role("button", name="Try to get the same places again").click()

    expect(details.locator("main")).to_contain_text("Row B · Seat 3")
    press(details, "link", "Continue to your details")
    expect(details.get_by_label("Your name")).to_have_value("Ada Lovelace")
    assert inventory.snapshot(house.pk).places[8] == 1

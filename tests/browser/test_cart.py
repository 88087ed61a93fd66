"""The cart is changed: by one press, from the map, and with the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tests.browser.seats import press, reach, seat, seats_of
from tests.browser.test_map import ask_for, expect_current, focus_map
from tests.support.stripe import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

B3, B4, C3 = 8, 9, 14


def fill_cart(page: Page, shop: str, house: Performance, *seats: str) -> None:
    """Choose seats of the stalls and go on to the cart."""
    page.goto(seats_of(house, shop))
    for name in seats:
        seat(page, name).click(force=True)
        expect(page.get_by_role("region", name="Time left")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/cart/")


def places(page: Page) -> Locator:
    return page.locator(".place__name b")


def total(page: Page) -> Locator:
    return page.locator(".lines__total dd")


def taken(house: Performance) -> set[int]:
    """The places that are not free, by what every visitor is told."""
    return {at for at, state in enumerate(inventory.snapshot(house.pk).places) if state}


def test_the_next_best_seat_is_added_beside_the_first_with_one_press(
    shop: str, house: Performance, page: Page
) -> None:
    fill_cart(page, shop, house, "Row B, seat 3")
    expect(total(page)).to_have_text("€41.00")

    page.get_by_role("button", name="Add the next best seat").click()

    expect(places(page)).to_have_count(2)
    expect(total(page)).to_have_text("€82.00")
    first, second = sorted(taken(house))
    assert B3 in (first, second)
    assert second == first + 1
    other = {B3 - 1: 2, B4: 4}[first + second - B3]
    names = sorted(["Stalls · Row B · Seat 3", f"Stalls · Row B · Seat {other}"])
    assert sorted(places(page).all_text_contents()) == names


def test_a_seat_is_exchanged_on_the_map_and_the_cart_has_exactly_the_new_ones(
    shop: str, house: Performance, page: Page
) -> None:
    fill_cart(page, shop, house, "Row B, seat 3", "Row B, seat 4")
    page.get_by_role("link", name="Change places").first.click()
    expect(page.locator(".map-host.is-open")).to_be_visible()
    expect(page.locator("[data-tray-words]")).to_have_text("2 places€82.00")
    ask_for(page, 1)
    focus_map(page)
    page.keyboard.type("b4")
    expect_current(page, "^Row B, seat 4, .* yours$")
    page.keyboard.press("ArrowLeft")
    expect_current(page, "^Row B, seat 3, .* yours$")
    page.keyboard.press("Enter")
    expect_current(page, "^Row B, seat 3, .* available$")
    page.keyboard.press("ArrowDown")
    expect_current(page, "^Row C, seat 3, .* available$")
    page.keyboard.press("Enter")
    expect_current(page, "^Row C, seat 3, .* yours$")
    wait_until(lambda: taken(house) == {B4, C3})

    page.get_by_role("button", name="Continue").click()

    page.wait_for_url("**/cart/")
    expect(places(page)).to_have_text(["Stalls · Row B · Seat 4", "Stalls · Row C · Seat 3"])
    expect(total(page)).to_have_text("€82.00")


def test_a_seat_is_exchanged_in_the_list_and_the_cart_has_exactly_the_new_ones(
    shop: str, house: Performance, page: Page
) -> None:
    fill_cart(page, shop, house, "Row B, seat 3", "Row B, seat 4")
    page.get_by_role("link", name="Add or change places").click()
    expect(page.locator(".section-card", has_text="Stalls")).to_contain_text("2 places here are")
    page.get_by_role("link", name="Stalls").click()
    expect(seat(page, "Row B, seat 4, €41.00, yours")).to_be_checked()
    seat(page, "Row B, seat 3, €41.00, yours").click(force=True)
    seat(page, "Row C, seat 3, €41.00, available").click(force=True)
    expect(page.locator("[data-tray-words]")).to_have_text("2 places€82.00")

    page.get_by_role("button", name="Continue").click()

    page.wait_for_url("**/cart/")
    expect(places(page)).to_have_text(["Stalls · Row B · Seat 4", "Stalls · Row C · Seat 3"])
    assert taken(house) == {B4, C3}


def test_the_cart_is_changed_with_the_keyboard_alone(
    shop: str, house: Performance, page: Page
) -> None:
    fill_cart(page, shop, house, "Row B, seat 3", "Row B, seat 4")
    press(page, "button", "Remove Stalls · Row B · Seat 3")
    expect(places(page)).to_have_text(["Stalls · Row B · Seat 4"])
    expect(total(page)).to_have_text("€41.00")

    reach(page, "combobox", "Ticket type for Stalls · Row B · Seat 4")
    page.keyboard.type("Child")
    page.keyboard.press("Enter")
    expect(total(page)).to_have_text("€21.00")
    press(page, "button", "Add the next best seat")
    expect(places(page)).to_have_count(2)
    press(page, "button", "Give all back")
    expect(page.get_by_role("heading", name="Your cart is empty")).to_be_visible()
    assert taken(house) == set()

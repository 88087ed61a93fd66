"""The buyer's pages in a real Chromium: with the keyboard alone, live, and without a script."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tenant_apps.checkout import queries as checkout
from tenant_apps.events import services as events
from tenant_apps.events.domain import SeatRules, SingleSeats
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.orders.models import Order
from tests.browser.seats import ensure_accessible, press, reach, seat, seats_of
from tests.support.performances import OWNER
from tests.support.stripe import StripeDouble, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_two_seats_are_bought_with_the_keyboard_alone(
    shop: str, house: Performance, page: Page, stripe_double: StripeDouble
) -> None:
    page.goto(seats_of(house, shop))
    seats = page.locator(".seating")
    expect(seats.get_by_role("checkbox").first).to_be_visible()

    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "place":
            break
    page.keyboard.type("b3")
    expect(seat(page, "Row B, seat 3, €41.00, available")).to_be_focused()
    page.keyboard.press("Space")
    expect(seat(page, "Row B, seat 3, €41.00, yours")).to_be_checked()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(seat(page, "Row B, seat 4, €41.00, yours")).to_be_checked()
    expect(page.locator("[data-tray-words]")).to_have_text("2 places€82.00")
    expect(page.get_by_role("region", name="Time left")).to_be_visible()

    press(page, "button", "Continue")
    press(page, "link", "Continue to your details")
    page.keyboard.press("Tab")
    reach(page, "textbox", "Your name")
    page.keyboard.type("Ada Lovelace")
    page.keyboard.press("Tab")
    page.keyboard.type("ada@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout/review/")
    press(page, "button", "Pay €82.00")
    page.wait_for_url(f"{stripe_double.base}/**")
    assert Order.objects.get().total_minor == 8_200


def test_arrows_walk_over_the_seats_and_taken_ones_say_so(
    shop: str, house: Performance, page: Page
) -> None:
    inventory.hold_places(performance_id=house.pk, session="somebody-else", ordinals=[9])
    page.goto(seats_of(house, shop))
    seat(page, "Row B, seat 3").focus()

    page.keyboard.press("ArrowRight")
    taken = seat(page, "Row B, seat 4, €41.00, taken")
    expect(taken).to_be_focused()
    page.keyboard.press("Space")
    expect(taken).not_to_be_checked()

    page.keyboard.press("ArrowUp")
    expect(seat(page, "Row A, seat 4")).to_be_focused()
    page.keyboard.press("End")
    expect(seat(page, "Row A, seat 6")).to_be_focused()
    page.keyboard.press("Control+Home")
    expect(seat(page, "Row A, seat 1")).to_be_focused()


def test_a_seat_that_somebody_takes_or_gives_back_changes_at_once(
    shop: str, house: Performance, page: Page
) -> None:
    page.goto(seats_of(house, shop))
    expect(seat(page, "Row B, seat 3, €41.00, available")).to_be_visible()
    page.wait_for_timeout(500)

    hold = inventory.hold_places(performance_id=house.pk, session="somebody-else", ordinals=[8])
    expect(seat(page, "Row B, seat 3, €41.00, taken")).to_be_visible()

    inventory.release_hold(performance_id=house.pk, session="somebody-else", hold_id=hold.hold_id)
    expect(seat(page, "Row B, seat 3, €41.00, available")).to_be_visible()


def test_who_is_second_loses_the_seat_and_hears_it(
    shop: str, house: Performance, chromium: Browser
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    # The line is dead, so the page does not know what the server knows.
    page.route("**/feed", lambda route: route.abort())
    page.route("**/availability", lambda route: route.abort())
    page.goto(seats_of(house, shop))
    inventory.hold_places(performance_id=house.pk, session="somebody-else", ordinals=[8])

    seat(page, "Row B, seat 3").click(force=True)

    expect(seat(page, "Row B, seat 3, €41.00, taken")).not_to_be_checked()
    expect(page.locator("[data-said]")).to_have_text(
        "Sorry: Row B, seat 3 was just taken by someone else."
    )
    expect(page.locator("[data-tray-words]")).to_have_text("No places chosen yet")
    context.close()


def test_a_seat_is_given_back_by_choosing_it_again(
    shop: str, house: Performance, page: Page
) -> None:
    page.goto(seats_of(house, shop))
    before = seat(page, "Row B, seat 3").bounding_box()
    seat(page, "Row B, seat 3").click(force=True)
    expect(seat(page, "Row B, seat 3, €41.00, yours")).to_be_checked()
    # It comes with the answer and moves nothing: the same spot is the same seat.
    expect(page.get_by_role("region", name="Time left")).to_be_visible()
    assert seat(page, "Row B, seat 3").bounding_box() == before
    seat(page, "Row B, seat 3").click(force=True)
    expect(seat(page, "Row B, seat 3, €41.00, available")).not_to_be_checked()

    wait_until(lambda: inventory.snapshot(house.pk).places[8] == 0)


def test_a_seat_that_a_rule_refuses_waits_for_the_one_that_makes_it_right(
    shop: str, house: Performance, chromium: Browser
) -> None:
    events.update_performance(
        performance_id=house.pk,
        times=house.times,
        limits=house.limits,
        timezone=house.timezone,
        rules=SeatRules(single_seats=SingleSeats.STRICT),
        actor=OWNER,
    )
    # A page of its own: its console notes the refusal.
    context = chromium.new_context()
    page = context.new_page()
    page.goto(seats_of(house, shop))
    seat(page, "Row B, seat 2").check()
    expect(page.locator("[data-toast]")).to_contain_text(
        "A single seat would be left: Row B, seat 1. Choose it too, or move along."
    )
    expect(seat(page, "Row B, seat 2")).to_be_checked()
    assert inventory.snapshot(house.pk).places[6:8] == b"\0\0"
    seat(page, "Row B, seat 1").check()
    expect(page.get_by_text("2 places").first).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(f"{shop}/cart/")
    assert inventory.snapshot(house.pk).places[6:8] == b"\1\1"
    context.close()


def test_the_clock_is_longer_after_more_time_and_leaves_the_page_as_it_is(
    shop: str, house: Performance, page: Page
) -> None:
    page.goto(seats_of(house, shop))
    seat(page, "Row B, seat 3").click(force=True)
    press(page, "button", "Continue")
    press(page, "link", "Continue to your details")
    page.get_by_label("Your name").fill("Ada")

    page.get_by_role("button", name="More time").click()

    expect(page.locator("[data-announce]")).to_have_text("You have more time now: 10 minutes.")
    expect(page.get_by_label("Your name")).to_have_value("Ada")


def test_without_a_script_two_seats_are_bought_up_to_the_payment_page(
    shop: str, house: Performance, stripe_double: StripeDouble, plain: Page
) -> None:
    plain.goto(f"{shop}/")
    plain.get_by_role("link", name="Get tickets").click()
    plain.get_by_role("link", name="Choose places").click()
    plain.get_by_role("link", name="Stalls").click()
    seat(plain, "Row B, seat 3").check(force=True)
    seat(plain, "Row B, seat 4").check(force=True)
    plain.get_by_role("button", name="Continue").click()

    plain.get_by_label("Ticket type for Stalls · Row B · Seat 4").select_option("child")
    plain.get_by_role("button", name="Update prices").click()
    expect(plain.locator(".lines__total dd")).to_have_text("€62.00")
    plain.get_by_role("link", name="Continue to your details").click()
    plain.get_by_label("Your name").fill("Ada Lovelace")
    plain.get_by_label("Mail address").fill("ada@example")
    plain.get_by_role("button", name="Continue to review").click()
    expect(plain.get_by_label("Mail address")).to_have_attribute("aria-invalid", "true")
    plain.get_by_label("Mail address").fill("ada@example.org")
    plain.get_by_role("button", name="Continue to review").click()
    plain.get_by_role("button", name="Pay €62.00").click()

    plain.wait_for_url(f"{stripe_double.base}/**")


def test_the_tickets_appear_the_moment_the_order_is_paid(
    shop: str, house: Performance, page: Page, stripe_double: StripeDouble
) -> None:
    buy(page.context, page, shop, house)
    page.wait_for_url(f"{stripe_double.base}/**")
    session = page.url.rpartition("/")[2]
    link = checkout.order_link(Order.objects.get())
    page.goto(f"{shop}{link}?paid=1")
    expect(page.get_by_role("heading", name="One moment, please")).to_be_visible()

    stripe_double.pay(session)

    expect(page.get_by_role("heading", name="You’re going!")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("img", name="QR code for the entrance")).to_have_count(1)


def buy(context: BrowserContext, page: Page, shop: str, house: Performance) -> None:
    page.goto(seats_of(house, shop))
    seat(page, "Row B, seat 3").click(force=True)
    expect(seat(page, "Row B, seat 3, €41.00, yours")).to_be_checked()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Continue to your details").click()
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("Mail address").fill("ada@example.org")
    page.get_by_role("button", name="Continue to review").click()
    page.get_by_role("button", name="Pay €41.00").click()


@pytest.mark.parametrize(("look", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_on_any_page(
    chromium: Browser,
    shop: str,
    house: Performance,
    stripe_double: StripeDouble,
    look: Any,
    width: int,
) -> None:
    # axe brings its script itself, which the pages' own policy would stop.
    context = chromium.new_context(
        color_scheme=look, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    page = context.new_page()
    for path in (
        "/",
        "/events/hamlet/",
        f"/performances/{house.public_id}/",
        f"/performances/{house.public_id}/?section=stalls",
        "/cart/",
        "/orders/",
        "/orders/?sent",
        "/nowhere/",
    ):
        page.goto(f"{shop}{path}")
        ensure_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path

    page.goto(seats_of(house, shop))
    seat(page, "Row B, seat 3").click(force=True)
    expect(page.get_by_role("region", name="Time left")).to_be_visible()
    ensure_accessible(page)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/cart/")
    ensure_accessible(page)
    page.get_by_role("link", name="Continue to your details").click()
    ensure_accessible(page)
    page.get_by_role("button", name="Continue to review").click()
    ensure_accessible(page)
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("Mail address").fill("ada@example.org")
    page.get_by_role("button", name="Continue to review").click()
    page.wait_for_url("**/review/")
    ensure_accessible(page)
    page.get_by_role("button", name="Pay €41.00").click()
    page.wait_for_url(f"{stripe_double.base}/**")
    session = page.url.rpartition("/")[2]
    link = checkout.order_link(Order.objects.get())
    page.goto(f"{shop}{link}")
    ensure_accessible(page)
    page.goto(f"{shop}{link}?paid=1")
    ensure_accessible(page)
    stripe_double.pay(session)
    page.goto(f"{shop}{link}?paid=1")
    expect(page.get_by_role("heading", name="You’re going!")).to_be_visible(timeout=15_000)
    ensure_accessible(page)
    context.close()

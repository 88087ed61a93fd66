"""What a person does on the shop's pages, step by step, in a browser."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.shop import PAID, Shop


def choose(page: Page, shop: Shop, performance: str, *ordinals: int) -> None:
    """Open the stalls' page, choose these seats and go on to the cart."""
    page.goto(f"{shop.address}/performances/{performance}/?section=stalls")
    for ordinal in ordinals:
        seat = page.locator(f'input[name="place"][value="{ordinal}"]')
        # The seat's drawn face lies over the checkbox.
        seat.click(force=True)
        try:
            expect(seat).to_be_checked()
        except AssertionError as error:
            error.add_note(f"The page says: {page.locator('.toast').all_text_contents()}")
            raise
        # With the first answer: the seat is held.
        expect(page.get_by_role("region", name="Time left")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/cart/")


def fill_details(page: Page, email: str, name: str = "Ada Lovelace") -> None:
    """Go on from the cart to the review."""
    page.get_by_role("link", name="Continue to your details").click()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Mail address").fill(email)
    page.get_by_role("button", name="Continue to review").click()
    page.wait_for_url("**/checkout/review/")


def to_payment(page: Page) -> str:
    """Press "Pay" and wait for the payment page; its session."""
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    return at_payment(page)


def at_payment(page: Page) -> str:
    page.wait_for_url("**/c/pay/**")
    return page.url.rpartition("/")[2]


def pay(page: Page, card: str = PAID) -> None:
    """Fill in a card and press "Pay" on the payment page."""
    page.get_by_label("Card number").fill(card)
    page.get_by_label("Expiry date").fill("12 / 40")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on card").fill("Ada Lovelace")
    page.get_by_role("button", name=re.compile("^Pay ")).click()


def expect_tickets(page: Page, count: int) -> None:
    """Wait until the order's page shows the tickets."""
    expect(page.get_by_role("heading", name="You’re going!")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("img", name="QR code for the entrance")).to_have_count(count)


def order_on(page: Page, shop: Shop) -> str:
    """Find which order the page is of."""
    number = re.search(r"Order (\S+)", page.title())
    assert number, page.title()
    (row,) = shop.rows("SELECT public_id FROM orders_order WHERE number = %s", number[1])
    return row[0]


def free_pairs(shop: Shop, performance: str) -> Any:
    """Give pairs of adjacent free seats of the stalls, one after another."""
    seats = iter(shop.free_seats(performance, "stalls"))
    for (row, left), (same, right) in zip(seats, seats, strict=False):
        if (row, left + 1) == (same, right):
            yield left, right

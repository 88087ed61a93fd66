"""The Stripe double's payment page in a browser: on a phone and on a desk, without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.stripe import StripeDouble, session_params

pytestmark = pytest.mark.browser
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}


@pytest.fixture
def pay_url(stripe_double: StripeDouble) -> str:
    """The page of a new session; its merchant's pages are pages of the double too."""
    here = f"{stripe_double.base}/c/assets/icon.svg"
    params: Any = session_params(success_url=f"{here}?done", cancel_url=f"{here}?back")
    session = stripe_double.client.v1.checkout.sessions.create(
        params, {"stripe_account": stripe_double.new_account()}
    )
    assert session.url
    return session.url


@pytest.fixture(params=[(PHONE, "dark"), (DESK, "light")], ids=["phone", "desk"])
def buyer(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A buyer whose browser runs no script; what the console complains of fails the test."""
    viewport, scheme = request.param
    context = chromium.new_context(
        viewport=viewport, color_scheme=scheme, java_script_enabled=False
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert not complaints, complaints


def test_a_buyer_pays_by_keyboard(buyer: Page, pay_url: str, stripe_double: StripeDouble) -> None:
    buyer.goto(pay_url)
    expect(buyer.get_by_text("Aurora Theatre", exact=True)).to_be_visible()
    buyer.get_by_label("Card number").fill("4242 4242 4242 4242")
    for text in ("12 / 40", "123", "Ada Buyer"):
        buyer.keyboard.press("Tab")
        buyer.keyboard.type(text)
    buyer.keyboard.press("Enter")

    expect(buyer).to_have_url(re.compile(r"\?done$"))
    assert len(stripe_double.state()["sessions"][0]["_charges"]) == 1
    buyer.goto(pay_url)
    expect(buyer.get_by_role("heading", name="This is paid")).to_be_visible()


def test_a_declined_buyer_tries_another_card_and_the_bank(buyer: Page, pay_url: str) -> None:
    buyer.goto(pay_url)
    buyer.get_by_role("button", name="Declined").click()
    buyer.get_by_role("button", name="Pay €45.00").click()
    expect(buyer.get_by_role("alert")).to_have_text("Your card was declined.")
    buyer.get_by_role("button", name="3-D Secure").click()
    buyer.get_by_role("button", name="Pay €45.00").click()
    buyer.get_by_role("button", name="Fail").click()
    expect(buyer.get_by_role("alert")).to_contain_text("unable to authenticate")
    buyer.get_by_role("button", name="3-D Secure").click()
    buyer.get_by_role("button", name="Pay €45.00").click()
    buyer.get_by_role("button", name="Complete").click()
    expect(buyer).to_have_url(re.compile(r"\?done$"))


def test_a_buyer_goes_back(buyer: Page, pay_url: str) -> None:
    buyer.goto(pay_url)
    buyer.get_by_role("link", name="Back to Aurora Theatre").click()
    expect(buyer).to_have_url(re.compile(r"\?back$"))


def test_two_tabs_pay_once(chromium: Browser, pay_url: str, stripe_double: StripeDouble) -> None:
    context = chromium.new_context()
    tabs = [context.new_page() for _ in range(2)]
    for tab in tabs:
        tab.goto(pay_url)
        tab.get_by_role("button", name="Paid 4242").click()
    for tab in tabs:
        tab.get_by_role("button", name="Pay €45.00").click()
    expect(tabs[1].get_by_role("heading", name="This is paid")).to_be_visible()
    context.close()
    assert len(stripe_double.state()["charges"]) == 1


def test_nothing_sticks_out(buyer: Page, pay_url: str) -> None:
    buyer.goto(pay_url)
    assert buyer.viewport_size
    for part in buyer.locator("main *").all():
        box = part.bounding_box()
        if box and box["width"] > 1:
            assert box["x"] + box["width"] <= buyer.viewport_size["width"] + 0.5, part

"""A price is the same wherever it stands: the first one that is seen is the one that is paid."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from public_apps.tenants.domain import TenantRecord
from tenant_apps.checkout import queries as checkout
from tenant_apps.events.models import Performance
from tenant_apps.orders.models import Order
from tenant_apps.payments import services as payments
from tenant_apps.pricing.domain import FeeRule, TaxRule, TierDraft, ZoneDraft
from tests.browser.seats import seat, seats_of
from tests.support.performances import OWNER
from tests.support.stripe import StripeDouble
from tests.tenant_apps.storefront.conftest import house_document, open_house

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

# €40.00, a fee of €1.50 and 3 % of them, and then 19 % of all that on top.
FACES, FEES, TAX = 2 * 40_00, 2 * (1_50 + 1_20), 2 * 8_11
ONE = 40_00 + 2_70 + 8_11
TWO = 2 * ONE
AMOUNT = re.compile(r"€([\d,]+)\.(\d\d)")


# €2.50 for the order, and the tax on it.
ORDER = 2_98


FEE = FeeRule(fixed_minor=1_50, basis_points=300)


@pytest.fixture
def house(
    live_tenant: TenantRecord, stripe_double: StripeDouble, request: pytest.FixtureRequest
) -> Performance:
    """A house with one price, whose fees and tax come on top of the face price."""
    payments.connect_account(account_id=stripe_double.new_account(), actor=OWNER)
    document = house_document()
    document["areas"] = []
    return open_house(
        document=document,
        prices={
            "tiers": (TierDraft("adult", "Adult"),),
            "zones": (ZoneDraft("seats", "Seats", "#3b5bdb", ("front", "back"), {"adult": 40_00}),),
            "fee": getattr(request, "param", FEE),
            "tax": TaxRule("VAT", 1_900, included=False),
        },
    )


def amounts(part: Locator) -> list[int]:
    """Every amount that the part shows, in minor units."""
    return [
        int(whole.replace(",", "") + cents) for whole, cents in AMOUNT.findall(part.inner_text())
    ]


def summed_up(page: Page) -> tuple[list[int], int]:
    """What a page adds up, and the sum that it states."""
    *lines, total = amounts(page.locator(".lines"))
    return lines, total


def ensure_only(page: Page, amount: int) -> None:
    """Fail unless the page shows this amount and no other."""
    shown = amounts(page.locator("main"))
    assert shown
    assert set(shown) == {amount}


def test_the_first_price_that_is_seen_is_the_one_that_is_paid(
    shop: str, house: Performance, page: Page, stripe_double: StripeDouble
) -> None:
    page.goto(f"{shop}/")
    ensure_only(page, ONE)
    page.get_by_role("link", name="Get tickets").click()
    page.wait_for_url("**/events/**")
    ensure_only(page, ONE)
    page.get_by_role("link", name="Choose places").click()
    expect(page.locator(".map-host.is-open")).to_be_visible()
    ensure_only(page, ONE)

    page.goto(seats_of(house, shop))
    ensure_only(page, ONE)
    seat(page, "Row B, seat 3, €50.81, available").click(force=True)
    tray = page.locator("[data-tray-words]")
    expect(tray).to_have_text("1 place€50.81")
    ensure_only(page, ONE)
    seat(page, "Row B, seat 4, €50.81, available").click(force=True)
    expect(tray).to_have_text("2 places€101.62")
    expect(page.get_by_role("region", name="Time left")).to_be_visible()
    page.reload()
    assert amounts(tray) == [TWO]

    page.goto(f"{shop}/cart/")
    assert amounts(page.locator(".place__price").first) == [ONE]
    # Only beside their sum does a page show the parts of a price.
    assert summed_up(page) == ([FACES, FEES, TAX], TWO)
    page.get_by_role("link", name="Continue to your details").click()
    page.wait_for_url("**/checkout/")
    assert summed_up(page) == ([FACES, FEES, TAX], TWO)
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("Mail address").fill("ada@example.org")
    page.get_by_role("button", name="Continue to review").click()
    page.wait_for_url("**/checkout/review/")
    assert amounts(page.locator(".summary__places")) == [ONE, ONE]
    assert summed_up(page) == ([FACES, FEES, TAX], TWO)
    page.get_by_role("button", name="Pay €101.62").click()

    page.wait_for_url(f"{stripe_double.base}/**")
    assert amounts(page.get_by_test_id("total")) == [TWO]
    charged = page.locator(".lines .amount").all()
    assert sum(amount for each in charged for amount in amounts(each)) == TWO
    stripe_double.pay(page.url.rpartition("/")[2])
    page.goto(f"{shop}{checkout.order_link(Order.objects.get())}?paid=1")
    expect(page.get_by_role("heading", name="You’re going!")).to_be_visible(timeout=15_000)
    assert amounts(page.locator(".summary__places")) == [ONE, ONE]
    lines, total = summed_up(page)
    assert (sum(lines), total) == (TWO, TWO)
    assert [charge["amount"] for charge in stripe_double.state()["charges"]] == [TWO]


@pytest.mark.parametrize("house", [replace(FEE, per_order_minor=2_50)], indirect=True)
def test_a_fee_for_the_order_is_in_each_sum_from_the_first_page_on(
    shop: str, house: Performance, page: Page
) -> None:
    page.goto(f"{shop}/")
    ensure_only(page, ONE + ORDER)  # what one pays for a ticket alone
    page.get_by_role("link", name="Get tickets").click()
    page.wait_for_url("**/events/**")
    ensure_only(page, ONE + ORDER)
    page.get_by_role("link", name="Choose places").click()
    expect(page.locator(".map-host.is-open")).to_be_visible()
    expect(page.locator(".legend")).to_contain_text("€2.98 more for each order")

    page.get_by_role("button", name="Best seats").click()
    tray = page.locator("[data-tray-words]")
    expect(tray).to_have_text("2 places€104.60")
    expect(page.get_by_role("region", name="Time left")).to_be_visible()
    page.reload()
    assert amounts(tray) == [TWO + ORDER]
    page.goto(f"{shop}/cart/")
    assert summed_up(page)[1] == TWO + ORDER

"""Members' pages in a real Chromium: light and dark, narrow and wide, and without a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.orders.models import Order
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain.lists import Entry, Verdict, What
from tenant_apps.queueing.domain.reviews import Pointing
from tenant_apps.queueing.domain.rules import Rule
from tests.support.orders import place_order
from tests.support.people import PASSWORD, signed_in_member
from tests.support.sale import put_on_sale
from tests.support.servers import serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [
    pytest.param({"width": 1200, "height": 800}, "light", id="desk"),
    pytest.param({"width": 390, "height": 800}, "dark", id="phone"),
]


@pytest.fixture
def order(live_tenant: TenantRecord) -> Order:
    order = place_order(put_on_sale(), (0, 1), price=0)
    queueing.open_review(
        order_ref=order.public_id, why=Pointing((Rule.HOARDING, Rule.SHARED_CARD), "ab" * 16)
    )
    queueing.list_buyer(
        Entry(Verdict.BLOCKED, What.MAIL, "a-very-long-name-that-has-no-end@a-long-domain.example",
              "Sold forty tickets on an exchange."),
        actor=SYSTEM,
    )  # fmt: skip
    return order


@pytest.fixture
def site(live_tenant: TenantRecord, order: Order) -> Iterator[str]:
    """The organizer's site, with an owner who may sign in."""
    from eventflow.asgi import application

    signed_in_member(live_tenant, "owner")
    with serving(application) as address:
        yield address.replace("127.0.0.1", live_tenant.primary_host.partition(":")[0])


def sign_in(page: Page, site: str) -> None:
    page.goto(f"{site}/console/")
    page.get_by_label("Mail address").fill("owner@aurora.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


def test_an_order_is_found_and_refunded_without_script(
    chromium: Browser, site: str, order: Order
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site)
    page.get_by_role("link", name="Orders", exact=True).click()
    page.get_by_label("Number, name or mail address").fill("lovelace")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=order.number).click()
    page.get_by_role("link", name="Refund in full …").click()
    page.get_by_label("Why?").fill("The buyer is ill.")
    page.get_by_role("button", name="Refund").click()
    expect(page.get_by_text("Refunded", exact=True)).to_be_visible()
    expect(page.get_by_text("The buyer is ill.")).to_be_visible()
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site}/console/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    context.close()


def test_an_order_is_looked_at_without_script(chromium: Browser, site: str, order: Order) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site)
    page.get_by_role("link", name="Reviews").click()
    page.get_by_role("link", name=order.number).click()
    expect(page.get_by_text("paid for 4 or more mail addresses")).to_be_visible()
    page.get_by_role("button", name="Refund and block the buyer").click()
    expect(page.get_by_label("Why?")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Why?").fill("A scalper.")
    page.get_by_role("button", name="Refund and block the buyer").click()
    expect(page.get_by_text("Given back, buyer blocked")).to_be_visible()
    page.goto(f"{site}/console/buyers/")
    expect(page.get_by_role("heading", name="ada@example.org")).to_be_visible()
    context.close()


@pytest.mark.parametrize(("viewport", "scheme"), LOOKS)
def test_every_page_is_accessible_and_fits(
    chromium: Browser, site: str, order: Order, viewport: dict[str, int], scheme: str
) -> None:
    context = chromium.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    for path in ("/sign-in/", "/password/forgotten/", "/password/forgotten/sent/", "/api/docs/"):
        ensure_good(page, f"{site}{path}")
    sign_in(page, site)
    order_path = f"/console/orders/{order.public_id}/"
    for path in (
        "/console/", "/console/orders/", order_path, f"{order_path}refund/", "/console/events/",
        f"/console/events/{order.lines.first().performance.public_id}/waiting-room/",
        "/console/reviews/", f"/console/reviews/{order.public_id}/", "/console/buyers/",
        "/password/change/", "/password/changed/", "/sign-out/",
    ):  # fmt: skip
        ensure_good(page, f"{site}{path}")
    context.close()


def ensure_good(page: Page, address: str) -> None:
    """Fail with what axe finds, and when the page is wider than the screen."""
    page.goto(address)
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    assert found.violations_count == 0, f"{address}\n{found.generate_report()}"
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0, f"{address} is {wide} pixels too wide"

"""A suspicious buyer's browser solves what it is asked by itself, and the places are held."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events.models import Performance
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain import Mode, RoomDraft
from tenant_apps.queueing.suspicion import Kind
from tests.browser.conftest import watched
from tests.support.servers import serving
from tests.support.suspects import suspect
from tests.tenant_apps.storefront.conftest import open_house

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECKING = "Checking that you are a person with a browser…"


@pytest.fixture
def house(live_tenant: TenantRecord) -> Performance:
    """On sale, for buyers of one network that is suspected of machines."""
    suspect(live_tenant.schema_name, Kind.PREFIX, "127.0.0.1")
    return open_house()


@pytest.fixture
def shop(house: Performance, live_tenant: TenantRecord) -> Iterator[str]:
    from eventflow.asgi import application

    with serving(application) as address:
        yield address.replace("127.0.0.1", live_tenant.primary_host.partition(":")[0])


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    """A fresh visitor, whose browser says of the question that it was a 403."""
    with watched(chromium, expected="status of 403") as page:
        yield page


def test_a_seat_is_held_after_a_moment(shop: str, house: Performance, visitor: Page) -> None:
    visitor.goto(f"{shop}/performances/{house.public_id}/?section=stalls")
    visitor.get_by_role("checkbox", name="Row B, seat 3, €41.00, available").click()
    expect(visitor.locator("[data-said]")).to_have_text(CHECKING)
    expect(visitor.locator("[data-tray-words]")).to_have_text("1 place€41.00")
    expect(visitor.get_by_role("region", name="Time left")).to_be_visible()
    visitor.get_by_role("checkbox", name="Row B, seat 4, €41.00, available").click()
    visitor.get_by_role("button", name="Continue").click()
    visitor.wait_for_url("**/cart/")
    expect(visitor.get_by_role("link", name="Cart, 2 tickets")).to_be_visible()


def test_the_best_seats_are_held_after_a_moment(
    shop: str, house: Performance, visitor: Page
) -> None:
    visitor.goto(f"{shop}/performances/{house.public_id}/")
    visitor.get_by_role("button", name="Best seats").click()
    expect(visitor.locator("[data-tray-words]")).to_contain_text("2 places")


def test_the_waiting_room_is_joined_after_a_moment(
    shop: str, house: Performance, visitor: Page
) -> None:
    draft = RoomDraft(mode=Mode.ON, per_minute=60_000, most_inside=1)
    queueing.set_room(performance_id=house.pk, draft=draft, actor=SYSTEM)
    rules = queueing.find_open_rules(house.pk)
    assert rules is not None
    queueing.join(rules, session="somebody-inside", free_places=lambda: 10)
    visitor.goto(f"{shop}/performances/{house.public_id}/")
    visitor.wait_for_url("**/room/")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("You are in line")


def test_without_a_script_the_page_says_how_long_to_wait(
    chromium: Browser, shop: str, house: Performance
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    choose_a_seat(page, shop, house)
    expect(page.get_by_text("Wait 20 seconds, then go on")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("seconds, then go on")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [1200, 390])
def test_the_page_is_accessible_and_fits(
    chromium: Browser, shop: str, house: Performance, width: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800})
    # It stays as it is, and shows what is there with a script and without.
    context.route("**/*.js", lambda route: route.abort())
    page = context.new_page()
    choose_a_seat(page, shop, house)
    page.locator("form .unscripted").evaluate_all(
        "each => each.forEach((one) => one.classList.remove('unscripted'))"
    )
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    assert found.violations_count == 0, found.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{wide} pixels too wide"
    context.close()


def choose_a_seat(page: Page, shop: str, house: Performance) -> None:
    """Choose by the form alone."""
    page.goto(f"{shop}/performances/{house.public_id}/?section=stalls")
    page.get_by_role("checkbox", name="Row B, seat 3").check(force=True)
    page.get_by_role("button", name="Continue").click()

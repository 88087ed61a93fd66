"""The waiting room in a real Chromium: it lets people in by itself, with a script and without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events.models import Performance
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain import Mode, RoomDraft
from tests.support.sale import put_on_sale
from tests.support.servers import serving
from tests.tenant_apps.storefront.conftest import open_house

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [
    pytest.param({"width": 1200, "height": 800}, "light", id="desk"),
    pytest.param({"width": 390, "height": 800}, "dark", id="phone"),
]


def switch(performance: Performance, mode: Mode) -> None:
    draft = RoomDraft(mode=mode, per_minute=60_000, most_inside=1)
    queueing.set_room(performance_id=performance.pk, draft=draft, actor=SYSTEM)


@pytest.fixture
def house(live_tenant: TenantRecord) -> Performance:
    """A room for one, with somebody inside."""
    performance = open_house()
    switch(performance, Mode.ON)
    rules = queueing.find_open_rules(performance.pk)
    assert rules is not None
    queueing.join(rules, session="somebody-inside", free_places=lambda: 10)
    return performance


@pytest.fixture
def shop(house: Performance, live_tenant: TenantRecord) -> Iterator[str]:
    from eventflow.asgi import application

    with serving(application) as address:
        yield address.replace("127.0.0.1", live_tenant.primary_host.partition(":")[0])


def wait_in_line(page: Page, shop: str, house: Performance) -> None:
    page.goto(f"{shop}/performances/{house.public_id}/")
    expect(page).to_have_url(f"{shop}/performances/{house.public_id}/room/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in line")


def let_in(house: Performance) -> None:
    queueing.leave(performance_id=house.pk, session="somebody-inside")


def test_the_page_leads_in_by_itself_and_a_seat_is_held(
    shop: str, house: Performance, page: Page
) -> None:
    wait_in_line(page, shop, house)
    expect(page.get_by_role("status").first).to_have_text("Your position is 1.")
    let_in(house)
    page.wait_for_url(f"**/performances/{house.public_id}/")
    page.goto(f"{shop}/performances/{house.public_id}/?section=stalls")
    page.get_by_role("checkbox", name="Row B, seat 3, €41.00, available").click()
    expect(page.get_by_role("checkbox", name="Row B, seat 3, €41.00, yours")).to_be_checked()


def test_two_tabs_have_one_place(shop: str, house: Performance, page: Page) -> None:
    wait_in_line(page, shop, house)
    other = page.context.new_page()
    wait_in_line(other, shop, house)
    expect(other.locator("[data-position]")).to_have_text("1")
    expect(page.locator("[data-position]")).to_have_text("1")


def test_a_room_that_is_switched_off_lets_everybody_in(
    shop: str, house: Performance, page: Page
) -> None:
    wait_in_line(page, shop, house)
    switch(house, Mode.OFF)
    page.wait_for_url(f"**/performances/{house.public_id}/")


def test_without_a_script_the_page_is_fetched_again(
    shop: str, house: Performance, chromium: Browser
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    wait_in_line(page, shop, house)
    expect(page.get_by_text("fetched again every 20 seconds")).to_be_visible()
    let_in(house)
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("heading", name="Choose a section")).to_be_visible()
    context.close()


@pytest.mark.parametrize(("viewport", "scheme"), LOOKS)
def test_the_room_is_accessible_and_fits_before_and_after_the_opening(
    chromium: Browser, shop: str, house: Performance, viewport: dict[str, int], scheme: str
) -> None:
    soon = put_on_sale(opens_in=timedelta(hours=2))
    switch(soon, Mode.ON)
    context = chromium.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    for performance in (house, soon):
        page.goto(f"{shop}/performances/{performance.public_id}/room/")
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        assert found.violations_count == 0, found.generate_report()
        wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{wide} pixels too wide"
    context.close()

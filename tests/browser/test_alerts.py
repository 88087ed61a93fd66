"""The last place goes while somebody looks: they ask to be told, on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tenant_apps.events.models import Performance
from tenant_apps.inventory import queries, services
from tenant_apps.notifications.models import PlaceAlert
from tests.browser.seats import ensure_accessible
from tests.support.performances import OWNER
from tests.support.queue import drain

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_who_comes_too_late_asks_to_be_told(shop: str, house: Performance, page: Page) -> None:
    # So high that the bar at the bottom lies over nothing: what it covers can be scrolled.
    page.set_viewport_size({"width": 360, "height": 1_400})
    page.goto(f"{shop}/performances/{house.public_id}/")
    expect(page.locator(".map-host.is-open")).to_be_visible()
    notice = page.locator("[data-sold-out]")
    expect(notice).to_be_hidden()

    places = range(len(queries.base_places(house.pk)))
    services.block_places(
        performance_id=house.pk, ordinals=places, reason="sold elsewhere", actor=OWNER
    )
    drain()
    expect(notice).to_be_visible()
    ensure_accessible(page)

    notice.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tell me when there are places")
    ensure_accessible(page)
    page.get_by_label("Mail address").fill("ada@example.org")
    page.get_by_role("button", name="Notify me").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("We will write to you")
    ensure_accessible(page)
    assert PlaceAlert.objects.get().email == "ada@example.org"

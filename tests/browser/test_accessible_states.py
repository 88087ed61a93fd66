"""Pages that few buyers see, each in its state: axe finds nothing, and nothing sticks out.

What every buyer passes is in `test_shop.py`, the waiting room and the proof in their own modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from public_apps.tenants import services as tenants
from public_apps.tenants.domain import StepRefused, TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events.models import Performance
from tenant_apps.storefront.pages.orders import OrderLook
from tests.browser.conftest import watched
from tests.browser.seats import ensure_accessible
from tests.browser.states import STATES, Visit
from tests.support.stripe import StripeDouble

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

# Each width and each scheme is seen once; a fault of one scheme at one width alone is rare.
LOOKS: tuple[tuple[int, Any], ...] = ((360, "dark"), (1440, "light"))
# WCAG 1.4.10: a window of 1280 pixels, enlarged four times.
NARROWEST = 320
# A window that has just changed is known before the page is laid out in it.
NEXT_FRAMES = """() => new Promise(
    (done) => requestAnimationFrame(() => requestAnimationFrame(done)))"""
STICKING_OUT = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("body *")]
        .filter((each) => each.getBoundingClientRect().right > innerWidth)
        .map((each) => `${each.localName}.${each.className}`)"""


def ensure_fits(page: Page) -> None:
    """Fail with what makes the page wider than the window."""
    page.evaluate(NEXT_FRAMES)
    assert page.evaluate(STICKING_OUT) == [], page.viewport_size


@pytest.fixture
def visit(
    chromium: Browser,
    shop: str,
    house: Performance,
    live_tenant: TenantRecord,
    stripe_double: StripeDouble,
) -> Iterator[Visit]:
    # A refusal, and a script that is kept away, are failed loads to the browser.
    with watched(chromium, expected="Failed to load resource") as page:
        yield Visit(house, live_tenant, stripe_double, shop, page)
    with suppress(StepRefused):
        tenants.resume(slug=live_tenant.slug, actor=SYSTEM)


@pytest.mark.parametrize(
    ("come_to", "heading"), STATES.items(), ids=[each.__name__ for each in STATES]
)
def test_each_state_is_accessible_and_fits(
    visit: Visit, come_to: Callable[[Visit], None], heading: str
) -> None:
    come_to(visit)
    page = visit.page
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        # Else colours are still on their way from one scheme to the other.
        page.wait_for_function("() => document.getAnimations().length === 0")
        ensure_accessible(page)
        ensure_fits(page)
    page.set_viewport_size({"width": NARROWEST, "height": 900})
    ensure_fits(page)


def test_every_look_of_an_order_is_among_them() -> None:
    names = {each.__name__ for each in STATES}
    # "Paid" is where everybody arrives: `test_shop.py`, and "used" here.
    assert {look.value for look in OrderLook} - {"paid"} <= names

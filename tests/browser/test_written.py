"""What the map writes on its canvas: names, prices and words that no other test can read there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tests.browser.test_map import open_map
from tests.support.performances import OWNER
from tests.support.queue import drain
from tests.support.shop import Shop, wait_until
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

# Keeps every text that is written on a canvas, and how it was turned, in degrees.
KEEP = """(() => {
  window.written = [];
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
    const { a, b } = this.getTransform();
    window.written.push([text, Math.round(Math.atan2(b, a) * 180 / Math.PI)]);
    return write.call(this, text, ...at);
  };
})()"""


@pytest.fixture
def reader(page: Page) -> Page:
    """A visitor whose canvas remembers what was written."""
    page.add_init_script(KEEP)
    page.emulate_media(reduced_motion="reduce")
    return page


def texts(page: Page) -> set[str]:
    return {text for text, _ in page.evaluate("window.written")}


def expect_written(page: Page, text: str) -> None:
    wait_until(lambda: text in texts(page), within_s=10, what=f"{text!r} on the map")


def forget(page: Page) -> None:
    page.evaluate("window.written.length = 0")


def test_far_away_sections_say_what_is_free_and_from_what_price(
    shop: str, house: Performance, reader: Page
) -> None:
    reader.set_viewport_size({"width": 360, "height": 740})
    open_map(reader, shop, house)
    expect_written(reader, "Floor")
    assert "20 free" in texts(reader)

    # What is only filtered out is not sold out.
    forget(reader)
    reader.get_by_label("Show prices").select_option("A")
    expect_written(reader, "Floor")
    assert "Sold out" not in texts(reader)

    inventory.block_places(
        performance_id=house.pk, ordinals=range(26, 46), reason="it rains in", actor=OWNER
    )
    drain()
    expect_written(reader, "Sold out")


def test_near_seats_carry_their_number_and_price(
    shop: str, house: Performance, reader: Page
) -> None:
    open_map(reader, shop, house)
    reader.get_by_role("button", name="Best seats").click()
    expect(reader.locator(".seatmap__minimap")).to_be_visible()
    for _ in range(2):
        reader.get_by_role("button", name="Zoom in").click()
    expect_written(reader, "€41")
    assert {"A", "B", "3"} <= texts(reader)


def test_words_of_a_plan_stand_as_they_were_turned(reader: Page, stack: Stack) -> None:
    shop = Shop(stack)
    reader.goto(f"{shop.address}/performances/{shop.performances()[-1]}/")
    expect(reader.locator(".map-host.is-open")).to_be_visible()
    for _ in range(2):
        reader.get_by_role("button", name="Zoom in").click()
    expect_written(reader, "BOXES")
    turned = {way for text, way in reader.evaluate("window.written") if text == "BOXES"}
    assert turned == {62, -62}

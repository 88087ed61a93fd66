"""What the map draws that no other test sees: names, prices, words, zones without colours."""

from __future__ import annotations

from itertools import combinations

import pytest
from playwright.sync_api import Page, expect

from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tests.browser.test_map import focus_map, open_map
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


# Keeps the sheet that seats are copied from.
KEEP_SHEET = """(() => {
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (source, ...at) {
    const isSheet = at.length === 8 && source.height === at[2] && source.width > 4 * at[2];
    if (isSheet) window.sheet = source;
    return draw.call(this, source, ...at);
  };
})()"""
# Each zone's seat as it is without colours: where it is as bright as its middle, and where not.
FORMS = """(zones) => {
  const { sheet } = window;
  const side = sheet.height;
  const data = sheet.getContext("2d").getImageData(0, 0, sheet.width, side).data;
  const grey = (x, y) => {
    const at = 4 * (y * sheet.width + x);
    return (data[at] + data[at + 1] + data[at + 2]) * data[at + 3];
  };
  return Array.from({ length: zones }, (_, zone) => {
    const middle = grey(zone * side + (side >> 1), side >> 1);
    let form = "";
    for (let y = 0; y < side; y += 1) for (let x = 0; x < side; x += 1)
      form += Math.abs(grey(zone * side + x, y) - middle) > 0.12 * middle ? "1" : "0";
    return form;
  });
}"""


def test_zones_are_told_apart_without_their_colours(page: Page, stack: Stack) -> None:
    shop = Shop(stack)
    page.add_init_script(KEEP_SHEET)
    page.goto(f"{shop.address}/performances/{shop.performances()[-1]}/")
    expect(page.locator(".map-host.is-open")).to_be_visible()
    zones = page.locator(".legend__zones > li").count()
    # Nothing is held: others count what is left of this sale.
    focus_map(page)
    page.keyboard.type("+++")
    wait_until(lambda: page.evaluate("window.sheet?.height > 16"), within_s=10, what="seats")

    forms = page.evaluate(FORMS, zones)

    assert zones == 5
    for one, other in combinations(forms, 2):
        differ = sum(a != b for a, b in zip(one, other, strict=True))
        assert differ > 0.03 * len(one)

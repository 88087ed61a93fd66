"""Fingers on the seat map, in a real Chromium: drag, pinch, double tap, floors, the small map."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Browser, Page, expect

from tenant_apps.events.models import Performance
from tests.browser.test_map import (
    PHONE,
    ask_for,
    expect_current,
    focus_map,
    held,
    open_map,
    spot_of,
)
from tests.support.shop import Shop
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

Point = tuple[float, float]
# What is seen of the map now.
SEEN = "document.querySelector('.seatmap__canvas').toDataURL()"
# The frame on the small map says where one is.
WHERE = "document.querySelector('.seatmap__minimap').toDataURL()"


@pytest.fixture(params=["no-preference", "reduce"])
def motion(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport=PHONE, device_scale_factor=2, has_touch=True)
    yield context.new_page()
    context.close()


class Fingers:
    """Fingers on the map; points are CSS pixels from its middle."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._session = page.context.new_cdp_session(page)
        page.locator(".seatmap").scroll_into_view_if_needed()
        box = page.locator(".seatmap").bounding_box()
        assert box is not None
        self._at = 0.0
        self._middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def move(self, *ways: Sequence[Point]) -> None:
        """Put down a finger for each way, move along, and lift them."""
        self._at = time.time()
        for number, points in enumerate(zip(*ways, strict=True)):
            self._send("touchMove" if number else "touchStart", points)
        self._send("touchEnd", ())

    def tap(self, point: Point) -> None:
        self.move([point])

    def rest(self, point: Point) -> None:
        """Put a finger down and leave it there before it is lifted."""
        self._at = time.time()
        self._send("touchStart", [point])
        self.page.wait_for_timeout(700)
        self._at = time.time()
        self._send("touchEnd", ())

    def _send(self, kind: str, points: Sequence[Point]) -> None:
        # As quick as a hand, whatever the machine: the events say when they were.
        self._at += 0.016
        left, top = self._middle
        touches = [
            {"x": left + x, "y": top + y, "id": number} for number, (x, y) in enumerate(points)
        ]
        self._session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": touches, "timestamp": self._at},
        )


def line(start: Point, end: Point, steps: int = 8) -> list[Point]:
    return [
        (
            start[0] + (end[0] - start[0]) * step / steps,
            start[1] + (end[1] - start[1]) * step / steps,
        )
        for step in range(steps + 1)
    ]


def test_two_fingers_go_nearer_and_one_moves_the_map(
    shop: str, house: Performance, phone: Page
) -> None:
    phone.emulate_media(reduced_motion="reduce")
    open_map(phone, shop, house)
    ask_for(phone, 1)
    fingers = Fingers(phone)

    fingers.move(line((-20, 0), (-110, 0)), line((20, 0), (110, 0)))
    expect(phone.locator(".seatmap__minimap")).to_be_visible()
    assert held(phone) == []  # no finger of a pinch chooses anything

    before = phone.evaluate(SEEN)
    fingers.move(line((60, 40), (-60, -40)))
    phone.wait_for_timeout(300)
    assert phone.evaluate(SEEN) != before
    assert held(phone) == []  # nor does one that drags

    fingers.move(line((-110, 0), (-20, 0)), line((110, 0), (20, 0)))
    expect(phone.locator(".seatmap__minimap")).to_be_hidden()


def test_a_flick_glides_on_unless_motion_is_unwanted(
    shop: str, house: Performance, phone: Page, motion: str
) -> None:
    phone.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
    open_map(phone, shop, house)
    fingers = Fingers(phone)
    fingers.move(line((-20, 0), (-140, 0)), line((20, 0), (140, 0)))
    phone.wait_for_timeout(600)

    fingers.move(line((90, 0), (-30, 0), 6))
    phone.wait_for_timeout(60)
    let_go = phone.evaluate(WHERE)
    phone.wait_for_timeout(500)
    has_moved = phone.evaluate(WHERE) != let_go

    assert has_moved == (motion == "no-preference")


def test_where_all_is_seen_a_finger_moves_the_page(
    shop: str, house: Performance, phone: Page
) -> None:
    open_map(phone, shop, house)

    Fingers(phone).move(line((0, 60), (0, -120)))

    phone.wait_for_function("scrollY > 50")
    expect(phone.locator(".seatmap__minimap")).to_be_hidden()


def test_two_taps_on_nothing_go_nearer_and_the_small_map_leads_elsewhere(
    shop: str, house: Performance, phone: Page
) -> None:
    phone.emulate_media(reduced_motion="reduce")
    open_map(phone, shop, house)
    fingers = Fingers(phone)
    corner = (-160, -90)
    fingers.tap(corner)
    fingers.tap(corner)
    minimap = phone.locator(".seatmap__minimap")
    expect(minimap).to_be_visible()
    before = phone.evaluate(SEEN)

    box = minimap.bounding_box()
    assert box is not None
    minimap.tap(position={"x": box["width"] * 0.8, "y": box["height"] * 0.8})

    phone.wait_for_timeout(300)
    assert phone.evaluate(SEEN) != before


def test_a_floor_is_chosen_and_the_keyboard_begins_there(phone: Page, stack: Stack) -> None:
    shop = Shop(stack)
    phone.emulate_media(reduced_motion="reduce")
    phone.goto(f"{shop.address}/performances/{shop.performances()[-1]}/")
    expect(phone.locator(".map-host.is-open")).to_be_visible()

    phone.get_by_role("radio", name="Upper Circle").check(force=True)
    focus_map(phone)

    expect_current(phone, "available$")
    row = phone.locator(".seatmap__grid [role=row]")
    expect(row).to_have_attribute("aria-label", re.compile("^Upper Circle"))


def test_a_finger_that_rests_reads_the_price_and_chooses_nothing(phone: Page, stack: Stack) -> None:
    open_stadium(phone, stack)
    phone.locator(".seatmap").tap(position=spot_of(phone, "South 103"))
    tip = phone.locator(".seat-tip")
    fingers = Fingers(phone)

    fingers.rest((0, 0))

    expect(tip).to_contain_text("South 103, Row")
    expect(tip).to_contain_text("$")
    assert held(phone) == []
    fingers.move(line((0, 0), (60, 40)))
    expect(tip).to_be_hidden()


def test_a_phone_that_is_turned_shows_the_same_seats(phone: Page, stack: Stack) -> None:
    open_stadium(phone, stack)
    phone.locator(".seatmap").tap(position=spot_of(phone, "South 103"))
    tip = phone.locator(".seat-tip")
    Fingers(phone).rest((0, 0))
    before = tip.locator("b").inner_text()

    phone.set_viewport_size({"width": PHONE["height"], "height": PHONE["width"]})
    phone.wait_for_timeout(300)
    Fingers(phone).rest((0, 0))

    expect(tip.locator("b")).to_have_text(before)


def test_a_slow_tap_where_nothing_is_to_be_read_is_a_tap(phone: Page, stack: Stack) -> None:
    open_stadium(phone, stack)
    spot, box = spot_of(phone, "South 103"), phone.locator(".seatmap").bounding_box()
    assert box is not None

    Fingers(phone).rest((spot["x"] - box["width"] / 2, spot["y"] - box["height"] / 2))

    expect(phone.locator(".seatmap__minimap")).to_be_visible()


def open_stadium(phone: Page, stack: Stack) -> None:
    phone.emulate_media(reduced_motion="reduce")
    shop = Shop(stack, "summit")
    phone.goto(f"{shop.address}/performances/{shop.performances('rovers-v-lakeside')[0]}/")
    expect(phone.locator(".map-host.is-open")).to_be_visible()

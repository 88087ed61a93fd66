"""The seat map in a real Chromium: by touch, by keyboard, live, and where it cannot be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from playwright.sync_api import TimeoutError as TooLong

from tenant_apps.events import services as events
from tenant_apps.events.domain import SeatRules, SingleSeats
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.venues import domain as venues
from tests.browser.conftest import watched
from tests.browser.seats import ensure_accessible
from tests.support.performances import OWNER
from tests.support.queue import drain
from tests.support.shop import Shop, wait_until
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PHONE = {"width": 360, "height": 740}
CURRENT = """() => document.getElementById(
  document.activeElement.getAttribute("aria-activedescendant"))?.textContent ?? "" """
# Writes down every name that the seat of the keyboard gets.
OVERHEAR = f"""() => {{
  window.overheard = [];
  new MutationObserver(() => window.overheard.push(({CURRENT})()))
    .observe(document.activeElement, {{ childList: true, subtree: true }});
}}"""
SECTIONS = ("Stalls", "Balcony")
# Around what is drawn, in CSS pixels, and in seats.
MARGIN_PX, MARGIN_SEATS = 12, 1


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport=PHONE, device_scale_factor=2, has_touch=True)
    yield context.new_page()
    context.close()


def open_map(page: Page, shop: str, house: Performance) -> None:
    page.goto(f"{shop}/performances/{house.public_id}/")
    expect(page.locator(".map-host.is-open")).to_be_visible()


def focus_map(page: Page) -> None:
    """Reach the map by Tab alone."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "grid":
            return
    raise AssertionError("The map is out of the keyboard's reach.")


def current(page: Page) -> str:
    """Give the name of the seat that the keyboard is on, as a screen reader hears it."""
    return page.evaluate(CURRENT)


def expect_current(page: Page, pattern: str) -> None:
    """Wait until the seat that the keyboard is on is called like that."""
    try:
        page.wait_for_function(f"() => new RegExp({json.dumps(pattern)}).test(({CURRENT})())")
    except TooLong:
        raise AssertionError(f"{current(page)!r} is not {pattern!r}") from None


def ask_for(page: Page, count: int) -> None:
    page.get_by_label("Seats", exact=True).select_option(str(count))


def spot_of(page: Page, section: str) -> dict[str, float]:
    """Where a section's middle is in the map while all of it is shown, in CSS pixels."""
    facts = page.evaluate("JSON.parse(document.getElementById('live').textContent)")
    script = "async (url) => [...new Uint8Array(await (await fetch(url)).arrayBuffer())]"
    plan = bytes(page.evaluate(script, facts["plan_url"]))
    layout = venues.layout_of(venues.decode_compact(plan))
    margin = MARGIN_SEATS * 42
    xs, ys = ([value / 100 for value in values] for values in (layout.xs, layout.ys))
    left, right = min(xs) - margin, max(xs) + margin
    top, bottom = min(ys) - margin, max(ys) + margin
    box = page.locator(".seatmap").bounding_box()
    assert box is not None
    zoom = min(
        (box["width"] - 2 * MARGIN_PX) / (right - left),
        (box["height"] - 2 * MARGIN_PX) / (bottom - top),
    )
    (rows,) = (each.rows for each in layout.sections if each.label == section)
    row = rows[len(rows) // 2]
    seat = row.first_ordinal + len(row.labels) // 2
    return {
        "x": box["width"] / 2 + (xs[seat] - (left + right) / 2) * zoom,
        "y": box["height"] / 2 + (ys[seat] - (top + bottom) / 2) * zoom,
    }


def held(page: Page) -> list[int]:
    """Give the places that the live process keeps for this visitor."""
    base = page.evaluate("JSON.parse(document.getElementById('live').textContent).base_url")
    script = "async (base) => (await (await fetch(`${base}/holds`)).json()).holds"
    return [place for hold in page.evaluate(script, base) for place in hold["places"]]


def test_two_adjacent_seats_of_the_stadium_are_three_taps_from_the_event(
    phone: Page, stack: Stack
) -> None:
    shop = Shop(stack, "summit")
    phone.goto(shop.address)
    phone.locator("main a").first.tap()
    phone.wait_for_url("**/events/**")

    phone.get_by_role("link", name="Get tickets").tap()  # 1
    expect(phone.locator(".map-host.is-open")).to_be_visible()
    phone.locator(".seatmap").tap(position=spot_of(phone, "South 103"))  # 2: nearer
    phone.wait_for_timeout(700)
    assert held(phone) == []  # nobody can point at a seat that is a dot
    box = phone.locator(".seatmap").bounding_box()
    assert box is not None
    middle = {"x": box["width"] / 2, "y": box["height"] / 2}
    phone.locator(".seatmap").tap(position=middle)  # 3: two seats

    expect(phone.locator("[data-tray-words]")).to_contain_text("2 places")
    expect(phone.get_by_role("region", name="Time left")).to_be_visible()
    first, second = held(phone)
    assert second == first + 1


def test_the_best_two_are_two_taps_from_the_event(phone: Page, stack: Stack) -> None:
    shop = Shop(stack, "summit")
    phone.goto(shop.address)
    phone.locator("main a").first.tap()
    phone.wait_for_url("**/events/**")

    phone.get_by_role("link", name="Get tickets").tap()  # 1
    phone.get_by_role("button", name="Best seats").tap()  # 2

    expect(phone.locator("[data-tray-words]")).to_contain_text("2 places")
    expect(phone.locator("[data-toast]")).to_contain_text("best seats together")
    first, second = held(phone)
    assert second == first + 1


def test_the_map_is_walked_and_bought_from_with_the_keyboard_alone(
    shop: str, house: Performance, page: Page
) -> None:
    open_map(page, shop, house)
    ask_for(page, 1)
    focus_map(page)
    page.keyboard.type("b3")
    expect_current(page, r"^Row B, seat 3, €41\.00, available$")
    page.keyboard.press("ArrowRight")
    expect_current(page, "^Row B, seat 4")
    page.keyboard.press("ArrowUp")
    expect_current(page, "^Row A, seat 4")
    page.keyboard.press("Home")
    expect_current(page, "^Row A, seat 1")

    page.keyboard.type("b3")
    page.keyboard.press("Enter")
    expect_current(page, "yours$")
    expect(page.locator("[data-tray-words]")).to_have_text("1 place€41.00")
    expect(page.locator("[data-said]")).to_have_text("Stalls, Row B, seat 3 is yours for now.")
    page.keyboard.press("Space")
    expect_current(page, "available$")
    expect(page.locator("[data-tray-words]")).to_have_text("No places chosen yet")


def test_a_seat_that_is_given_back_is_never_called_taken(
    shop: str, house: Performance, page: Page
) -> None:
    """The feed tells of the own hold when the seat was given back already."""

    def slowly(route: Route) -> None:
        if route.request.method == "DELETE":
            page.wait_for_timeout(1_000)
        route.continue_()

    page.route("**/holds/*", slowly)
    open_map(page, shop, house)
    ask_for(page, 1)
    focus_map(page)
    page.keyboard.type("b3")
    expect_current(page, "available$")
    page.evaluate(OVERHEAR)

    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    page.wait_for_timeout(2_500)

    expect_current(page, "available$")
    names = {name.rpartition(" ")[2] for name in page.evaluate("window.overheard")}
    assert names == {"yours", "available"}
    assert inventory.snapshot(house.pk).places[8] == 0
    assert held(page) == []


def test_a_seat_that_somebody_takes_says_so_under_the_keyboard(
    shop: str, house: Performance, page: Page
) -> None:
    open_map(page, shop, house)
    focus_map(page)
    page.keyboard.type("b3")
    expect_current(page, "available$")

    inventory.hold_places(performance_id=house.pk, session="somebody-else", ordinals=[8])

    expect_current(page, "taken$")
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_have_text("Stalls, Row B, seat 3: taken")


def test_a_seat_that_was_lost_is_given_up_and_named(
    shop: str, house: Performance, chromium: Browser
) -> None:
    with watched(chromium, expected="Failed to load") as page:
        # The line is dead and the page's picture of the hall is old.
        snapshot = bytes(inventory.snapshot(house.pk).places)
        page.route("**/feed", lambda route: route.abort())
        page.route("**/availability", lambda route: route.fulfill(body=snapshot))
        open_map(page, shop, house)
        ask_for(page, 1)
        inventory.hold_places(performance_id=house.pk, session="somebody-else", ordinals=[8])
        focus_map(page)
        page.keyboard.type("b3")
        expect_current(page, "available$")

        page.keyboard.press("Enter")

        expect(page.locator("[data-said]")).to_have_text(
            "Sorry: Stalls, Row B, seat 3 was just taken by someone else."
        )
        expect(page.locator("[data-tray-words]")).to_have_text("No places chosen yet")


def test_what_is_filtered_out_is_not_offered(shop: str, house: Performance, page: Page) -> None:
    open_map(page, shop, house)
    price = page.get_by_label("Show prices")
    price.select_option("C")
    focus_map(page)
    page.keyboard.type("b3")
    expect_current(page, "not among what you look for$")
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_contain_text("not among what you look for")
    expect(page.locator("[data-tray-words]")).to_have_text("No places chosen yet")

    price.select_option("")
    focus_map(page)
    expect_current(page, "available$")


def test_the_filters_ask_for_prices_and_needs_together_and_say_the_same_twice(
    shop: str, house: Performance, page: Page
) -> None:
    open_map(page, shop, house)
    stalls, balcony = (page.locator(".section-card", has_text=name) for name in SECTIONS)
    floor = page.locator(".area-card", has_text="Floor")

    # Up to a price: the balcony and the floor, which are two zones.
    page.get_by_label("Price", exact=True).select_option("2600")
    expect(page.get_by_label("Show prices")).to_have_value("2600")
    expect(stalls).to_be_hidden()
    expect(balcony).to_be_visible()
    expect(floor).to_be_visible()
    page.get_by_role("button", name="Best seats").click()
    expect(page.locator("[data-tray-words]")).to_have_text("2 places€52.00")
    assert held(page) == [20, 21]

    page.get_by_label("Show prices").select_option("C")
    expect(page.get_by_role("heading", name="No section matches")).to_be_visible()

    # A wheelchair space and its companion seat.
    page.get_by_label("Show prices").select_option("")
    page.locator("#filter-need").select_option("wheelchair")
    expect(page.locator("#finder-need")).to_have_value("wheelchair")
    expect(page.get_by_role("heading", name="No section matches")).to_be_hidden()
    expect(stalls).to_be_visible()
    expect(balcony).to_be_hidden()
    expect(floor).to_be_hidden()
    focus_map(page)
    page.keyboard.press("PageUp")
    page.keyboard.type("a3")
    expect_current(page, "not among what you look for$")
    page.keyboard.press("Home")
    expect_current(page, "wheelchair space, available$")
    page.get_by_role("button", name="Best seats").click()
    expect(page.locator("[data-said]")).to_contain_text("Row A, seat 1")
    assert held(page) == [0, 1]


@pytest.fixture
def strict(house: Performance) -> Performance:
    """A house that leaves no single seat."""
    events.update_performance(
        performance_id=house.pk,
        times=house.times,
        limits=house.limits,
        timezone=house.timezone,
        rules=SeatRules(single_seats=SingleSeats.STRICT),
        actor=OWNER,
    )
    return house


def test_what_a_rule_does_not_let_one_have_alone_is_not_taken_along(
    shop: str, strict: Performance, chromium: Browser
) -> None:
    with watched(chromium, expected="Failed to load") as page:
        open_map(page, shop, strict)
        ask_for(page, 1)
        focus_map(page)
        page.keyboard.type("b2")
        page.keyboard.press("Enter")
        toast = page.locator("[data-toast]")
        expect(toast).to_contain_text("A single seat would be left: Stalls, Row B, seat 1.")

        page.get_by_role("button", name="Continue").click()
        page.wait_for_timeout(300)
        assert page.url.endswith(f"/performances/{strict.public_id}/")
        expect(toast).to_contain_text("A single seat would be left")

        focus_map(page)
        page.keyboard.type("b1")
        page.keyboard.press("Enter")
        expect(page.get_by_role("region", name="Time left")).to_be_visible()
        page.get_by_role("button", name="Continue").click()
        expect(page).to_have_url(f"{shop}/cart/")


def test_a_seat_that_waits_for_a_rule_is_lost_when_somebody_takes_it(
    shop: str, strict: Performance, chromium: Browser
) -> None:
    with watched(chromium, expected="Failed to load") as page:
        open_map(page, shop, strict)
        ask_for(page, 1)
        focus_map(page)
        page.keyboard.type("b2")
        page.keyboard.press("Enter")
        expect(page.locator("[data-toast]")).to_contain_text("A single seat would be left")
        expect_current(page, "yours$")

        inventory.hold_places(
            performance_id=strict.pk, session="somebody-else", ordinals=[6, 7, 8, 9, 10, 11]
        )

        expect(page.locator("[data-said]")).to_have_text(
            "Sorry: Stalls, Row B, seat 2 was just taken by someone else."
        )
        expect_current(page, "taken$")
        expect(page.locator("[data-tray-words]")).to_have_text("No places chosen yet")


def test_a_seat_that_is_closed_while_it_is_held_leaves_the_choice(
    shop: str, house: Performance, page: Page
) -> None:
    open_map(page, shop, house)
    ask_for(page, 1)
    focus_map(page)
    page.keyboard.type("b3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Time left")).to_be_visible()

    inventory.block_places(
        performance_id=house.pk, ordinals=held(page), reason="a pillar fell", actor=OWNER
    )
    drain()

    expect(page.locator("[data-said]")).to_have_text(
        "No longer in your cart: Stalls, Row B, seat 3."
    )
    expect(page.locator("[data-tray-words]")).to_have_text("No places chosen yet")


def test_a_seat_that_is_ticked_before_the_script_is_there_is_held_too(
    shop: str, house: Performance, page: Page
) -> None:
    # As if the script came late: the box is ticked while the page is still being read.
    page.add_init_script(
        "addEventListener('readystatechange', () => {"
        " if (document.readyState === 'interactive')"
        " document.querySelector('input[name=place][value=\"8\"]')?.click(); }, true)"
    )
    page.goto(f"{shop}/performances/{house.public_id}/?section=stalls")
    expect(page.locator("[data-tray-words]")).to_have_text("1 place€41.00")
    expect(page.get_by_role("region", name="Time left")).to_be_visible()


PIXELS = """() => {
  const canvas = document.querySelector(".seatmap__canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let painted = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at]) painted += 1;
  return painted;
}"""


def test_a_map_that_is_hidden_at_first_is_drawn_when_it_is_shown(
    shop: str, house: Performance, page: Page
) -> None:
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => {"
        " document.querySelector('.map-host').style.display = 'none'; })"
    )
    page.goto(f"{shop}/performances/{house.public_id}/")
    expect(page.locator(".seatmap__canvas")).to_be_attached()
    page.evaluate("document.querySelector('.map-host').style.display = ''")
    expect(page.locator(".map-host.is-open")).to_be_visible()
    wait_until(lambda: page.evaluate(PIXELS) > 1000, within_s=10, what="a drawing")


@pytest.mark.parametrize("body", [b"", b"EFPL and no more", b"<!doctype html>" * 9])
def test_where_the_plan_cannot_be_read_the_list_is_enough(
    shop: str, house: Performance, page: Page, body: bytes
) -> None:
    page.route("**/*.efpl", lambda route: route.fulfill(body=body))
    page.goto(f"{shop}/performances/{house.public_id}/")
    expect(page.locator(".map-host")).to_be_hidden()
    page.get_by_role("link", name="Stalls").click()
    page.get_by_role("checkbox", name="Row B, seat 3").check(force=True)
    expect(page.locator("[data-tray-words]")).to_have_text("1 place€41.00")


@pytest.mark.parametrize(("look", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing_on_the_map(
    chromium: Browser, shop: str, house: Performance, look: Any, width: int
) -> None:
    context = chromium.new_context(
        color_scheme=look, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    page = context.new_page()
    open_map(page, shop, house)
    ensure_accessible(page)
    focus_map(page)
    page.keyboard.press("Enter")
    expect(page.locator("[data-tray-words]")).to_contain_text("2 places")
    ensure_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_zoom_buttons_and_the_wheel_go_nearer_and_the_whole_comes_back(
    shop: str, house: Performance, page: Page
) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_map(page, shop, house)
    minimap = page.locator(".seatmap__minimap")
    expect(minimap).to_be_hidden()
    page.get_by_role("button", name="Zoom in").click()
    expect(minimap).to_be_visible()
    page.get_by_role("button", name="Show the whole map").click()
    expect(minimap).to_be_hidden()
    page.locator(".seatmap").hover()
    page.mouse.wheel(0, -300)
    expect(minimap).to_be_visible()
    page.get_by_role("button", name="Show the whole map").click()
    expect(minimap).to_be_hidden()
    # In a corner, where nothing is.
    page.locator(".seatmap").dblclick(position={"x": 20, "y": 200})
    expect(minimap).to_be_visible()


def test_who_has_places_is_led_to_them_and_begins_there_on_the_way_back(
    phone: Page, stack: Stack
) -> None:
    shop = Shop(stack, "summit")
    phone.emulate_media(reduced_motion="reduce")
    phone.goto(f"{shop.address}/performances/{shop.performances('rovers-v-lakeside')[0]}/")
    expect(phone.locator(".map-host.is-open")).to_be_visible()
    mine = phone.get_by_role("button", name="Show my places")
    minimap = phone.locator(".seatmap__minimap")
    expect(mine).to_be_hidden()
    phone.get_by_role("button", name="Best seats").tap()
    expect(minimap).to_be_visible()

    phone.get_by_role("button", name="Show the whole map").tap()
    expect(minimap).to_be_hidden()
    mine.tap()
    expect(minimap).to_be_visible()

    phone.get_by_role("button", name="Continue").tap()
    phone.wait_for_url("**/checkout/")
    phone.goto(f"{shop.address}/performances/{shop.performances('rovers-v-lakeside')[0]}/")
    expect(phone.locator(".map-host.is-open")).to_be_visible()
    expect(minimap).to_be_visible()


def test_the_plan_is_kept_for_good_and_is_gzipped(
    shop: str, house: Performance, page: Page
) -> None:
    with page.expect_response("**/*.efpl") as answered:
        open_map(page, shop, house)
    headers = answered.value.headers
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["content-encoding"] == "gzip"


# Only what a visitor has not caused by a press or a key counts.
SHIFTED = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 300);
})"""


def test_nothing_moves_while_the_pages_come(phone: Page, stack: Stack) -> None:
    shop = Shop(stack, "summit")
    performance = shop.performances("rovers-v-lakeside")[0]
    for path in ("/events/rovers-v-lakeside/", f"/performances/{performance}/"):
        phone.goto(f"{shop.address}{path}")
        if "performances" in path:
            expect(phone.locator(".map-host.is-open")).to_be_visible()
        phone.evaluate("document.fonts.ready")
        assert phone.evaluate(SHIFTED) < 0.01, path


COUNT_FRAMES = """(() => {
  window.frames_asked = 0;
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (then) => { window.frames_asked += 1; return ask(then); };
})()"""
FRAMES_IN_A_SECOND = """() => new Promise((resolve) => {
  const before = window.frames_asked;
  setTimeout(() => resolve(window.frames_asked - before), 1000);
})"""


def test_a_map_that_rests_asks_for_no_frame_and_a_change_for_few(phone: Page, stack: Stack) -> None:
    shop = Shop(stack, "summit")
    phone.add_init_script(COUNT_FRAMES)
    phone.goto(f"{shop.address}/performances/{shop.performances('rovers-v-lakeside')[0]}/")
    expect(phone.locator(".map-host.is-open")).to_be_visible()
    wait_until(
        lambda: phone.evaluate(FRAMES_IN_A_SECOND) == 0, within_s=15, what="a map that rests"
    )

    phone.locator(".seatmap").tap(position=spot_of(phone, "South 103"))
    asked = phone.evaluate(FRAMES_IN_A_SECOND)

    # One for each picture of the screen, however many parts the first picture had.
    assert 10 < asked < 90
    wait_until(
        lambda: phone.evaluate(FRAMES_IN_A_SECOND) == 0, within_s=15, what="a map that rests again"
    )


# Chromium's emulation changes the pixels of a screen without telling the page: it is told here.
OTHER_SCREEN = """(() => {
  const real = window.matchMedia.bind(window);
  window.matchMedia = (query) =>
    query.includes("dppx") ? (window.pixels = new EventTarget()) : real(query);
  window.goToScreen = (ratio) => {
    Object.defineProperty(window, "devicePixelRatio", { value: ratio, configurable: true });
    window.pixels.dispatchEvent(new Event("change"));
    const { width, clientWidth } = document.querySelector(".seatmap__canvas");
    return Math.abs(width - clientWidth * ratio);
  };
})()"""


def test_on_another_screen_the_map_has_its_pixels(
    shop: str, house: Performance, page: Page
) -> None:
    page.add_init_script(OTHER_SCREEN)
    open_map(page, shop, house)
    for ratio in (2, 1, 1.5):
        assert page.evaluate("(ratio) => goToScreen(ratio)", ratio) <= 1


def test_a_turned_phone_shows_what_it_showed(
    shop: str, house: Performance, chromium: Browser
) -> None:
    with watched(chromium) as page:
        open_map(page, shop, house)
        page.get_by_role("button", name="Zoom in").click()
        page.set_viewport_size({"width": 740, "height": 900})
        expect(page.locator(".seatmap__minimap")).to_be_visible()
        width, shown = page.evaluate(
            "(() => { const c = document.querySelector('.seatmap__canvas');"
            " return [c.width, c.clientWidth * Math.min(3, devicePixelRatio)]; })()"
        )
        assert abs(width - shown) <= 2
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

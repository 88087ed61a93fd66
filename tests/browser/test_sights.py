"""The view from a seat: by tap on a phone, by mouse and by keyboard, and without a script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tenant_apps.access.domain import SYSTEM
from tenant_apps.events.models import Performance
from tenant_apps.venues import services as venues
from tenant_apps.venues.domain import Part
from tests.browser.seats import ensure_accessible
from tests.support.performances import make_event
from tests.support.pictures import photo
from tests.support.shop import wait_until
from tests.tenant_apps.storefront.conftest import house_document, open_house

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture
def seen(house: Performance) -> Performance:
    """A house with a picture of its stalls and a note to a seat of the first row."""
    plan_id = house.plan_version.plan_id
    venues.add_view(
        plan_id=plan_id, part=Part("stalls"), content=photo(),
        alt="The stage, straight in front", actor=SYSTEM,
    )  # fmt: skip
    venues.set_view(
        plan_id=plan_id, part=Part("stalls", "a", "4"), note="A pillar to the left", actor=SYSTEM
    )
    return house


def open_map(page: Page, shop: str, house: Performance) -> None:
    page.goto(f"{shop}/performances/{house.public_id}/")
    expect(page.locator(".map-host.is-open")).to_be_visible()


def test_who_has_chosen_a_seat_looks_from_it(shop: str, seen: Performance, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    open_map(page, shop, seen)
    view = page.get_by_role("button", name="The view from")
    expect(view).to_be_hidden()

    page.get_by_role("button", name="Best seats").click()
    expect(view).to_be_visible()
    view.click()

    dialog = page.get_by_role("dialog", name=re.compile("^Stalls, Row"))
    shown = dialog.get_by_role("img", name="The stage, straight in front")
    expect(shown).to_be_visible()
    assert shown.evaluate("each => each.decode().then(() => each.naturalWidth)") == 1_280
    ensure_accessible(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(view).to_be_focused()


def test_the_mouse_and_the_keyboard_are_told_what_is_said_of_a_seat(
    shop: str, seen: Performance, page: Page
) -> None:
    open_map(page, shop, seen)
    page.locator(".seatmap__grid").focus()
    page.keyboard.type("a4")

    cell = page.locator(".seatmap__grid [role=gridcell]", has_text="Row A, seat 4")
    expect(cell).to_have_text("Row A, seat 4, €41.00, A pillar to the left, available")
    tip = page.locator(".seat-tip")
    expect(tip).to_contain_text("A pillar to the left")
    expect(tip.locator("img")).to_be_visible()


def test_the_list_shows_it_without_a_script(shop: str, seen: Performance, plain: Page) -> None:
    plain.goto(f"{shop}/performances/{seen.public_id}/?section=stalls")
    plain.get_by_text("The view from here").click()
    expect(plain.get_by_role("img", name="The stage, straight in front")).to_be_visible()
    expect(plain.get_by_text("A pillar to the left")).to_be_visible()


PIXEL = """() => {
    const canvas = document.querySelector(".seatmap canvas");
    const [x, y] = [6, canvas.height / 2];
    return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3);
}"""


def test_a_picture_lies_under_the_plan(shop: str, page: Page) -> None:
    under = venues.add_picture(content=photo(colour="#00c800"), actor=SYSTEM)
    document = house_document()
    document["backgrounds"] = [
        {
            "image": under.public_id, "position": [-2000, -2000], "width": 8000, "height": 8000,
            "for_buyers": True,
        }
    ]  # fmt: skip
    traced = open_house(document=document, venue="Garden", event=make_event(slug="garden"))
    page.emulate_media(color_scheme="light")
    open_map(page, shop, traced)

    def is_green() -> bool:
        red, green, blue = page.evaluate(PIXEL)
        return abs(green - 200) < 12 and max(red, blue) < 24

    wait_until(is_green, within_s=10, what="the picture is drawn")

"""The shop in other languages, as a browser shows it: read from the right, switched, and alive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.utils import translation
from playwright.sync_api import Browser, Page, expect

from kernel.formatting import count_text, money_text
from kernel.money import Money
from tenant_apps.events.models import Performance
from tests.browser.seats import ensure_accessible, reach, seats_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

FREE = "الصف \u2068B\u2069، المقعد \u20683\u2069، \u200f41.00\xa0€، متاح"
MINE = FREE.replace("متاح", "لك")
MONEY = """([language, minor]) => new Intl.NumberFormat(`${language}-u-nu-latn`,
    { style: "currency", currency: "EUR", useGrouping: true }).format(minor / 100)"""
COUNT = """([language, count]) =>
    new Intl.NumberFormat(`${language}-u-nu-latn`, { useGrouping: true }).format(count)"""


@contextmanager
def visitor(chromium: Browser, language: str, **options: Any) -> Iterator[Page]:
    # axe brings its script itself, which the pages' own policy would stop.
    context = chromium.new_context(locale=language, bypass_csp=True, **options)
    yield context.new_page()
    context.close()


def fits(page: Page) -> bool:
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )


@pytest.mark.parametrize("width", [360, 1440])
def test_arabic_pages_run_from_the_right_and_are_accessible(
    shop: str, house: Performance, chromium: Browser, width: int
) -> None:
    with visitor(chromium, "ar", viewport={"width": width, "height": 900}) as page:
        for path in ("/", "/events/hamlet/", f"/performances/{house.public_id}/", "/orders/"):
            page.goto(f"{shop}{path}")
            assert page.evaluate("[document.dir, document.documentElement.lang]") == ["rtl", "ar"]
            assert fits(page), path
            ensure_accessible(page)

        page.goto(seats_of(house, shop))
        seat = page.get_by_role("checkbox", name=FREE, exact=True)
        first = page.get_by_role("checkbox", name="المقعد \u20681\u2069،").first.bounding_box()
        last = page.get_by_role("checkbox", name="المقعد \u20686\u2069،").first.bounding_box()
        assert first is not None
        assert last is not None
        assert first["x"] < last["x"], "the hall is not mirrored"
        seat.click(force=True)
        expect(page.get_by_role("checkbox", name=MINE, exact=True)).to_be_checked()
        expect(page.locator("[data-tray-words]")).to_contain_text("مكان واحد")
        ensure_accessible(page)
        page.get_by_role("button", name="متابعة").click()
        page.wait_for_url("**/cart/")
        assert fits(page)
        ensure_accessible(page)


def test_what_points_back_points_to_where_one_came_from(
    shop: str, house: Performance, chromium: Browser
) -> None:
    turned = "each => new DOMMatrix(getComputedStyle(each).transform).a"
    for language, direction in (("en", 1), ("ar", -1)):
        with visitor(chromium, language) as page:
            page.goto(seats_of(house, shop))
            assert page.locator(".back-link .icon").first.evaluate(turned) == direction


def test_a_language_is_chosen_with_the_keyboard_and_without_a_script(
    shop: str, house: Performance, chromium: Browser
) -> None:
    with visitor(chromium, "en", java_script_enabled=False) as page:
        page.goto(f"{shop}/performances/{house.public_id}/?section=stalls")
        page.get_by_role("button", name="Deutsch").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"{shop}/performances/{house.public_id}/?section=stalls")
        expect(page.get_by_role("heading", name="Stalls")).to_be_visible()
        expect(page.get_by_role("button", name="Weiter")).to_be_visible()
        expect(page.get_by_role("button", name="Deutsch")).to_have_attribute("aria-current", "true")
        page.goto(f"{shop}/")
        expect(page.get_by_role("heading", name="Programm", exact=True)).to_be_visible()


def test_the_choice_of_a_language_is_within_the_keyboards_reach(
    shop: str, house: Performance, chromium: Browser
) -> None:
    with visitor(chromium, "en") as page:
        page.goto(f"{shop}/")
        reach(page, "button", "العربية")
        page.keyboard.press("Space")
        expect(page.get_by_role("heading", name="البرنامج")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ar"])
def test_the_script_writes_amounts_as_the_server_does(chromium: Browser, language: str) -> None:
    """Else a price would change its look the moment that a seat is chosen."""
    with visitor(chromium, language) as page, translation.override(language):
        for minor in (0, 41_00, 1_240_00, 12_345_67, 1_234_567_00):
            shown = page.evaluate(MONEY, [language, minor])
            assert shown == money_text(Money(minor, "EUR"), language)
        for count in (7, 1_234, 60_000):
            assert page.evaluate(COUNT, [language, count]) == count_text(count, language)

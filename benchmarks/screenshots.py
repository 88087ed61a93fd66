"""`make screenshots`: every page as people see it, at three widths, light and dark.

A demo of its own is started and bought from. Each page becomes a sheet of its looks side by side,
in `test-results/screenshots/`. Nothing is judged here: that is for whoever opens them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from eventflow.local.demo_sign_ins import read
from eventflow.local.options import ROOT
from tests.browser import buying
from tests.support.chromium import ARGUMENTS, get_chromium
from tests.support.shop import Shop
from tests.support.stack import Stack

FOLDER = ROOT / "test-results/screenshots"
PATIENCE_MS = 15_000
# What a page's own sheet shows of it: nobody looks at more.
TALLEST_PX = 2_600
GAP_PX = 24
SIZES = {"phone": (360, 740), "tablet": (768, 1_024), "desk": (1_440, 900)}
# By name: size, colour scheme, language.
LOOKS: dict[str, tuple[str, Any, str]] = {
    "360": ("phone", "light", "en-GB"),
    "768": ("tablet", "light", "en-GB"),
    "1440": ("desk", "light", "en-GB"),
    "360-dark": ("phone", "dark", "de-DE"),
    "1440-dark": ("desk", "dark", "fr-FR"),
    "360-arabic": ("phone", "light", "ar"),
}


class Photographer:
    """One visitor's way through the pages, at one size."""

    def __init__(self, page: Page, stack: Stack, look: str) -> None:
        self.page = page
        self.stack = stack
        self.look = look
        self.taken: list[str] = []

    def go(self, path: str, slug: str = "aurora") -> None:
        self.page.goto(f"http://{slug}.localhost:{self.stack.port}{path}")

    def take(self, name: str, *, whole: bool = True) -> None:
        """Photograph what is there: the whole page, or what fits on the screen."""
        page = self.page
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(400)
        path = FOLDER / f"{name}.{self.look}.png"
        page.screenshot(path=path, full_page=whole, animations="disabled")
        self.taken.append(name)

    def press(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state()


def walk_the_programme(eye: Photographer) -> None:
    for slug in ("aurora", "summit", "pulse"):
        eye.go("/", slug)
        eye.take(f"01-programme-{slug}")
    eye.go("/events/the-tempest/")
    eye.take("02-event")
    eye.go("/events/open-rehearsal/")
    eye.take("03-event-sold-out")
    eye.press("a[href$='/alert/']")
    eye.take("04-tell-me")
    eye.page.locator("#email").fill("ada@")
    eye.press("form.find__form button")
    eye.take("05-tell-me-refused")
    eye.page.locator("#email").fill("ada@example.org")
    eye.press("form.find__form button")
    eye.take("06-tell-me-noted")
    eye.go("/events/new-season-gala/")
    eye.take("07-event-opens-soon")
    eye.go("/orders/")
    eye.take("08-find-order")
    eye.go("/no-such-page/")
    eye.take("09-not-found")


def walk_the_halls(eye: Photographer) -> None:
    for slug, event, name in (
        ("summit", "rovers-v-lakeside", "10-stadium"),
        ("pulse", "basement-jazz", "11-club"),
    ):
        eye.go(f"/events/{event}/", slug)
        eye.press("a[href*='/performances/']:not([href$='/alert/'])")
        eye.page.wait_for_timeout(1_500)
        eye.take(name)


def buy(eye: Photographer, shop: Shop) -> None:
    page = eye.page
    performance = shop.performances()[-1]
    eye.go(f"/performances/{performance}/")
    page.locator(".map-host.is-open").wait_for()
    eye.take("20-seats-map")
    eye.press("[data-finder] button")
    page.locator("[data-sight]:not([hidden])").wait_for()
    eye.take("21-seats-chosen", whole=False)
    eye.press("[data-sight]")
    eye.page.wait_for_timeout(800)
    eye.take("22-view-from-the-seat", whole=False)
    page.keyboard.press("Escape")
    eye.go(f"/performances/{performance}/?section=boxes-left")
    eye.press("details.sights summary")
    eye.take("23-section-as-a-list")
    page.locator(".tray button[form=choice]").click()
    page.wait_for_url("**/cart/")
    eye.take("24-cart")
    eye.go("/checkout/")
    page.locator("#name").fill("A")
    page.locator("#email").fill("ada@gmial.com")
    page.locator("#email").blur()
    eye.take("25-details")
    page.locator("#name").fill("Ada Lovelace")
    page.locator("#email").fill("ada@example.org")
    eye.press("form:has(#email) button:not([type=button])")
    page.wait_for_url("**/checkout/review/")
    eye.take("26-review")
    eye.press("form[action$='/pay/'] button")
    buying.at_payment(page)
    eye.take("27-payment-page-of-the-double")
    buying.pay(page)
    page.wait_for_url("**/orders/**")
    page.locator(".ticket").first.wait_for()
    eye.take("28-order")
    page.emulate_media(media="print")
    eye.take("29-order-on-paper")
    page.emulate_media(media="screen")


def walk_the_console(eye: Photographer, email: str, password: str) -> None:
    page = eye.page
    eye.go("/sign-in/?next=/console/")
    eye.take("40-sign-in")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    eye.press("main form button")
    page.wait_for_url("**/console/")
    eye.take("41-console")
    for name, path in (
        ("42-console-orders", "/console/orders/"),
        ("43-console-reviews", "/console/reviews/"),
        ("44-console-events", "/console/events/"),
        ("45-console-plans", "/console/plans/"),
    ):
        eye.go(path)
        eye.take(name)
    eye.press("a[href$='/views/']")
    eye.take("46-console-views")


def photograph(browser: Browser, stack: Stack, look: str) -> list[str]:
    size, scheme, language = LOOKS[look]
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        locale=language,
        has_touch=size == "phone",
    )
    context.set_default_timeout(PATIENCE_MS)
    eye = Photographer(context.new_page(), stack, look)
    shop = Shop(stack)
    owner = next(place for place in read(stack.folder) if place.email.startswith("owner@aurora"))
    steps: list[Callable[[], None]] = [
        lambda: walk_the_programme(eye),
        lambda: walk_the_halls(eye),
        lambda: buy(eye, shop),
        lambda: walk_the_console(eye, owner.email, owner.password),
    ]
    for step in steps:
        step()
    context.close()
    return eye.taken


def sheet(name: str) -> Path:
    """Put the looks of one page side by side."""
    shots = [Image.open(FOLDER / f"{name}.{look}.png").convert("RGB") for look in LOOKS]
    shots = [shot.crop((0, 0, shot.width, min(shot.height, TALLEST_PX))) for shot in shots]
    width = sum(shot.width + GAP_PX for shot in shots)
    whole = Image.new("RGB", (width, max(shot.height for shot in shots)), "#888888")
    left = 0
    for shot in shots:
        whole.paste(shot, (left, 0))
        left += shot.width + GAP_PX
    path = FOLDER / f"{name}.webp"
    whole.save(path, "WEBP", quality=80)
    return path


def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=get_chromium(), args=list(ARGUMENTS))
        with Stack(Path(folder) / "data") as stack:
            for look in LOOKS:
                taken = photograph(browser, stack, look)
                print(f"{look}: {len(taken)} pages", flush=True)
        browser.close()
    for name in taken:
        sheet(name)
    print(f"Open them: {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

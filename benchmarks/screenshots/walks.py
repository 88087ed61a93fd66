"""The ways of most people: what is on, a hall, an order that is paid, the console."""

from __future__ import annotations

import re

from benchmarks.screenshots.photographer import BLOCKED_MAIL, Photographer
from tests.browser import buying
from tests.support.shop import Shop


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
    eye.page.locator("#email").fill(eye.mail)
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
    give_details(eye, "ada@example.org")
    eye.take("26-review")
    to_the_payment_page(eye)
    eye.take("27-payment-page-of-the-double")
    buying.pay(page)
    page.wait_for_url("**/orders/**")
    page.locator(".ticket").first.wait_for()
    eye.take("28-order")
    page.emulate_media(media="print")
    eye.take("29-order-on-paper")
    page.emulate_media(media="screen")


def give_details(eye: Photographer, mail: str) -> None:
    eye.go("/checkout/")
    eye.page.locator("#name").fill("Ada Lovelace")
    eye.page.locator("#email").fill(mail)
    eye.press("form:has(#email) button:not([type=button])")
    eye.page.wait_for_url("**/checkout/review/")


def to_the_payment_page(eye: Photographer) -> None:
    """Press "Pay" as who is blocked, then as who is not; look at the order before it is paid."""
    page = eye.page
    give_details(eye, BLOCKED_MAIL)
    eye.press("form[action$='/pay/'] button")
    page.get_by_role("alert").wait_for()
    eye.take("66-review-refused")
    give_details(eye, "ada@example.org")
    # An answer that there is nothing to change to: the page that leads on stays.
    page.route("**/c/pay/**", lambda route: route.fulfill(status=204))
    eye.press("form[action$='/pay/'] button")
    page.wait_for_url("**/orders/**/pay/")
    eye.take("67-to-payment")
    eye.press(".message .button--quiet")
    page.wait_for_url(re.compile(r"/orders/[^/]+/$"))
    eye.take("68-order-unpaid")
    order = page.url
    page.goto(f"{order}?paid=1")
    eye.take("69-order-waiting")
    page.goto(order)
    page.unroute("**/c/pay/**")
    eye.press(".order-head form button")
    buying.at_payment(page)


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

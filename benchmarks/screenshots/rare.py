"""The pages that few people see: too late, in line, refused, given back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from playwright.sync_api import Route

from benchmarks.screenshots.photographer import Photographer
from tests.support.shop import Shop, wait_until
from tests.support.stack import Stack

END_OF_ALERT = re.compile(r"/alerts/[^/\s]+/")
MOST_TRIES = 20
UNSCRIPTED = "each => each.forEach((one) => one.classList.remove('unscripted'))"


def prepare(stack: Stack) -> dict[str, str]:
    """Bring about what the pages are of; their paths by name."""
    said = stack.manage(
        "shell", "--command", "from benchmarks.screenshots.prepared import prepare; prepare()"
    )
    return json.loads(said.splitlines()[-1])


def walk_the_ends(eye: Photographer) -> None:
    """Events that are over, addresses without anything, too many requests."""
    eye.go("/events/courtyard-serenade/")
    eye.take("50-event-cancelled")
    eye.go("/events/a-dolls-house/")
    eye.press("details.past-dates summary")
    eye.take("51-event-past")
    eye.go("/events/peter-and-the-wolf/")
    eye.take("52-event-with-a-room-before-a-sale")
    (gone,) = Shop(eye.stack).performances("courtyard-serenade")
    eye.go(f"/performances/{gone}/")
    eye.take("53-gone")
    eye.go("/cart/")
    eye.take("54-cart-empty")
    eye.go("/", "harbour")
    eye.take("55-shop-closed")
    eye.go("/", "nobody")
    eye.take("56-no-organizer")
    eye.go("/orders/?sent")
    eye.take("57-links-sent")
    for _ in range(MOST_TRIES):
        eye.go("/orders/")
        eye.page.locator("#email").fill("ada@example.org")
        eye.press("form.find__form button")
        if eye.page.locator(".message__code").is_visible():
            break
    eye.take("58-too-many-requests")


def walk_the_rooms(eye: Photographer, paths: Mapping[str, str]) -> None:
    eye.go(paths["room-before"])
    eye.take("60-room-before-the-sale")
    eye.go(paths["room"])
    eye.take("61-room")

    def keep_waiting(route: Route) -> None:
        """Answer nothing, so that the page stays."""

    eye.page.route("**/proof", keep_waiting)
    eye.go(paths["proof"], "pulse")
    eye.take("62-proof")
    eye.page.locator("form .unscripted").evaluate_all(UNSCRIPTED)
    eye.take("63-proof-without-a-script")
    # Away first: an answer would send the form.
    eye.page.goto("about:blank")
    eye.page.unroute("**/proof")


def let_the_time_run_out(eye: Photographer, shop: Shop) -> None:
    """Hold places and lose them, as at the end of the time; and get them again."""
    page = eye.page
    performance = shop.performances()[-1]
    eye.go(f"/performances/{performance}/")
    page.locator(".map-host.is-open").wait_for()
    eye.press("[data-finder] button")
    page.locator("[data-sight]:not([hidden])").wait_for()
    page.locator(".tray button[form=choice]").click()
    page.wait_for_url("**/cart/")
    form = page.locator("form[action^='/cart/hld_']").first.get_attribute("action")
    assert form is not None
    hold = form.strip("/").rpartition("/")[2]
    page.evaluate(
        "(path) => fetch(path, { method: 'DELETE' })",
        f"/live/performances/{performance}/holds/{hold}",
    )
    eye.go("/cart/")
    eye.take("65-time-is-over")


def walk_the_orders(eye: Photographer, paths: Mapping[str, str]) -> None:
    for number, name in enumerate([each for each in paths if each.startswith("order-")], 70):
        eye.go(paths[name])
        eye.take(f"{number}-{name}")


def end_the_alert(eye: Photographer, shop: Shop) -> None:
    """Follow the link of the mail that confirmed an alert."""
    wait_until(lambda: bool(shop.mails_to(eye.mail)), within_s=30, what="the mail of the alert")
    body = shop.mails_to(eye.mail)[0].get_body(("plain",))
    found = END_OF_ALERT.search(body.get_content() if body else "")
    assert found
    eye.go(found[0])
    eye.take("80-alert")
    eye.press("main form button")
    eye.take("81-alert-ended")

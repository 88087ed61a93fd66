"""The seat page of a running shop: what somebody else's choice takes, and what the pages weigh."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import quantiles

from playwright.sync_api import Browser, Page

from benchmarks.seat_map.chromium import DESK
from benchmarks.seat_map.report import Result
from tests.support.buyers import Buyer
from tests.support.shop import Shop
from tests.support.stack import Stack

CHANGES = 40
PATIENCE_MS = 5_000

# Notes when the seat of the keyboard gets other words: what is painted has changed by then.
WATCH = """() => {
  const grid = document.querySelector(".seatmap__grid");
  const current = () => document.getElementById(grid.getAttribute("aria-activedescendant"));
  let before = current().textContent;
  window.turns = [];
  new MutationObserver(() => {
    const now = current().textContent;
    if (now === before) return;
    before = now;
    requestAnimationFrame(() => window.turns.push(Date.now()));
  }).observe(grid, { childList: true, subtree: true, characterData: true });
}"""


def measure(browser: Browser, stack: Stack, result: Result) -> None:
    """Measure on the demo's stadium of 60,000 seats."""
    shop = Shop(stack, "summit")
    performance = shop.performances("rovers-v-lakeside")[0]
    context = browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{shop.address}/performances/{performance}/")
    page.locator(".map-host.is-open").wait_for()
    took = sorted(changes(page, Buyer(shop, performance)))
    result.add(
        "a seat that somebody else takes or gives back, from the request to the other screen",
        quantiles(took, n=20)[-1],
        "ms, 95th percentile",
        250,
    )
    context.close()


def changes(page: Page, other: Buyer) -> Iterator[float]:
    """Let somebody else hold and give back the seat that the keyboard is on; milliseconds each."""
    grid = page.locator(".seatmap__grid")
    grid.focus()
    ordinal = int((grid.get_attribute("aria-activedescendant") or "").rpartition("-")[2])
    page.evaluate(WATCH)
    other.enter()
    for number in range(CHANGES):
        page.wait_for_timeout(37 * (number % 8))  # at any moment between two reads of the feed
        asked_at = time.time() * 1000
        if number % 2:
            other.give_back()
        else:
            assert other.hold(ordinal)
        page.wait_for_function(
            "(many) => window.turns.length > many", arg=number, timeout=PATIENCE_MS
        )
        yield page.evaluate("window.turns.at(-1)") - asked_at

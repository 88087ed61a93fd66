"""The seat map on a page of its own: how fast it is there, moves and changes."""

from __future__ import annotations

import gzip
from statistics import median

from playwright.sync_api import Browser, Page

from benchmarks.seat_map.chromium import DESK, PHONE, opened
from benchmarks.seat_map.report import Result
from eventflow.local.demo_plans.theatre_plan import theatre
from tenant_apps.venues import domain as venues

ROUNDS, FRAMES, HITS = 9, 120, 10_000
MOTIONS = 3
LEVELS = ("blocks", "rows", "seats", "labels")


def bytes_a_seat() -> float:
    """What a seat costs in a plan whose rows are all bent and all different."""
    plan = venues.parse_plan(theatre())
    return len(gzip.compress(venues.encode_compact(plan))) / plan.seat_count


def measure(browser: Browser, address: str, result: Result) -> None:
    decoded, painted, phone = [], [], []
    for _ in range(ROUNDS):
        with opened(browser, f"{address}/ours.html", DESK) as page:
            decoded.append(page.evaluate("decodeMs()"))
            painted.append(page.evaluate("bench.first()"))
        with opened(browser, f"{address}/ours.html", PHONE, ratio=3) as page:
            phone.append(page.evaluate("bench.first()"))
    result.add("decode 100,000 seats", median(decoded), "ms", 50)
    result.add("first paint after the data, 1440 × 900", median(painted), "ms", 300)
    result.add("first paint after the data, 360 × 740 at 3 pixels", median(phone), "ms", 300)
    for size, ratio in ((DESK, 1.0), (PHONE, 3.0)):
        with opened(browser, f"{address}/ours.html", size, ratio=ratio) as page:
            page.evaluate("bench.first()")
            measure_motion(page, f"{size['width']} × {size['height']}", ratio, result)
    with opened(browser, f"{address}/ours.html", DESK) as page:
        page.evaluate("bench.first()")
        measure_changes(page, result)
        page.evaluate(f"bench.hits({HITS})")
        result.add("what lies under a point", page.evaluate(f"bench.hits({HITS})"), "ms", 1)


def measure_motion(page: Page, size: str, ratio: float, result: Result) -> None:
    """Move as a hand does, for two seconds, some times; the median of the times."""
    painted = page.evaluate("bench.pixels()")
    name = size if ratio == 1 else f"{size} at {ratio:g}, painted at {painted:g}"
    script = "([kind, frames]) => bench.motion(kind, frames)"
    for level in LEVELS:
        page.evaluate("(level) => bench.goTo(level)", level)
        for kind in ("drag", "zoom"):
            seen = [page.evaluate(script, [kind, FRAMES]) for _ in range(MOTIONS)]
            what = f"{'pan' if kind == 'drag' else 'zoom'} over {level}, {name}"
            rate = median(1000 / each["mean"] for each in seen)
            late = f"95 % of them within {median(each['p95'] for each in seen):.0f} ms"
            result.add(what, rate, "frames/s", 50, most_is_best=True, besides=late)


def measure_changes(page: Page, result: Result) -> None:
    """A change, and the frames after it: far away its picture is painted in these."""
    for level in LEVELS:
        page.evaluate("(level) => bench.goTo(level)", level)
        took, worst = [], []
        for _ in range(9):
            took.append(page.evaluate("bench.change(1000)"))
            worst.append(page.evaluate("bench.still(40)")["worst"])
        late = f"the longest frame after it {median(worst):.0f} ms"
        result.add(f"1,000 seats change, over {level}", median(took), "ms", 16, besides=late)

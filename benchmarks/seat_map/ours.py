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
    for name, size, ratio in (("1440 × 900", DESK, 1.0), ("360 × 740 at 3", PHONE, 3.0)):
        with opened(browser, f"{address}/ours.html", size, ratio=ratio) as page:
            page.evaluate("bench.first()")
            for level in ("blocks", "rows", "seats", "labels"):
                page.evaluate("(level) => bench.goTo(level)", level)
                for kind in ("drag", "zoom"):
                    what = f"{'pan' if kind == 'drag' else 'zoom'} over {level}, {name}"
                    result.add(what, frames_a_second(page, kind), "frames/s", 50, most_is_best=True)
    with opened(browser, f"{address}/ours.html", DESK) as page:
        page.evaluate("bench.first()")
        for level in ("blocks", "seats", "labels"):
            page.evaluate("(level) => bench.goTo(level)", level)
            took = [page.evaluate("bench.change(1000)") for _ in range(9)]
            result.add(f"1,000 seats change, over {level}", median(took), "ms", 16)
        page.evaluate(f"bench.hits({HITS})")
        result.add("what lies under a point", page.evaluate(f"bench.hits({HITS})"), "ms", 1)


def frames_a_second(page: Page, kind: str) -> float:
    """Move as a hand does, for two seconds, some times; the median."""
    script = "([kind, frames]) => bench.motion(kind, frames)"
    return median(1000 / page.evaluate(script, [kind, FRAMES])["mean"] for _ in range(MOTIONS))
